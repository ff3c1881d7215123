package systemtest

import "testing"

// reporter is what the suite tells its findings. It is a *testing.T, and in the suite's own tests a record, so that each
// check can be seen to fail.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
	// Run runs a part of the suite under a name and returns when it has ended, its parallel parts too.
	Run(name string, part func(reporter))
	// Parallel lets the part run beside the other parallel ones of the same parent, after the parent's function has ended.
	Parallel()
}

// tester is a *testing.T as a reporter.
type tester struct{ *testing.T }

// Run runs a subtest.
func (t tester) Run(name string, part func(reporter)) {
	t.T.Helper()
	t.T.Run(name, func(t *testing.T) { part(tester{t}) })
}
