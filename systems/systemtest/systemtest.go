// Package systemtest is the conformance suite: what every system must pass before anything that is said of it counts. A
// system passes by being listed in a test of its own, of an external test package:
//
//	func TestConformance(t *testing.T) { systemtest.Run(t, gossip.System()) }
//
// Run holds the system to the rules of protocol.Machine (the same run from the same seed, nothing changed once it was
// handed over, strangers' messages ignored, the whole state back from the disk) and to its own description (operations
// that end, promises that hold under the faults they claim to survive, mutants that are caught, marks that are reached).
// Every run is drawn from a fixed seed, and every failure says how to have the same run again.
//
// The package must not know any system.
package systemtest

import (
	"io/fs"
	"sync"
	"testing"

	"sunder/scenarios"
	"sunder/systems"
)

// Run holds a system to the contract, one subtest for each check. Triggers of mutants and the scenarios that reach marks
// are sunder's own, those of the folder that is called like the system. Run is not to be called from parallel tests: it
// changes GOMAXPROCS for a while.
func Run(t *testing.T, s systems.System) {
	t.Helper()
	conform(tester{t}, s, scenarios.FS)
}

// conform is Run for any reporter and any scenarios.
func conform(r reporter, s systems.System, files fs.FS) {
	r.Helper()
	suite := &suite{system: s, files: files, marks: map[string]int64{}}
	if !suite.servesWhatExists(r) {
		return
	}
	for _, check := range []struct {
		name string
		run  func(reporter)
	}{
		{"determinism", suite.determinism},
		{"restart", suite.restart},
		{"fault-free", suite.faultFree},
		{"promises", suite.promises},
		{"mutants", suite.mutants},
		{"strangers", suite.strangers},
		{"values", suite.values},
		{"marks", suite.allMarks}, // the last: it counts what all the others have reached
	} {
		r.Run(check.name, check.run)
	}
}

// suite is a system on trial.
type suite struct {
	system systems.System
	files  fs.FS // the scenarios

	mutex sync.Mutex       // runs of one check are made at the same time
	runs  int              // made so far
	marks map[string]int64 // noted so far by runs without a mutant
}
