// Package systems is what a replicated system says about itself: how to build its machines, what it promises under
// which options and faults, which of its states are interesting, and the bugs that can be planted in it.
//
// The package must not know how promises are judged, nor where machines run.
package systems

import (
	"slices"
	"time"

	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// System describes one replicated system.
type System struct {
	Name       string
	About      string // one sentence
	Figures    string // of Coulouris, Dollimore & Kindberg, such as "14.6-14.8"
	Serves     []Service
	Options    []Option
	Messages   []protocol.Message // one zero value of each
	Facts      []protocol.Own     // its own facts, one of each name with a zero value for the fields
	Marks      []string           // the interesting states that it notes
	Promises   []Promise
	Invariants []Invariant
	Mutants    []Mutant
	Forgets    []map[string]string // options under which disks keep nothing of what clients ask for
	Dynamic    bool                // replicas can join and leave while it runs: the machines of replicas are protocol.Leavers
	Replica    func(Config, protocol.NodeID) protocol.Machine
	FrontEnd   func(Config, protocol.NodeID) protocol.FrontEnd
}

// Service is an object that a system can replicate, and the operations on it that it serves, tell and hear included.
type Service struct {
	Object     string
	Operations []string
}

// Config is what the machines of a run are built with.
type Config struct {
	Object   string
	Options  map[string]string // every option of the system, defaults filled in
	Mutant   string            // "": none
	Replicas []protocol.NodeID // that it starts with
	Spares   []protocol.NodeID // replicas that are down until they join; of a Dynamic system only
	Clients  []protocol.NodeID
	Timeout  time.Duration // after which a front end gives an operation up (OPMAX)
}

// Beside returns the replica that a front end stands beside: r1, r2, ... in turn.
func (c Config) Beside(client protocol.NodeID) protocol.NodeID {
	for i, id := range c.Clients {
		if id == client {
			return c.Replicas[i%len(c.Replicas)]
		}
	}
	return ""
}

// Everyone returns the replicas and the spares, in order.
func (c Config) Everyone() []protocol.NodeID { return slices.Concat(c.Replicas, c.Spares) }

// Option is a setting of a system. Values lists what it can be; if there are none, it is a duration.
type Option struct {
	Name, About, Default string
	Values               []string
}

// Promise is a guarantee that a system gives.
type Promise struct {
	Guarantee guarantee.Name
	Objects   []string          // nil: all objects of the system to which the guarantee applies
	When      map[string]string // the options under which it holds; nil: always
	Survives  []nemesis.Kind    // the faults under which it holds all the same
}

// Mutant is a bug that can be planted in a system. Scenario triggers it; at least one of CaughtBy finds it there,
// and the same runs without it are green.
type Mutant struct {
	Name, About string
	CaughtBy    []guarantee.Name
	Scenario    string
}

// Invariant is what must always be true inside a system, judged from its facts.
type Invariant struct {
	Name, About string
	Check       func(facts []protocol.Noted) *Violation // nil: it held
}

// Violation is how an invariant was broken: a sentence, and the positions in the facts that prove it.
type Violation struct {
	Sentence string
	Facts    []int
}

// Guarantee returns the guarantee name of one of the system's invariants.
func (i Invariant) Guarantee() guarantee.Name { return guarantee.Invariant(i.Name) }

// Service returns what the system serves of an object, and whether it replicates it at all.
func (s System) Service(object string) (Service, bool) {
	for _, service := range s.Serves {
		if service.Object == object {
			return service, true
		}
	}
	return Service{}, false
}

// Mutant returns the mutant of a name, and whether there is one.
func (s System) Mutant(name string) (Mutant, bool) {
	for _, m := range s.Mutants {
		if m.Name == name {
			return m, true
		}
	}
	return Mutant{}, false
}
