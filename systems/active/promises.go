package active

import (
	"maps"

	"sunder/checkers/guarantee"
	"sunder/nemesis"
	"sunder/systems"
)

// promises lists the guarantees. Sequential consistency is what the book promises; where reads have their place in the
// order, too, and nothing is executed that others may lack, what clients see is linearizable as well (Herlihy & Wing ask
// only for the order of operations that do not overlap). That replicas come and go is not claimed to be survived: how long
// it takes to leave under other faults is not bounded.
func promises() []systems.Promise {
	survives := []nemesis.Kind{
		nemesis.Partition, nemesis.Crash, nemesis.Pause, nemesis.Slow, nemesis.Delay, nemesis.Loss,
		nemesis.Duplicate, nemesis.Reorder, nemesis.Bandwidth, nemesis.ClockSkew, nemesis.Hold, nemesis.Drop,
	}
	all := []systems.Promise{
		{Guarantee: guarantee.Available},
		{Guarantee: guarantee.Membership},
		{Guarantee: guarantee.ViewSynchrony},
		{Guarantee: guarantee.FIFOOrder},
		{Guarantee: guarantee.CausalOrder},
		{Guarantee: guarantee.TotalOrder, When: map[string]string{optionUniform: on}},
		{Guarantee: guarantee.Convergence},
	}
	for _, honest := range []map[string]string{
		{optionLiars: liarsNone},
		{optionLiars: liarsFaulty, optionFrontEnd: equalReply, optionReads: readsOrder},
	} {
		add := func(name guarantee.Name, more ...string) {
			when := maps.Clone(honest)
			for i := 0; i+1 < len(more); i += 2 {
				when[more[i]] = more[i+1]
			}
			all = append(all, systems.Promise{Guarantee: name, When: when})
		}
		add(guarantee.ExactlyOnce)
		add(guarantee.Durability, optionUniform, on)
		add(guarantee.Conservation, optionUniform, on)
		add(guarantee.Linearizable, optionUniform, on, optionReads, readsOrder)
		add(guarantee.Sequential, optionUniform, on, optionReads, readsOrder)
	}
	token := map[string]string{optionUniform: on, optionReads: readsToken, optionLiars: liarsNone}
	all = append(all, systems.Promise{Guarantee: guarantee.Sequential, When: token}, systems.Promise{Guarantee: guarantee.Session, When: token})
	for i := range all {
		all[i].Survives = survives
	}
	return all
}
