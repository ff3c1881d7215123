package scenario

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"sunder/harness/protocol"
	"sunder/harness/workload"
)

// weightMax is the most that an operation can weigh in a mix.
const weightMax = 1000

// workload checks what clients do.
func (b *builder) workload() {
	w := b.file.Workload
	if w == nil && b.broken("workload") {
		return
	}
	if w == nil {
		b.add("workload", "such as workload: {object: register, rate: 50/s}", "no workload is given")
		return
	}
	out := &b.out.Workload
	out.Timeout = time.Duration(or(w.Timeout, duration(2*time.Second)))
	if out.Timeout == 0 {
		b.add("workload.timeout", "", "an operation takes longer than nothing")
	}
	object, known := b.object(w.Object)
	out.Object = object.Name
	if w.Script != nil {
		b.script(object, known)
		return
	}
	out.Keys, out.Rate = or(w.Keys, 1), int64(or(w.Rate, 50))
	b.within("workload.keys", out.Keys, keysMax)
	if n := out.Rate * int64(b.out.Duration/time.Millisecond) / 1000; n > operationsMax {
		b.add("workload.rate", "", "%d operations a second for %v are %d, more than %d", out.Rate, b.out.Duration, n, operationsMax)
	}
	if known {
		b.mix(object)
	}
}

// object looks the object up among those that the system serves.
func (b *builder) object(name string) (workload.Object, bool) {
	var names []string
	for _, o := range workload.Objects() {
		if _, served := b.out.System.Service(o.Name); served || !b.known {
			names = append(names, o.Name)
		}
	}
	object, known := workload.Lookup(name)
	switch {
	case b.broken("workload.object"):
	case name == "":
		b.add("workload.object", oneOf("", names), "the workload names no object")
	case !known:
		b.choice("workload.object", "object", name, names)
	case !slices.Contains(names, object.Name):
		b.choice("workload.object", "object that "+b.out.System.Name+" replicates called", name, names)
	default:
		return object, true
	}
	return object, false
}

// mix takes the weights of operations: those that are given, or the object's own of those that the system serves.
func (b *builder) mix(object workload.Object) {
	given := b.file.Workload.Mix
	b.out.Workload.Mix = given
	for _, f := range slices.Sorted(maps.Keys(given)) {
		path := "workload.mix." + f
		b.serves(path, object, f)
		b.within(path, given[f], weightMax)
		if f == workload.Tell && b.out.Clients < 2 {
			b.add(path, "", "a single client has nobody to tell anything")
		}
	}
	if len(given) > 0 {
		return
	}
	b.out.Workload.Mix = object.Mix()
	service, _ := b.out.System.Service(object.Name)
	maps.DeleteFunc(b.out.Workload.Mix, func(f string, _ int) bool { return b.known && !slices.Contains(service.Operations, f) })
	if len(b.out.Workload.Mix) == 0 {
		b.add("workload", "give a mix", "%s serves none of the operations that a %s has by default", b.out.System.Name, object.Name)
	}
}

// serves sees that the system serves an operation on the object.
func (b *builder) serves(path string, object workload.Object, f string) {
	if service, _ := b.out.System.Service(object.Name); b.known {
		b.choice(path, "operation that "+b.out.System.Name+" serves on a "+object.Name+" called", f, service.Operations)
	}
}

// script takes operations one by one.
func (b *builder) script(object workload.Object, known bool) {
	w := b.file.Workload
	for _, other := range []string{"keys", "rate", "mix"} {
		if b.nodes["workload."+other] != nil {
			b.add("workload."+other, "leave it out", "a workload has a script or %s, not both", other)
		}
	}
	if len(w.Script) > scriptMax {
		b.add("workload.script", "", "%d operations are more than the %d that a script may have", len(w.Script), scriptMax)
		return
	}
	for i := range w.Script {
		step := b.step(fmt.Sprintf("workload.script[%d]", i), object, known, &w.Script[i])
		b.out.Workload.Script = append(b.out.Workload.Script, step)
	}
}

// step takes one operation of a script.
func (b *builder) step(path string, object workload.Object, known bool, s *scriptFile) workload.Step {
	out := workload.Step{At: time.Duration(or(s.At, 0)), Client: protocol.NodeID(s.Client), Gives: workload.Answer(or(s.Gives, answer{}))}
	b.needed(path, "at", "10ms", s.At != nil)
	b.needed(path, "client", "c1", s.Client != "")
	b.needed(path, "do", "read x", s.Do != "")
	if out.At >= b.out.Duration {
		b.add(path+".at", "", "it comes after the end of chaos at %v", b.out.Duration)
	}
	if s.Client != "" {
		b.node(path+".client", s.Client, 'c', b.out.Clients)
	}
	if known && s.Do != "" {
		out.Op = b.do(path+".do", object, s)
	}
	if s.Via != "" {
		b.node(path+".via", s.Via, 'r', b.out.Replicas+b.out.Spares)
		out.Op.Via = protocol.NodeID(s.Via)
		if workload.Aside(out.Op.F) {
			b.add(path+".via", "leave it out", "no replica serves a %s", out.Op.F)
		}
	}
	return out
}

// needed notes a field that is missing.
func (b *builder) needed(path, field, example string, given bool) {
	if !given && b.nodes[path+"."+field] == nil {
		b.add(path, fmt.Sprintf("such as %s: %s", field, example), "%s is missing", field)
	}
}

func (b *builder) do(path string, object workload.Object, s *scriptFile) protocol.Op {
	op, err := workload.ParseOp(object, s.Do)
	if err != nil {
		b.add(path, "", "%v", err)
		return op
	}
	b.serves(path, object, op.F)
	if to, ok := told(op); ok {
		b.node(path, to, 'c', b.out.Clients)
		if to == s.Client {
			b.add(path, "", "%s cannot tell itself anything", to)
		}
	}
	return op
}

// told returns whom a tell is for.
func told(op protocol.Op) (string, bool) {
	if op.F != workload.Tell {
		return "", false
	}
	if list, ok := op.Value.List(); ok {
		return list[0].Text()
	}
	return op.Value.Text()
}

// node sees that there is a node of a name, unless nobody knows how many there are to be.
func (b *builder) node(path, name string, kind byte, count int) {
	if b.broken("replicas", "spares", "clients") || slices.Contains(names(kind, count), protocol.NodeID(name)) {
		return
	}
	what := "replica"
	if kind == 'c' {
		what = "client"
	}
	b.add(path, fmt.Sprintf("they are %c1 to %c%d", kind, kind, count), "there is no %s %q", what, name)
}
