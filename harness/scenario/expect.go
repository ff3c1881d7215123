package scenario

import (
	"fmt"
	"maps"
	"slices"

	"sunder/checkers/guarantee"
	"sunder/harness/workload"
	"sunder/nemesis"
)

func (b *builder) expect() {
	e := b.file.Expect
	b.out.Breaks = map[guarantee.Name]guarantee.Anomaly{}
	if b.broken("expect", "expect.holds", "expect.breaks") {
		return
	}
	if e == nil || len(e.Holds)+len(e.Breaks) == 0 {
		b.add("expect", "name guarantees under holds or breaks", "a scenario without expectations can only pass")
		return
	}
	for i, name := range e.Holds {
		b.holds(fmt.Sprintf("expect.holds[%d]", i), guarantee.Name(name))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Breaks)) {
		b.breaks("expect.breaks."+name, guarantee.Name(name), guarantee.Anomaly(e.Breaks[name]))
	}
}

// holds takes a guarantee that must hold. It must not be expected to break, nor must anything that it implies.
func (b *builder) holds(path string, name guarantee.Name) {
	if slices.Contains(b.out.Holds, name) {
		b.add(path, "", "%s stands twice", name)
		return
	}
	for _, broken := range slices.Sorted(maps.Keys(b.file.Expect.Breaks)) {
		switch broken := guarantee.Name(broken); {
		case broken == name:
			b.add(path, "", "%s cannot hold and break in one run", name)
		case guarantee.Implies(name, broken):
			b.add(path, "", "%s cannot hold in a run that breaks %s, which it implies", name, broken)
		}
	}
	if _, ok := b.guarantee(path, name); ok {
		b.out.Holds = append(b.out.Holds, name)
	}
}

// breaks takes a guarantee that must be broken, by an anomaly that it knows.
func (b *builder) breaks(path string, name guarantee.Name, anomaly guarantee.Anomaly) {
	info, ok := b.guarantee(path, name)
	if !ok {
		return
	}
	names := []string{string(guarantee.Any)}
	for _, a := range info.Anomalies {
		names = append(names, string(a))
	}
	if b.choice(path, "anomaly of "+string(name), string(anomaly), names) {
		b.out.Breaks[name] = anomaly
	}
}

// guarantee looks a guarantee up, one of the system's own invariants too, and sees that it applies to the object.
func (b *builder) guarantee(path string, name guarantee.Name) (guarantee.Info, bool) {
	var names []string
	for _, info := range guarantee.All() {
		names = append(names, string(info.Name))
	}
	for _, i := range b.out.System.Invariants {
		if i.Guarantee() == name {
			return guarantee.Info{Name: name, Anomalies: []guarantee.Anomaly{guarantee.BrokenByItself}}, true
		}
		names = append(names, string(i.Guarantee()))
	}
	if _, own := name.OwnInvariant(); own && !b.known {
		return guarantee.Info{}, false
	}
	if !b.choice(path, "guarantee", string(name), names) {
		return guarantee.Info{}, false
	}
	info, _ := guarantee.Lookup(name)
	object := b.out.Workload.Object
	if _, known := workload.Lookup(object); known && !info.AppliesTo(object) {
		b.add(path, "it is about: "+join(info.Objects), "%s says nothing of a %s", name, object)
		return info, false
	}
	return info, true
}

// evidence takes the minima of kinds of faults that the nemesis has.
func (b *builder) evidence() {
	b.out.Evidence = map[nemesis.Kind]nemesis.Evidence{}
	for _, kind := range slices.Sorted(maps.Keys(b.file.Evidence)) {
		path := "evidence." + kind
		if !b.choice(path, "fault", kind, kindNames()) {
			continue
		}
		info, _ := nemesis.Lookup(nemesis.Kind(kind))
		if !b.does(info.Kind) {
			b.add(path, "", "the nemesis has no %s that could give evidence", kind)
		}
		minima := nemesis.Evidence{}
		for _, name := range slices.Sorted(maps.Keys(b.file.Evidence[kind])) {
			at, n := path+"."+name, b.file.Evidence[kind][name]
			b.choice(at, "evidence of "+kind, name, append(info.Counts(), "operations"))
			if n < 1 {
				b.add(at, "", "a minimum is at least 1, not %d", n)
			}
			minima[name] = n
		}
		b.out.Evidence[info.Kind] = minima
	}
}

// does tells whether a kind of fault is among the steps.
func (b *builder) does(k nemesis.Kind) bool {
	return slices.ContainsFunc(b.out.Nemesis, func(s nemesis.Step) bool {
		return s.Action != nil && s.Action.Kind == k || s.Random != nil && slices.Contains(s.Random.Kinds, k)
	})
}

func kindNames() []string {
	var names []string
	for _, k := range nemesis.Kinds() {
		names = append(names, string(k.Kind))
	}
	return names
}
