package txn

import (
	"testing"

	"sunder/checkers/oracle"
)

// TestStepsWithinAProcess: a cycle that was found by real time has the order of a process where that is what its steps rest on.
func TestStepsWithinAProcess(t *testing.T) {
	loaded := load(oracle.ParseTransactions("w(x,1) ; r(x)0 | r(y)0@2-3"))
	found := []step{{from: 0, to: 1, kind: realTime}, {from: 0, to: 2, kind: realTime}, {from: 1, to: 0, kind: readWrite}}
	for i, s := range loaded.restore(found, &graph{}) {
		if want := [...]kind{process, realTime, readWrite}[i]; s.kind != want {
			t.Errorf("step %d is of kind %d, want %d", i, s.kind, want)
		}
	}
}
