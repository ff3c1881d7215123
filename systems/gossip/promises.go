package gossip

import (
	"maps"
	"slices"

	"sunder/checkers/guarantee"
	"sunder/nemesis"
	"sunder/systems"
)

// promises lists the guarantees. A crash may take what was not synced; a replica that loses its disk must stay out,
// for a timestamp that only its front end has seen would be given again.
func promises() []systems.Promise {
	commuting := []string{"counter", "set", "board"}
	told := map[string]string{optionSideChannel: timestamped}
	pinned := map[string]string{optionSideChannel: timestamped, optionFrontEnds: frontEndsPinned}
	survives := []nemesis.Kind{
		nemesis.Partition, nemesis.Crash, nemesis.Pause, nemesis.Slow, nemesis.Delay, nemesis.Loss,
		nemesis.Duplicate, nemesis.Reorder, nemesis.Bandwidth, nemesis.ClockSkew, nemesis.Hold, nemesis.Drop,
	}
	total := map[string]string{optionOrder: forcedOrder, optionCausalFrontEnds: noFrontEnds}
	noCausal := map[string]string{optionOrder: immediateOrder, optionCausalFrontEnds: noFrontEnds}
	immediate := map[string]string{optionOrder: immediateOrder, optionCausalFrontEnds: noFrontEnds, optionForcedFrontEnds: noFrontEnds}
	general := []systems.Promise{
		{Guarantee: guarantee.CausalWeak, When: told},
		{Guarantee: guarantee.Causal, When: pinned},
		{Guarantee: guarantee.Causal, Objects: []string{"set", "board"}, When: told},
		{Guarantee: guarantee.Session},
		{Guarantee: guarantee.Convergence, Objects: commuting},
		{Guarantee: guarantee.Durability, Objects: commuting},
		{Guarantee: guarantee.ExactlyOnce, Objects: []string{"counter", "board"}},
		{Guarantee: guarantee.Available},
	}
	// Where all updates are forced, each replica shows a beginning of one order, and front ends see to it that nobody goes
	// back in it. That holds of counters, too, but whether it does is beyond what can be decided of their histories.
	ordered := []systems.Promise{
		{Guarantee: guarantee.Convergence, When: total},
		{Guarantee: guarantee.Sequential, Objects: []string{"register", "set", "board"}, When: total},
		{Guarantee: guarantee.TotalOrder, When: map[string]string{optionOrder: forcedOrder}},
		{Guarantee: guarantee.Convergence, When: noCausal},
		{Guarantee: guarantee.TotalOrder, When: map[string]string{optionOrder: immediateOrder}},
		{Guarantee: guarantee.Linearizable, When: immediate},
	}
	for i := range ordered {
		ordered[i].Survives = survives
	}
	return slices.Concat(forTables(general, survives), ordered)
}

// forTables says under which faults promises hold with each kind of executed table. One that forgets by the clocks of all
// replicas is as good as an exact one, but front ends whose clocks are slow are refused. One that forgets by its own clock
// is good as long as no fault breaks what it trusts.
func forTables(general []systems.Promise, survives []nemesis.Kind) []systems.Promise {
	var out []systems.Promise
	for _, table := range []string{exactTable, deltaTable, tableByClock} {
		for _, p := range general {
			p.When = maps.Clone(p.When)
			if p.When == nil {
				p.When = map[string]string{}
			}
			p.When[optionExec] = table
			switch {
			case table == tableByClock:
			case table == deltaTable && p.Guarantee == guarantee.Available:
				p.Survives = slices.DeleteFunc(slices.Clone(survives), func(k nemesis.Kind) bool { return k == nemesis.ClockSkew })
			default:
				p.Survives = survives
			}
			out = append(out, p)
		}
	}
	return out
}
