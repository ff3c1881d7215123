// Package checkers judges histories: which guarantees one has, which it breaks and by which few operations, and
// which could not be decided.
//
// Each guarantee has a Checker, an explicit value. The package must not know which system a history comes from.
package checkers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
)

// Validity is the outcome of a check. The zero value never passes.
type Validity uint8

// The outcomes of a check.
const (
	Unknown Validity = iota
	Valid
	Invalid
)

// String is the validity as results write it.
func (v Validity) String() string {
	switch v {
	case Valid:
		return "valid"
	case Invalid:
		return "invalid"
	}
	return "unknown"
}

// MarshalText writes what String returns.
func (v Validity) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (v *Validity) UnmarshalText(text []byte) error {
	for _, known := range []Validity{Unknown, Valid, Invalid} {
		if known.String() == string(text) {
			*v = known
			return nil
		}
	}
	return fmt.Errorf("a verdict is valid, invalid or unknown, not %q", text)
}

// Relation names why one operation comes before another.
type Relation string

// The relations between operations.
const (
	ProcessOrder Relation = "po"   // same process, earlier
	ReadsFrom    Relation = "wr"   // the second read what the first wrote
	WriteWrite   Relation = "ww"   // the second's write is later in the order of that key
	ReadWrite    Relation = "rw"   // the second overwrote what the first read
	RealTime     Relation = "rt"   // the first had returned before the second was called
	Happened     Relation = "hb"   // by a chain of causes
	Conflict     Relation = "cf"   // the order of two writes that some reader has decided
	Told         Relation = "tell" // a message between clients
)

// Edge says that the operation From comes before To, and why. Both are positions in History.Operations.
type Edge struct {
	From     int      `json:"from"`
	To       int      `json:"to"`
	Relation Relation `json:"relation"`
	Why      string   `json:"why,omitempty"`
}

// Witness proves that a guarantee is broken: a few operations that contradict one another.
type Witness struct {
	Anomaly    guarantee.Anomaly `json:"anomaly"`
	Operations []int             `json:"operations"` // positions in History.Operations, ascending
	// Context are positions of other operations that show why, ascending: those that wrote what was met, or that sums are made
	// of. Operations are proof without them, as Fragments say what they depend on. MoreContext is how many are not listed.
	Context     []int  `json:"context,omitempty"`
	MoreContext int    `json:"more_context,omitempty"`
	Edges       []Edge `json:"edges,omitempty"`
	Facts       []int  `json:"facts,omitempty"` // positions in History.Facts
	Sentence    string `json:"sentence"`
}

// Certificate proves that a guarantee holds.
type Certificate struct {
	// Orders are sequences of positions in History.Operations that explain all answers: for linearizable one for each
	// key, for sequential a single one.
	Orders [][]int `json:"orders,omitempty"`
	// Deliveries are positions in History.Facts, one for each message, in an order that contains that of every node.
	Deliveries []int `json:"deliveries,omitempty"`
}

// Verdict is what a checker found.
type Verdict struct {
	Guarantee   guarantee.Name
	Valid       Validity
	Reason      string       // one sentence, always
	Witness     *Witness     // if Invalid
	Certificate *Certificate // if Valid and the guarantee has one
	Engine      string       // the method that decided
	Measures    []string     // what was measured besides, in lines; nothing of it decides
	Spent       bool         // if Unknown: it was given up for want of steps or of memory
	Undecided   []Undecided  // if Unknown and it is known how far a check came: each key that was given up, or all together
	Steps       int64        // what it cost, in the engine's unit
}

// DefaultBudget is how many steps a checker may take, unless it is told otherwise.
const DefaultBudget = 20_000_000

// DefaultMemory is how many bytes a checker may need, unless it is told otherwise.
const DefaultMemory = 512 << 20

// Input is what a checker is given.
type Input struct {
	History *history.History
	Object  model.Object
	Budget  int64 // steps for each key or search; 0 is DefaultBudget
	// Memory is how many bytes a checker may need for what grows with the product of operations and processes, or of
	// operations with themselves; 0 is DefaultMemory. They are reckoned from what is kept, not measured, so that a verdict
	// depends on no machine.
	Memory int64
	// Context, if it is given, ends the check when it is done. What had not been found by then is not found: unless that
	// is a violation, the verdict is Unknown.
	Context context.Context
	// Slack is how much longer than it should an answer may take: of runs in real time, on machines that have other things to
	// do. It is 0 for those in virtual time.
	Slack time.Duration
	// Seek is an anomaly that is expected. A history that breaks a guarantee in several ways has several witnesses; a
	// checker that can choose returns one of this anomaly. It changes no verdict.
	Seek guarantee.Anomaly
}

// Steps returns the budget.
func (in Input) Steps() int64 {
	if in.Budget > 0 {
		return in.Budget
	}
	return DefaultBudget
}

// Room returns the bytes that a checker may need.
func (in Input) Room() int64 {
	if in.Memory > 0 {
		return in.Memory
	}
	return DefaultMemory
}

// Interrupted tells whether the check is to end. Whatever takes long asks it now and then, and may then give up with
// any result but a violation: Checker.Run says that the verdict is none.
func (in Input) Interrupted() bool { return in.Context != nil && in.Context.Err() != nil }

// Checker judges one guarantee.
type Checker struct {
	Guarantee guarantee.Name
	Check     func(Input) Verdict
}

// Find returns the checker of a guarantee among all, and whether there is one.
func Find(all []Checker, name guarantee.Name) (Checker, bool) {
	i := slices.IndexFunc(all, func(c Checker) bool { return c.Guarantee == name })
	if i < 0 {
		return Checker{}, false
	}
	return all[i], true
}

// Run has the checker judge in. A checker that panics has failed, and a failed checker decides nothing: the verdict is
// Unknown and says so. So is that of a checker that was interrupted, unless it had found a violation.
func (c Checker) Run(in Input) (v Verdict) {
	defer func() {
		if p := recover(); p != nil {
			v = Verdict{Valid: Unknown, Reason: fmt.Sprintf("the checker itself failed: %v", p), Engine: "none"}
		}
		if v.Valid != Invalid && in.Interrupted() {
			v = Verdict{Valid: Unknown, Reason: v.interrupted(), Engine: cmp.Or(v.Engine, "none"), Steps: v.Steps, Undecided: v.Undecided}
		}
		v.Guarantee = c.Guarantee
	}()
	if in.Interrupted() {
		return v
	}
	if info, _ := guarantee.Lookup(c.Guarantee); info.RealTime && in.History.Untimed {
		return Verdict{Valid: Unknown, Reason: "the history tells in which order each process did what, but not when", Engine: "none"}
	}
	v = c.Check(in)
	if v.Valid == Unknown && v.Spent && v.Undecided == nil && !in.Interrupted() {
		if u, some := c.approach(in); some {
			v.Undecided = []Undecided{u}
			v.Reason += "; " + u.String()
		}
	}
	return v
}

// interrupted returns the reason of a verdict that was not reached because the check was interrupted.
func (v *Verdict) interrupted() string {
	switch {
	case len(v.Undecided) == 0:
		return "interrupted"
	case v.Spent: // all keys together
		return fmt.Sprintf("interrupted; %s", v.Undecided[0])
	}
	return fmt.Sprintf("interrupted; of key %q %s", Cut(v.Undecided[0].Key), v.Undecided[0])
}
