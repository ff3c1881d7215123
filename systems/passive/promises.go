package passive

import (
	"slices"

	"sunder/checkers/guarantee"
	"sunder/nemesis"
	"sunder/systems"
)

// promises lists the guarantees. That replicas come and go is not claimed to be survived: how long it takes to leave under
// other faults is not bounded.
func promises() []systems.Promise {
	all := []nemesis.Kind{
		nemesis.Partition, nemesis.Crash, nemesis.Pause, nemesis.Slow, nemesis.Delay, nemesis.Loss,
		nemesis.Duplicate, nemesis.Reorder, nemesis.Bandwidth, nemesis.ClockSkew, nemesis.Hold, nemesis.Drop,
	}
	but := func(k nemesis.Kind) []nemesis.Kind {
		return slices.DeleteFunc(slices.Clone(all), func(other nemesis.Kind) bool { return other == k })
	}
	views := func(more ...string) map[string]string {
		out := map[string]string{optionViews: on}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	// What is in memory alone is gone when a crash meets all who have it.
	durable, forgetful := views(optionDurable, on), views(optionDurable, off)
	out := []systems.Promise{
		{Guarantee: guarantee.Linearizable, When: views(optionReads, readsMark), Survives: all},
		{Guarantee: guarantee.Linearizable, When: views(optionReads, readsLease), Survives: but(nemesis.ClockSkew)},
		{Guarantee: guarantee.Sequential, Objects: []string{"register", "set"}, When: views(optionReads, readsToken), Survives: all},
		{Guarantee: guarantee.Session, When: views(optionReads, readsToken), Survives: all},
		{Guarantee: guarantee.Membership, When: views(), Survives: all},
		{Guarantee: guarantee.ViewSynchrony, When: views(), Survives: all},
		{Guarantee: guarantee.FIFOOrder, When: views(), Survives: all},
	}
	for _, n := range []guarantee.Name{
		guarantee.Durability, guarantee.ExactlyOnce, guarantee.Conservation, guarantee.Convergence, guarantee.Available,
	} {
		out = append(out,
			systems.Promise{Guarantee: n, When: durable, Survives: all},
			systems.Promise{Guarantee: n, When: forgetful, Survives: but(nemesis.Crash)})
	}
	// Without views, all is well as long as nobody is suspected.
	harmless := []nemesis.Kind{nemesis.Duplicate, nemesis.Reorder}
	for _, n := range []guarantee.Name{
		guarantee.Linearizable, guarantee.Durability, guarantee.Convergence, guarantee.Available, guarantee.ExactlyOnce,
		guarantee.Conservation,
	} {
		p := systems.Promise{Guarantee: n, When: map[string]string{optionViews: off}, Survives: harmless}
		if n == guarantee.Linearizable {
			p.When[optionReads] = readsMark
		}
		out = append(out, p)
	}
	return out
}
