package scenario

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/workload"
	"sunder/nemesis"
	"sunder/systems"
)

func ratioOf(r *ratio) prng.Ratio { return prng.Ratio(or(r, 0)) }

// system looks the system up and fills in its options.
func (b *builder) system() {
	var names []string
	for _, s := range b.catalog.Systems {
		names = append(names, s.Name)
	}
	if b.file.System == "" {
		b.add("system", oneOf("", names), "no system is named")
		return
	}
	if !b.choice("system", "system", b.file.System, names) {
		return
	}
	b.known = true
	b.out.System = b.catalog.Systems[slices.Index(names, b.file.System)]
	b.options()
	if b.file.Mutant != "" {
		var mutants []string
		for _, m := range b.out.System.Mutants {
			mutants = append(mutants, m.Name)
		}
		b.choice("mutant", "mutant of "+b.out.System.Name, b.file.Mutant, mutants)
		b.out.Mutant = b.file.Mutant
	}
}

func (b *builder) options() {
	b.out.Options = map[string]string{}
	var names []string
	for _, o := range b.out.System.Options {
		b.out.Options[o.Name] = o.Default
		names = append(names, o.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(b.file.Options)) {
		path, value := "options."+name, b.file.Options[name]
		if !b.choice(path, "option of "+b.out.System.Name, name, names) {
			continue
		}
		b.option(path, b.out.System.Options[slices.Index(names, name)], value)
		b.out.Options[name] = value
	}
}

func (b *builder) option(path string, o systems.Option, value string) {
	if len(o.Values) > 0 {
		b.choice(path, "value of "+o.Name, value, o.Values)
		return
	}
	var d duration
	if err := d.UnmarshalText([]byte(value)); err != nil {
		b.add(path, "", "%s: %v", path, err)
	} else if d == 0 {
		b.add(path, "", "%s is more than nothing", path)
	}
}

// workload checks what clients do.
func (b *builder) workload() {
	w := b.file.Workload
	if w == nil {
		b.add("workload", "such as workload: {object: register, rate: 50/s}", "no workload is given")
		return
	}
	out := &b.out.Workload
	out.Object, out.Mix = w.Object, w.Mix
	out.Keys = or(w.Keys, 1)
	out.Timeout = time.Duration(or(w.Timeout, duration(2*time.Second)))
	b.within("workload.keys", out.Keys, 1, keysMax)
	if out.Timeout == 0 {
		b.add("workload.timeout", "", "an operation takes longer than nothing")
	}
	if out.Object == "cas-register" {
		out.Object = "register"
	}
	object, known := b.object(w.Object)
	if !known {
		return
	}
	out.Object = object.Name
	if len(w.Script) == 0 {
		out.Rate = int64(or(w.Rate, 50))
		b.mix(object)
		return
	}
	if w.Rate != nil || w.Mix != nil || w.Keys != nil {
		b.add("workload.script", "leave out rate, mix and keys", "a workload is drawn or scripted, not both")
	}
	for i := range w.Script {
		out.Script = append(out.Script, b.step(fmt.Sprintf("workload.script[%d]", i), object, &w.Script[i]))
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
	if !known || !slices.Contains(names, object.Name) {
		what := "object"
		if b.known {
			what = "object that " + b.out.System.Name + " replicates called"
		}
		b.add("workload.object", oneOf(name, names), "there is no %s %q", what, name)
		return object, false
	}
	return object, true
}

func (b *builder) mix(object workload.Object) {
	mix := b.file.Workload.Mix
	total := 0
	for _, f := range slices.Sorted(maps.Keys(mix)) {
		path := "workload.mix." + f
		b.serves(path, object, f)
		if mix[f] < 0 || mix[f] > 1000 {
			b.add(path, "", "a weight is from 0 to 1000, not %d", mix[f])
		}
		total += max(mix[f], 0)
	}
	if len(mix) > 0 && total == 0 {
		b.add("workload.mix", "", "no operation has a weight above 0")
	}
	if len(mix) == 0 {
		b.out.Workload.Mix = object.Mix()
	}
}

// serves sees that the system serves an operation on the object.
func (b *builder) serves(path string, object workload.Object, f string) bool {
	service, _ := b.out.System.Service(object.Name)
	if !b.known {
		return true
	}
	return b.choice(path, "operation that "+b.out.System.Name+" serves on a "+object.Name+" called", f, service.Operations)
}

// step reads a step of a script.
func (b *builder) step(path string, object workload.Object, s *scriptFile) workload.Step {
	out := workload.Step{At: time.Duration(or(s.At, 0)), Client: protocol.NodeID(s.Client)}
	if s.At == nil {
		b.add(path, "such as at: 10ms", "%s does not say when", path)
	}
	if out.At > b.out.Duration {
		b.add(path+".at", "", "%s.at is after the end of the run at %v", path, b.out.Duration)
	}
	b.node(path+".client", s.Client, 'c', b.out.Clients)
	op, err := workload.ParseOp(object, s.Do)
	if err != nil {
		b.add(path+".do", "", "%s.do: %v", path, err)
	} else {
		b.serves(path+".do", object, op.F)
	}
	if to, ok := told(op); ok {
		b.node(path+".do", to, 'c', b.out.Clients)
	}
	if s.Via != "" {
		b.node(path+".via", s.Via, 'r', b.out.Replicas)
		op.Via = protocol.NodeID(s.Via)
	}
	out.Op = op
	if s.Gives != nil {
		out.Gives = workload.ParseAnswer(*s.Gives)
	}
	return out
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

// node sees that there is a node of a name.
func (b *builder) node(path, name string, kind byte, count int) {
	for _, id := range names(kind, count) {
		if string(id) == name {
			return
		}
	}
	what := "replica"
	if kind == 'c' {
		what = "client"
	}
	b.add(path, fmt.Sprintf("they are %c1 to %c%d", kind, kind, count), "there is no %s %q", what, name)
}

// nemesis reads what is done to the system.
func (b *builder) nemesis() {
	var schedule nemesis.Schedule
	var paths []string
	for i := range b.file.Nemesis {
		path := fmt.Sprintf("nemesis[%d]", i)
		s := &b.file.Nemesis[i]
		if len(s.Random) > 0 {
			b.out.Nemesis = append(b.out.Nemesis, nemesis.Step{Random: b.recipe(path, s)})
			continue
		}
		a := b.action(path, s)
		b.out.Nemesis = append(b.out.Nemesis, nemesis.Step{Action: &a})
		schedule = append(schedule, a)
		paths = append(paths, path)
	}
	for _, c := range schedule.Clashes(b.out.Replicas) {
		b.add(paths[c.Second], "end the one before the other begins", "%s and %s: %s", paths[c.First], paths[c.Second], c.Why)
	}
}

// action reads a fault with its time.
func (b *builder) action(path string, s *stepFile) nemesis.Action {
	a := nemesis.Action{At: time.Duration(or(s.At, 0))}
	if s.At == nil {
		b.add(path, "such as at: 4s", "%s does not say when", path)
	}
	if a.At >= b.out.Duration {
		b.add(path+".at", "", "%s.at is not before the end of chaos at %v", path, b.out.Duration)
	}
	if s.For != nil {
		a.For = s.For.Min
		if s.For.Min != s.For.Max {
			b.add(path+".for", "a range is for random faults", "%s.for is one duration", path)
		}
		if a.For == 0 {
			b.add(path+".for", "leave it out to have it until all is healed", "%s.for is more than nothing", path)
		}
	}
	if s.Between != nil || s.Every != nil {
		b.add(path, "name the kinds under random", "%s: between and every are for random faults", path)
	}
	a.Fault = b.fault(path, s)
	b.inTime(path, a)
	return a
}

// inTime sees that what happens in the course of a fault fits the time that it has.
func (b *builder) inTime(path string, a nemesis.Action) {
	if a.Shape == nemesis.Swizzle && a.For == 0 {
		b.add(path, "such as for: 4s", "a swizzle cuts and heals within its time, and needs for")
	}
	for _, c := range a.Clogs {
		if a.For > 0 && c.During.Max > a.For {
			b.add(path+".clogs", "", "%s.clogs: %s is cut off up to %v, longer than the %v of the fault", path, c.Node, c.During.Max, a.For)
		}
	}
}

// fault reads the fields of a fault, each of which its kind must take.
func (b *builder) fault(path string, s *stepFile) nemesis.Fault {
	f := nemesis.Fault{Kind: nemesis.Kind(s.Fault)}
	if s.Fault == "" {
		b.add(path, oneOf("", kindNames()), "%s names no fault", path)
		return f
	}
	if !b.choice(path+".fault", "fault", s.Fault, kindNames()) {
		return f
	}
	b.done(path+".fault", f.Kind)
	info, _ := nemesis.Lookup(f.Kind)
	for _, field := range s.fields() {
		at := path + "." + field.Name
		if !info.Takes(field.Name) {
			b.add(at, oneOf("", info.Fields), "a %s takes no %s", f.Kind, field.Name)
			continue
		}
		if err := f.Set(field.Name, field.Text); err != nil {
			b.add(at, "", "%s: %v", at, err)
		}
	}
	b.complete(path, f, info)
	b.places(path, f)
	return f
}

// done sees that every backend of the scenario can do a kind of fault.
func (b *builder) done(path string, k nemesis.Kind) {
	for _, backend := range b.chosen() {
		if !backend.Does(k) {
			b.add(path, "leave the backend out", "the backend %s cannot do %s", backend.Name(), k)
		}
	}
}

// complete sees that a fault says all that its kind needs.
func (b *builder) complete(path string, f nemesis.Fault, info nemesis.KindInfo) {
	switch {
	case info.Scope == nemesis.OnSplit:
		given := 0
		for _, is := range []bool{f.Shape != "", len(f.Groups) > 0, len(f.Links) > 0, len(f.Clogs) > 0} {
			if is {
				given++
			}
		}
		if given != 1 {
			b.add(path, "", "a partition has a shape, groups, link or clogs: one of the four")
		}
	case info.Scope == nemesis.OnNodes && f.Target.String() == "":
		b.add(path, "such as target: one", "a %s has no target", f.Kind)
	case info.Scope == nemesis.OnLinks && len(f.Links) > 0 && f.Target.String() != "":
		b.add(path, "", "a %s has a target or a link, not both", f.Kind)
	}
	for _, needed := range []struct {
		field string
		empty bool
	}{
		{"mode", f.Mode == ""}, {"latency", f.Latency.Max == 0 && (f.Kind != nemesis.Disk || f.Mode == nemesis.SlowSync)}, {"limit", f.Limit == 0}, {"chance", f.Chance == 0 && (info.Scope != nemesis.OnNodes || f.Target.Word == nemesis.Each)}, {"offset", f.Offset == 0 && f.Rate == 0},
	} {
		if info.Takes(needed.field) && needed.empty {
			hint := "more than nothing"
			if needed.field == "mode" {
				hint = oneOf("", modeNames(info))
			}
			if needed.field == "offset" {
				hint = "or a rate"
			}
			b.add(path, hint, "a %s needs %s", f.Kind, needed.field)
		}
	}
	if f.Target.Word == nemesis.Each && info.Scope != nemesis.OnNodes {
		b.add(path+".target", "leave the target out to mean all links", "each is for faults on nodes, not for a %s", f.Kind)
	}
	if info.Scope == nemesis.OnNodes && f.Chance != 0 && f.Target.Word != nemesis.Each {
		b.add(path+".chance", "write target: each", "the chance of a %s is for each replica", f.Kind)
	}
	if f.Kind == nemesis.Disk && f.Mode != nemesis.SlowSync && f.Latency.Max != 0 {
		b.add(path+".latency", "mode: slow takes it", "a disk that is not slow takes no latency")
	}
	if f.Strobe != 0 && f.Offset == 0 {
		b.add(path+".strobe", "such as offset: 1s", "a clock that strobes needs an offset to jump by")
	}
}

func modeNames(info nemesis.KindInfo) []string {
	var names []string
	for _, m := range info.Modes {
		names = append(names, string(m.Mode))
	}
	return names
}

// places sees that the nodes and messages of a fault exist.
func (b *builder) places(path string, f nemesis.Fault) {
	for _, id := range f.Nodes() {
		kind, count := byte('r'), b.out.Replicas
		if id[0] == 'c' {
			kind, count = 'c', b.out.Clients
		}
		b.node(path, string(id), kind, count)
	}
	if len(f.Groups) > 0 {
		named := slices.Concat(f.Groups...)
		for _, id := range names('r', b.out.Replicas) {
			if !slices.Contains(named, id) {
				b.add(path+".groups", "every replica is on a side", "%s is on no side of the partition", id)
			}
		}
	}
	if f.Message == "" || !b.known {
		return
	}
	b.choice(path+".message", "message of "+b.out.System.Name, f.Message, protocol.NewCodec(b.out.System.Messages).Names())
}

// recipe reads a recipe for random faults.
func (b *builder) recipe(path string, s *stepFile) *nemesis.Random {
	r := &nemesis.Random{}
	for i, kind := range s.Random {
		at := fmt.Sprintf("%s.random[%d]", path, i)
		if b.choice(at, "fault", kind, kindNames()) {
			b.done(at, nemesis.Kind(kind))
			r.Kinds = append(r.Kinds, nemesis.Kind(kind))
		}
	}
	if s.Fault != "" || s.At != nil || len(s.fields()) > 0 {
		b.add(path, "a recipe has random, between, every and for", "%s: random faults draw their own time, target and size", path)
	}
	end := b.out.Duration
	between := or(s.Between, span{Min: 0, Max: end})
	every := or(s.Every, span{Min: time.Second, Max: 3 * time.Second})
	length := or(s.For, span{Min: 200 * time.Millisecond, Max: 2 * time.Second})
	r.Start, r.End = between.Min, between.Max
	r.Every, r.For = nemesis.Range(every), nemesis.Range(length)
	if r.End > end {
		b.add(path+".between", "", "%s.between ends after chaos, which ends at %v", path, end)
	}
	if r.Start >= r.End {
		b.add(path+".between", "such as 1s..18s", "%s.between leaves no time", path)
	}
	if r.Every.Min < time.Millisecond {
		b.add(path+".every", "", "%s.every is at least 1ms", path)
	}
	if r.For.Min < time.Millisecond {
		b.add(path+".for", "", "%s.for is at least 1ms", path)
	}
	return r
}
