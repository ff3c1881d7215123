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
	// what the shortest beginning that was tried and given up has besides the proven one, and its operations are those that
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
	share          = 4  // a beginning may have this part of the budget, and of the memory
	giveUps        = 3  // how many beginnings may be given up
	rounds         = 2  // how often as many operations may be looked at as there are
)

// approach finds how long a beginning of the history the checker can decide, where it gave up the whole: it tries longer
// and longer ones, and then halves what lies between the last that holds and the first that is given up. All that is given up
// takes as long as the check has, so a few such tries end it. A beginning that does not hold is passed over: where real time is
// not what is asked for, what came later may explain it.
func (c Checker) approach(in Input) (Undecided, bool) {
	returns := settled(in)
	if len(returns) == 0 {
		return Undecided{}, false
	}
	a := approaching{in: in, check: c.Check, returns: returns, beyond: len(returns), givenUp: giveUps, left: rounds * len(returns)}
	a.in.Budget, a.in.Memory = max(1, in.Steps()/share), max(1, in.Room()/share)
	low := 0 // up to which nothing more is to be found
	for n := firstBeginning; n < a.beyond && a.goesOn(); n *= 2 {
		a.try(n)
		if n < a.beyond {
			low = n
		}
	}
	for a.beyond-low > 1 && a.goesOn() {
		n := low + (a.beyond-low)/2
		a.try(n)
		if n < a.beyond {
			low = n
		}
	}
	start := in.History.Operations[0].Call
	return Undecided{
		Operations: len(Considered(in)),
		Proven:     StretchOf(in.History, start, max(start, returns[a.proven]-1), a.proven),
		Window:     StretchOf(in.History, max(start, returns[a.proven]), returns[a.beyond-1], a.beyond-a.proven),
	}, true
}

// approaching is what was found of beginnings.
type approaching struct {
	in            Input
	check         func(Input) Verdict
	returns       []int // the events by which operations returned that must have happened
	proven        int   // how many have returned in the longest beginning that holds
	beyond        int   // and in the shortest that was given up: all of the history was
	givenUp, left int   // how many more beginnings may be given up, and operations looked at
}

func (a *approaching) goesOn() bool { return a.givenUp > 0 && a.left > 0 && !a.in.Interrupted() }

// try judges the beginning in which so many operations have returned.
func (a *approaching) try(n int) {
	part := a.in
	part.History = a.in.History.Before(a.returns[n])
	a.left -= n
	switch a.check(part).Valid {
	case Valid:
		a.proven = n
	case Unknown:
		a.beyond = n
		a.givenUp--
	}
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
