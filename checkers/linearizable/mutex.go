package linearizable

import (
	"fmt"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// classifyMutex says in words what is wrong with a few operations on a mutex.
func classifyMutex(in checkers.Input, ops []int) finding {
	found := finding{anomaly: guarantee.NotLinearizable}
	first := &in.History.Operations[ops[0]]
	switch {
	case len(ops) == 1 && first.F == "release" && !first.Refused():
		found.sentence = fmt.Sprintf("%s succeeded, though nobody had it", checkers.Noun(first))
	case len(ops) == 1:
		found.sentence = fmt.Sprintf("%s was refused, though it was free", checkers.Noun(first))
	case len(ops) == 2:
		second := &in.History.Operations[ops[1]]
		if first.F == second.F && !first.Refused() && !second.Refused() {
			between := map[string]string{"acquire": "release", "release": "acquire"}[first.F]
			found.sentence = fmt.Sprintf("%s and %s both succeeded, and no %s can have been between them", checkers.Noun(first), checkers.Noun(second), between)
		}
	}
	return found
}
