package checkers

import (
	"fmt"
	"slices"

	"sunder/harness/history"
)

// Undecided says how far a check came before it was given up: that of one key, or of all together.
type Undecided struct {
	Key        string `json:"key"`        // "" of all together
	Operations int    `json:"operations"` // how many there are to judge
	// Proven is the beginning that has the guarantee, if nothing is asked of what was open at its end. Its operations are
	// those that have returned in it.
	Proven Stretch `json:"proven"`
	// Window is the first stretch that was not decided. Of one key, at neither end of it an operation is open that must have
	// happened, and it has no such moment in between: none that is smaller can be judged by itself. Of all keys together it is
	// what the shortest beginning that was tried and not decided has besides the proven one, and its operations are those that
	// returned in it.
	Window Stretch `json:"window"`
}

// Stretch is a part of a history.
type Stretch struct {
	Operations int    `json:"operations"`
	From       int    `json:"from"`  // the position of its first event
	To         int    `json:"to"`    // and of its last
	Lines      [2]int `json:"lines"` // where these two stand in the text, as History.Line says
}

// StretchOf returns a stretch between two events in which some operations are counted.
func StretchOf(h *history.History, from, to, operations int) Stretch {
	return Stretch{Operations: operations, From: from, To: to, Lines: [2]int{h.Line(from), h.Line(to)}}
}

// String says it as reasons do.
func (u Undecided) String() string {
	proven := "none is proven"
	if n := u.Proven.Operations; n > 0 {
		proven = fmt.Sprintf("proven are the first %d to return, up to line %d", n, u.Proven.Lines[1])
	}
	return fmt.Sprintf("%s, and the smallest window that is undecided has %d, on lines %d to %d",
		proven, u.Window.Operations, u.Window.Lines[0], u.Window.Lines[1])
}

// How a check that was given up is tried on beginnings of the history.
const (
	firstBeginning = 16 // operations that have returned; the next one has twice as many
	share          = 4  // a beginning may take this part of the budget
	narrowings     = 10 // how often the window is halved
)

// approach finds how long a beginning of the history the checker can decide, where it gave up the whole: it tries longer
// and longer ones, and then halves what lies between the last that holds and the first that is not decided. All that is not
// decided takes as long as the check has, so a few such tries end it.
func (c Checker) approach(in Input) (Undecided, bool) {
	returns := settled(in)
	if len(returns) == 0 {
		return Undecided{}, false
	}
	left := in.Steps()
	part := in
	part.Budget = max(1, in.Steps()/share)
	holds := func(n int) bool { // what has returned before the return of the n-th, counted from 0
		part.History = in.History.Before(returns[n])
		v := c.Check(part)
		left -= v.Steps
		return v.Valid == Valid
	}
	proven, beyond := 0, len(returns)
	for n := firstBeginning; n < beyond && left > 0 && !in.Interrupted(); n *= 2 {
		if holds(n) {
			proven = n
		} else {
			beyond = n
		}
	}
	for range narrowings {
		if beyond-proven <= 1 || left <= 0 || in.Interrupted() {
			break
		}
		if n := proven + (beyond-proven)/2; holds(n) {
			proven = n
		} else {
			beyond = n
		}
	}
	start := in.History.Operations[0].Call
	return Undecided{
		Operations: len(Considered(in)),
		Proven:     StretchOf(in.History, start, max(start, returns[proven]-1), proven),
		Window:     StretchOf(in.History, max(start, returns[proven]), returns[beyond-1], beyond-proven),
	}, true
}

// settled returns the events by which operations returned that must have happened, ascending.
func settled(in Input) []int {
	var out []int
	for _, i := range Considered(in) {
		if op := &in.History.Operations[i]; !Optional(op) {
			out = append(out, op.Return)
		}
	}
	slices.Sort(out)
	return out
}
