package scenario

import (
	"fmt"
	"slices"
	"time"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

// nemesis takes what is done to the system.
func (b *builder) nemesis() {
	if len(b.file.Nemesis) > faultsMax {
		b.add("nemesis", "", "%d steps are more than %d", len(b.file.Nemesis), faultsMax)
		return
	}
	var schedule nemesis.Schedule
	var paths []string
	for i := range b.file.Nemesis {
		path := fmt.Sprintf("nemesis[%d]", i)
		s := &b.file.Nemesis[i]
		if b.nodes[path+".random"] != nil || b.nodes[path+".swarm"] != nil {
			b.out.Nemesis = append(b.out.Nemesis, nemesis.Step{Random: b.recipe(path, s)})
			continue
		}
		a := b.action(path, s)
		b.out.Nemesis = append(b.out.Nemesis, nemesis.Step{Action: &a})
		if !b.broken(path+".at", path+".for") {
			schedule = append(schedule, a)
			paths = append(paths, path)
		}
	}
	for _, c := range schedule.Clashes(b.out.Replicas) {
		line := b.nodes[paths[c.First]].Line
		b.add(paths[c.Second], "end one before the other begins", "%s, this and that of line %d", c.Why, line)
	}
	b.members()
}

// action takes a fault with its time.
func (b *builder) action(path string, s *stepFile) nemesis.Action {
	a := nemesis.Action{At: time.Duration(or(s.At, 0)), Fault: nemesis.Fault{Kind: nemesis.Kind(s.Fault)}}
	b.needed(path, "at", "4s", s.At != nil)
	b.needed(path, "fault", "crash", s.Fault != "")
	if a.At >= b.out.Duration {
		b.add(path+".at", "", "it begins after the end of chaos at %v", b.out.Duration)
	}
	if s.For != nil {
		a.For = s.For.Min
		switch {
		case s.For.Min != s.For.Max:
			b.add(path+".for", "a range is for random faults", "%s.for is one duration", path)
		case a.For == 0 && b.nodes[path+".for"] != nil:
			b.add(path+".for", "leave it out to have it until all is healed", "%s.for is more than nothing", path)
		}
	}
	for _, field := range []string{"between", "every", "bursts", "calm", "size"} {
		if b.nodes[path+"."+field] != nil {
			b.add(path+"."+field, "name kinds of faults under random or swarm", "%s is for random faults", field)
		}
	}
	if s.Fault != "" && b.choice(path+".fault", "fault", s.Fault, kindNames()) {
		b.done(path+".fault", a.Kind)
		b.fault(path, s, &a.Fault)
	}
	b.inTime(path, a)
	b.lasting(path, a)
	return a
}

// inTime sees that what happens in the course of a fault fits the time that it has.
func (b *builder) inTime(path string, a nemesis.Action) {
	if a.Shape == nemesis.Swizzle && a.For == 0 {
		b.add(path, "such as for: 4s", "a swizzle cuts and heals within its time, and needs for")
	}
	for _, c := range a.Clogs {
		if a.For > 0 && c.During.Max > a.For {
			b.add(path+".clogs", "", "%s is cut off up to %v, longer than the %v of the fault", c.Node, c.During.Max, a.For)
		}
	}
}

// done sees that every backend of the scenario can do a kind of fault.
func (b *builder) done(path string, k nemesis.Kind) {
	for _, backend := range b.chosen() {
		if !backend.Does(k) {
			b.add(path, "leave the backend out", "the backend %s cannot do %s", backend.Name(), k)
		}
	}
}

// fault takes the fields of a fault and sees that they say all that its kind needs, and that what they name exists.
func (b *builder) fault(path string, s *stepFile, f *nemesis.Fault) {
	given := map[string]bool{}
	whole := true
	for _, field := range s.given() {
		given[field.Name] = true
		if err := f.Set(field.Name, field.Text); err != nil {
			b.add(path+"."+field.Name, "", "%v", err)
			whole = false
		}
	}
	b.places(path, *f)
	if whole {
		b.complete(path, f.Kind, given)
		b.effective(path, *f)
	}
	if err := f.Fits(b.out.Replicas); err != nil {
		b.add(path, "", "%v", err)
	}
	if f.Message != "" && b.known {
		b.choice(path+".message", "message of "+b.out.System.Name, f.Message, protocol.NewCodec(b.out.System.Messages).Names())
	}
}

// complete sees that a fault says all that its kind needs, and says it once.
func (b *builder) complete(path string, k nemesis.Kind, given map[string]bool) {
	info, _ := nemesis.Lookup(k)
	for _, field := range []string{"limit", "latency", "chance"} {
		if info.Takes(field) && !given[field] && info.Scope == nemesis.OnLinks {
			b.add(path, "", "a %s needs %s", k, field)
		}
	}
	if k == nemesis.Slow && !given["latency"] {
		b.add(path, "", "a %s needs latency", k)
	}
	if k == nemesis.ClockSkew && !given["offset"] && !given["rate"] {
		b.add(path, "or a rate", "a %s needs offset", k)
	}
	if info.Takes("mode") && !given["mode"] {
		b.add(path, oneOf("", modeNames(info)), "a %s needs mode", k)
	}
	ways := 0
	for _, field := range []string{"target", "shape", "groups", "link", "clogs"} {
		if given[field] {
			ways++
		}
	}
	switch {
	case info.Scope == nemesis.OnSplit && ways != 1:
		b.add(path, "", "a %s has one of shape, groups, link and clogs", k)
	case info.Scope == nemesis.OnNodes && ways == 0:
		b.add(path, "such as target: one", "a %s needs a target", k)
	case info.Scope == nemesis.OnLinks && ways > 1:
		b.add(path, "", "a %s has a target or a link, not both", k)
	}
}

// effective sees that what a fault says beside what its kind needs has an effect, and is all there.
func (b *builder) effective(path string, f nemesis.Fault) {
	info, _ := nemesis.Lookup(f.Kind)
	onNodes := info.Scope == nemesis.OnNodes
	each := f.Target.Word == nemesis.Each
	switch {
	case each && !onNodes:
		b.add(path+".target", "leave the target out to mean all links", "each is for faults on nodes, not for a %s", f.Kind)
	case each && f.Chance == 0:
		b.add(path, "such as chance: 50%", "a %s needs chance", f.Kind)
	case onNodes && !each && f.Chance != 0:
		b.add(path+".chance", "write target: each", "the chance of a %s is for each replica", f.Kind)
	}
	if f.Strobe != 0 && f.Offset == 0 {
		b.add(path+".strobe", "such as offset: 1s", "a clock that strobes needs an offset to jump by")
	}
	slow := f.Mode == nemesis.SlowSync
	switch {
	case f.Kind == nemesis.Disk && slow && f.Latency.Max == 0:
		b.add(path, "", "a %s needs latency", f.Kind)
	case f.Kind == nemesis.Disk && f.Mode != "" && !slow && f.Latency.Max != 0:
		b.add(path+".latency", "mode: slow takes it", "a disk that is not slow takes no latency")
	}
}

func modeNames(info nemesis.KindInfo) []string {
	var names []string
	for _, m := range info.Modes {
		names = append(names, string(m.Mode))
	}
	return names
}

// places sees that the nodes of a fault exist, and that the groups of a partition have every replica.
func (b *builder) places(path string, f nemesis.Fault) {
	for _, part := range []struct {
		field string
		nodes []protocol.NodeID
	}{{"target", f.Target.Nodes}, {"groups", slices.Concat(f.Groups...)}, {"link", f.Links.Nodes()}, {"clogs", f.Clogs.Nodes()}} {
		for _, id := range part.nodes {
			kind, count := byte('r'), b.out.Replicas+b.out.Spares
			if id[0] == 'c' {
				kind, count = 'c', b.out.Clients
			}
			b.node(path+"."+part.field, string(id), kind, count)
		}
		if part.field != "groups" || len(part.nodes) == 0 || b.broken("replicas", "spares") {
			continue
		}
		for _, id := range names('r', b.out.Replicas+b.out.Spares) {
			if !slices.Contains(part.nodes, id) {
				b.add(path+".groups", "every replica is on a side", "%s is on no side of the partition", id)
			}
		}
	}
}

// recipe takes a recipe for random faults.
func (b *builder) recipe(path string, s *stepFile) *nemesis.Random {
	r := &nemesis.Random{Swarm: b.nodes[path+".swarm"] != nil}
	kinds, word := s.Random, "random"
	if r.Swarm {
		kinds, word = s.Swarm, "swarm"
		if b.nodes[path+".random"] != nil {
			b.add(path+".random", "leave one out", "a recipe has random or swarm, not both")
		}
	}
	for i, kind := range kinds {
		at := fmt.Sprintf("%s.%s[%d]", path, word, i)
		if b.choice(at, "fault", kind, kindNames()) {
			b.done(at, nemesis.Kind(kind))
			r.Kinds = append(r.Kinds, nemesis.Kind(kind))
		}
		if kind == string(nemesis.Partition) && b.out.Replicas < 2 {
			b.add(at, "", "there is nothing to cut with less than two replicas")
		}
	}
	for _, field := range append([]string{"at", "fault"}, nemesis.FieldNames()...) {
		if b.nodes[path+"."+field] != nil {
			b.add(path+"."+field, "a recipe has random or swarm, between, every, for, bursts, calm and size", "random faults draw their own %s", field)
		}
	}
	end := b.out.Duration
	between := or(s.Between, span{Min: 0, Max: end})
	r.Start, r.End = between.Min, between.Max
	r.Every = nemesis.Range(or(s.Every, span{Min: time.Second, Max: 3 * time.Second}))
	r.For = nemesis.Range(or(s.For, span{Min: 200 * time.Millisecond, Max: 2 * time.Second}))
	r.Bursts, r.Calm = nemesis.Range(or(s.Bursts, span{})), nemesis.Range(or(s.Calm, span{}))
	if r.Swarm && s.Bursts == nil && s.Calm == nil {
		r.Bursts, r.Calm = nemesis.Range{Min: 2 * time.Second, Max: 8 * time.Second}, nemesis.Range{Min: time.Second, Max: 4 * time.Second}
	}
	if s.Size != nil {
		size, err := nemesis.ParseSize(*s.Size)
		if err != nil {
			b.add(path+".size", "", "%v", err)
		}
		r.Size = size
	}
	if r.End > end {
		b.add(path+".between", "", "it goes on after the end of chaos at %v", end)
	}
	if len(r.Kinds) == 0 || b.broken(path+".between", path+".every", path+".for", path+".bursts", path+".calm") {
		return r
	}
	for _, wrong := range r.Check() {
		b.add(path+"."+wrong.Name, "", "%s: %s", wrong.Name, wrong.Text)
	}
	return r
}
