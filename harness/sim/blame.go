package sim

import (
	"fmt"
	"path"
	"runtime"
	"strings"

	"sunder/harness/protocol"
)

// blame turns the panic of a machine into the error that ends the run. It is to be deferred around whatever calls
// machines. A panic outside of them is a bug of the simulator and goes on, unless it is about what a machine handed over.
func (s *simulation) blame(err *error) {
	n := s.inside
	problem := recover()
	if problem == nil {
		return
	}
	if wrong, ok := problem.(protocol.NotData); ok && n == nil {
		s.fail(fmt.Errorf("sim: at %v in %s at %s: %w; whole numbers, strings, lists and maps of them are fine",
			s.now, s.describeCurrent(), s.nodes[s.current.node].id, wrong))
		*err = s.failure
		return
	}
	if n == nil {
		panic(problem)
	}
	s.inside = nil
	s.fail(fmt.Errorf("sim: at %v %s panicked in %s: %v (%s)", s.now, n.id, s.describeCurrent(), problem, panicSite()))
	*err = s.failure
}

// describeCurrent names the call that a machine is in.
func (s *simulation) describeCurrent() string {
	e := s.current
	switch e.kind {
	case boot:
		return fmt.Sprintf("Start, boot %d", s.nodes[e.node].boots-1)
	case receive:
		return fmt.Sprintf("Receive of %s from %s: %s", e.message.Name(), s.nodes[e.from].id, describe(e.message))
	case timeout:
		return fmt.Sprintf("Timeout of %s", e.timer)
	case request:
		return fmt.Sprintf("Request: %s", describeOp(e.call.op))
	case leaving:
		return "Leave"
	}
	return "State"
}

// panicSite returns the function and the line that panicked. Unlike a whole stack it is the same in every run.
func panicSite() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	panicking := false
	for {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if panicking && !inRuntime {
			return fmt.Sprintf("%s, %s:%d", path.Base(f.Function), path.Base(f.File), f.Line)
		}
		panicking = panicking || f.Function == "runtime.gopanic"
		if !more {
			return "at an unknown place"
		}
	}
}
