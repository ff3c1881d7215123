package scenario

import (
	"maps"
	"slices"
	"time"

	"sunder/harness/prng"
	"sunder/nemesis"
	"sunder/systems"
)

// system looks the system up and fills in its options.
func (b *builder) system() {
	var names []string
	for _, s := range b.catalog.Systems {
		names = append(names, s.Name)
	}
	if b.broken("system") {
		return
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
		if b.broken(path) || !b.choice(path, "option of "+b.out.System.Name, name, names) {
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
	if d, err := nemesis.ParseDuration(value); err != nil {
		b.add(path, "", "%s: %v", path, err)
	} else if d == 0 {
		b.add(path, "", "%s is more than nothing", path)
	}
}

// weather takes how the network and the disks are at all times.
func (b *builder) weather() {
	s := &b.out
	s.Weather.Latency = nemesis.Range{Min: time.Millisecond, Max: 10 * time.Millisecond}
	s.Disk.Sync = nemesis.Range{Min: 100 * time.Microsecond, Max: 2 * time.Millisecond}
	if n := b.file.Network; n != nil {
		b.filled(b.nodes["network"], "network")
		s.Weather.Latency = nemesis.Range(or(n.Latency, span(s.Weather.Latency)))
		s.Weather.Loss = prng.Ratio(or(n.Loss, 0))
		s.Weather.Duplicate = prng.Ratio(or(n.Duplicate, 0))
		s.Weather.Reorder = prng.Ratio(or(n.Reorder, 0))
	}
	if d := b.file.Disk; d != nil {
		b.filled(b.nodes["disk"], "disk")
		s.Disk.Sync = nemesis.Range(or(d.Sync, span(s.Disk.Sync)))
	}
}
