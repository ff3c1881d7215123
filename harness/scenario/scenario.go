// Package scenario reads and writes scenario files: a system, a cluster, a workload, what is done to it, and the
// guarantees to hold it to.
//
// Reading is strict: whatever is wrong is said with its place and a hint, all at once, before anything starts. The
// package must not know how a scenario is run.
package scenario

import (
	"strconv"
	"time"

	"sunder/checkers/guarantee"
	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/harness/workload"
	"sunder/nemesis"
	"sunder/systems"
)

// Catalog is what a scenario may name. It is passed in, so that a user's own module adds its own system.
type Catalog struct {
	Systems  []systems.System
	Backends []cluster.Backend
}

// Scenario is a scenario file, checked and with every default filled in.
type Scenario struct {
	Name        string // its path, such as gossip/partition-heals
	About       string
	Suites      []string
	Backends    []string
	System      systems.System
	Options     map[string]string // all of the system's
	Mutant      string
	Replicas    int
	Spares      int // replicas that are down until they join
	Clients     int
	Concurrency int // processes of each front end
	Seed        uint64
	Duration    time.Duration // of chaos
	Recovery    time.Duration // of the quiet after heal
	Workload    workload.Spec
	Weather     cluster.Weather
	Disk        cluster.Disk
	Nemesis     []nemesis.Step
	Holds       []guarantee.Name
	Breaks      map[guarantee.Name]guarantee.Anomaly
	Evidence    map[nemesis.Kind]nemesis.Evidence // raised minima
}

// Spec returns what a backend is to start for the seed. Spares are numbered after the replicas.
func (s *Scenario) Spec(seed uint64) cluster.Spec {
	replicas := names('r', s.Replicas+s.Spares)
	return cluster.Spec{
		System: s.System,
		Config: systems.Config{
			Object:   s.Workload.Object,
			Options:  s.Options,
			Mutant:   s.Mutant,
			Replicas: replicas[:s.Replicas:s.Replicas],
			Spares:   replicas[s.Replicas:],
			Clients:  names('c', s.Clients),
			Timeout:  s.Workload.Timeout,
		},
		Weather: s.Weather,
		Disk:    s.Disk,
		Seed:    seed,
	}
}

// names returns the node names prefix1 ... prefixN.
func names(prefix byte, n int) []protocol.NodeID {
	ids := make([]protocol.NodeID, n)
	for i := range ids {
		ids[i] = protocol.NodeID(string(prefix) + strconv.Itoa(i+1))
	}
	return ids
}
