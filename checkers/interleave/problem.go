// Package interleave searches the ways to go through the sessions of a history side by side for one that explains all
// answers. It serves every checker that asks for one order of all operations; what the order must keep is up to them.
package interleave

import (
	"slices"

	"sunder/checkers"
	"sunder/harness/history"
)

// Problem is a history cut into sessions. Operations are numbered by their place in Ops.
type Problem struct {
	In       checkers.Input
	Keep     checkers.Order
	Ops      []int     // positions in the history, in the order of calls
	Sessions [][]int32 // operations, each list in its order
	Session  []int32   // by operation
	Index    []int32   // by operation: its place in its session
	Behind   []Link    // by session: what must have been placed before it begins
	// Clocks, if it is known, says of each operation how many of each session must come before it, itself included.
	Clocks [][]int32
}

// Link stands for the first Count operations of a session.
type Link struct{ Session, Count int32 }

// NewProblem makes a session of each process, of those of its operations that checkers.Considered selects. An update of unknown
// outcome has a session of its own, which begins behind what its process had done before: it may take effect later
// than what its process did afterwards. So has, in real time, an operation that began before the former one of its
// process had returned.
func NewProblem(in checkers.Input, considered []int, keep checkers.Order) *Problem {
	p := &Problem{In: in, Keep: keep}
	for _, key := range checkers.ByKey(in, considered) {
		p.Ops = append(p.Ops, checkers.Necessary(in, key.Operations)...)
	}
	slices.Sort(p.Ops)
	p.Session, p.Index = make([]int32, len(p.Ops)), make([]int32, len(p.Ops))
	of := map[int]int32{}
	for i := range p.Ops {
		s := p.choose(p.Op(int32(i)), of)
		p.Session[i], p.Index[i] = s, int32(len(p.Sessions[s]))
		p.Sessions[s] = append(p.Sessions[s], int32(i))
	}
	return p
}

// choose returns the session of an operation. of holds the session of each process.
func (p *Problem) choose(op *history.Operation, of map[int]int32) int32 {
	s, known := of[op.Process]
	switch {
	case checkers.Optional(op) && known && p.Keep == checkers.InRealTime && !p.last(s).Precedes(op):
		return p.open(Link{s, int32(len(p.Sessions[s]) - 1)})
	case checkers.Optional(op) && known:
		return p.open(Link{s, int32(len(p.Sessions[s]))})
	case checkers.Optional(op):
		return p.open(Link{})
	case known && (p.Keep == checkers.InProcess || p.last(s).Precedes(op)):
		return s
	}
	s = p.open(Link{})
	of[op.Process] = s
	return s
}

func (p *Problem) open(behind Link) int32 {
	p.Sessions = append(p.Sessions, nil)
	p.Behind = append(p.Behind, behind)
	return int32(len(p.Sessions) - 1)
}

func (p *Problem) last(s int32) *history.Operation {
	return p.Op(p.Sessions[s][len(p.Sessions[s])-1])
}

// Op returns an operation.
func (p *Problem) Op(i int32) *history.Operation { return &p.In.History.Operations[p.Ops[i]] }

// Positions returns the positions in the history of operations, ascending, each once.
func (p *Problem) Positions(ops []int32) []int {
	out := make([]int, len(ops))
	for k, i := range ops {
		out[k] = p.Ops[i]
	}
	slices.Sort(out)
	return slices.Compact(out)
}
