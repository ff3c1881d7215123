package passive

import (
	"sunder/checkers/guarantee"
	"sunder/nemesis"
	"sunder/systems"
)

// promises lists the guarantees. That replicas come and go is not claimed to be survived: how long it takes to leave under
// other faults is not bounded.
func promises() []systems.Promise {
	survives := []nemesis.Kind{
		nemesis.Partition, nemesis.Crash, nemesis.Pause, nemesis.Slow, nemesis.Delay, nemesis.Loss,
		nemesis.Duplicate, nemesis.Reorder, nemesis.Bandwidth, nemesis.ClockSkew, nemesis.Hold, nemesis.Drop,
	}
	all := []systems.Promise{
		{Guarantee: guarantee.Linearizable},
		{Guarantee: guarantee.Durability},
		{Guarantee: guarantee.ExactlyOnce},
		{Guarantee: guarantee.Convergence},
		{Guarantee: guarantee.Available},
		{Guarantee: guarantee.Membership},
		{Guarantee: guarantee.ViewSynchrony},
		{Guarantee: guarantee.FIFOOrder},
	}
	for i := range all {
		all[i].Survives = survives
	}
	return all
}
