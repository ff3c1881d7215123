package systemtest

import (
	"maps"
	"slices"
	"time"

	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/scenario"
	"sunder/harness/workload"
	"sunder/nemesis"
	"sunder/systems"
)

// setting is a choice of all options of a system.
type setting struct {
	name    string // what differs from the defaults
	options map[string]string
}

const defaultSetting = "defaults"

// settings returns the choices that the suite tries: the defaults, every other value of every option by itself, and what
// else some promise asks for.
func settings(s systems.System) []setting {
	defaults := setting{defaultSetting, map[string]string{}}
	for _, o := range s.Options {
		defaults.options[o.Name] = o.Default
	}
	out := []setting{defaults}
	for _, o := range s.Options {
		for _, value := range o.Values {
			if value != o.Default {
				out = append(out, defaults.with(map[string]string{o.Name: value}))
			}
		}
	}
	for _, p := range s.Promises {
		if !slices.ContainsFunc(out, func(c setting) bool { return c.has(p.When) }) {
			out = append(out, defaults.with(p.When))
		}
	}
	return out
}

// with returns the setting with some options changed.
func (c setting) with(changes map[string]string) setting {
	out := setting{options: maps.Clone(c.options)}
	for i, name := range slices.Sorted(maps.Keys(changes)) {
		if i > 0 {
			out.name += ","
		}
		out.name += name + "=" + changes[name]
		out.options[name] = changes[name]
	}
	return out
}

// has tells whether all of some options are chosen so.
func (c setting) has(options map[string]string) bool {
	for name, value := range options {
		if c.options[name] != value {
			return false
		}
	}
	return true
}

// subject is what one run is about: an object that the system serves, and a setting.
type subject struct {
	service systems.Service
	setting setting
}

func (b subject) name() string { return b.service.Object + "/" + b.setting.name }

// subjects returns every object in every setting.
func (s *suite) subjects() []subject {
	var out []subject
	for _, c := range settings(s.system) {
		for _, service := range s.system.Serves {
			out = append(out, subject{service, c})
		}
	}
	return out
}

// servesWhatExists tells whether operations can be drawn and judged for every object; the suite can say nothing else.
func (s *suite) servesWhatExists(r reporter) bool {
	r.Helper()
	fine := len(s.system.Serves) > 0
	if !fine {
		r.Errorf("%s serves no object", s.system.Name)
	}
	for _, service := range s.system.Serves {
		_, drawn := workload.Lookup(service.Object)
		_, judged := model.Lookup(service.Object)
		if !drawn || !judged {
			r.Errorf("%s serves a %s, for which there is no workload or no model", s.system.Name, service.Object)
			fine = false
		}
	}
	return fine
}

// promised returns what the system promises of the subject that survives a kind of fault; "" asks for all promises.
func (s *suite) promised(b subject, k nemesis.Kind) []guarantee.Name {
	return s.system.Promised(b.service.Object, b.setting.options, k)
}

// The times of drawn scenarios: long enough for some dozen operations under each of some faults, and for the system to
// come to rest.
const (
	chaosTime    = 2500 * time.Millisecond
	recoveryTime = 4 * time.Second
	timeout      = time.Second
	rate         = 60 // operations a second
)

// draw makes a scenario of random operations on the subject under random faults of the kinds; without kinds nothing is
// done to the system, and nothing told or heard: a hear may wait in vain and fail, and there every operation must end ok.
// It asks for what is promised under any fault of the kinds.
func (s *suite) draw(b subject, kinds ...nemesis.Kind) *scenario.Scenario {
	out := &scenario.Scenario{
		Name:        "conformance",
		Suites:      []string{"full"},
		Backends:    []string{"sim"},
		System:      s.system,
		Options:     b.setting.options,
		Replicas:    3,
		Clients:     4,
		Concurrency: 2,
		Seed:        1,
		Duration:    chaosTime,
		Recovery:    recoveryTime,
		Workload:    workload.Spec{Object: b.service.Object, Keys: 2, Rate: rate, Mix: workload.MixOf(b.service.Object, b.service.Operations, len(kinds) > 0), Timeout: timeout},
		Weather:     cluster.Weather{Latency: nemesis.Range{Min: time.Millisecond, Max: 10 * time.Millisecond}},
		Disk:        cluster.Disk{Sync: nemesis.Range{Min: time.Millisecond, Max: 20 * time.Millisecond}},
		Nemesis:     randomFaults(kinds),
		Holds:       s.promised(b, ""),
	}
	if slices.Contains(kinds, nemesis.Join) {
		out.Spares = 1
	}
	for _, k := range kinds {
		survivors := s.promised(b, k)
		out.Holds = slices.DeleteFunc(out.Holds, func(n guarantee.Name) bool { return !slices.Contains(survivors, n) })
	}
	return out
}

// stormy is a scenario of random faults of all kinds that the system survives, in bad weather. What is promised need not
// hold there.
func (s *suite) stormy(b subject) *scenario.Scenario {
	sc := s.draw(b, s.system.Survived()...)
	sc.Weather.Loss, sc.Weather.Duplicate, sc.Weather.Reorder = prng.One/50, prng.One/50, prng.One/20
	return sc
}

// randomFaults is a recipe for some faults of the kinds while clients are at work; no step at all without kinds. Those that
// are for good come once: a spare joins, and later a replica leaves.
func randomFaults(kinds []nemesis.Kind) []nemesis.Step {
	var steps []nemesis.Step
	for _, a := range []nemesis.Action{
		{At: chaosTime / 4, Fault: nemesis.Fault{Kind: nemesis.Join, Target: nemesis.Target{Word: nemesis.One}}},
		{At: chaosTime / 2, Fault: nemesis.Fault{Kind: nemesis.Leave, Target: nemesis.Target{Word: nemesis.One}}},
	} {
		if slices.Contains(kinds, a.Kind) {
			steps = append(steps, nemesis.Step{Action: &a})
		}
	}
	drawn := slices.DeleteFunc(slices.Clone(kinds), nemesis.Kind.ForGood)
	if len(drawn) == 0 {
		return steps
	}
	return append(steps, nemesis.Step{Random: &nemesis.Random{
		Kinds: drawn,
		Start: 100 * time.Millisecond, End: chaosTime - 100*time.Millisecond,
		Every: nemesis.Range{Min: 100 * time.Millisecond, Max: 500 * time.Millisecond},
		For:   nemesis.Range{Min: 100 * time.Millisecond, Max: 800 * time.Millisecond},
	}})
}
