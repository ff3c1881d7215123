package sequential

import (
	"slices"

	"sunder/checkers"
	"sunder/harness/history"
)

// problem is a history cut into sessions. Operations are numbered by their place in ops.
type problem struct {
	in       checkers.Input
	ops      []int     // positions in the history, in the order of calls
	sessions [][]int32 // operations, each list in its order
	session  []int32   // by operation
	index    []int32   // by operation: its place in its session
	behind   []link    // by session: what must have been placed before it begins
	// clocks, if saturation has got that far, says of each operation how many of each session must come before it,
	// itself included.
	clocks [][]int32
}

// link stands for the first count operations of a session.
type link struct{ session, count int32 }

// newProblem makes a session of each process. An update of unknown outcome has a session of its own, which begins
// behind what its process had done before: it may take effect later than what its process did afterwards.
func newProblem(in checkers.Input) *problem {
	p := &problem{in: in}
	for _, key := range checkers.ByKey(in, checkers.Considered(in)) {
		p.ops = append(p.ops, checkers.Necessary(in, key.Operations)...)
	}
	slices.Sort(p.ops)
	p.session, p.index = make([]int32, len(p.ops)), make([]int32, len(p.ops))
	of := map[int]int32{}
	for i := range p.ops {
		op := p.op(int32(i))
		s, known := of[op.Process]
		switch {
		case !known && checkers.Optional(op):
			s = p.open(link{})
		case !known:
			s = p.open(link{})
			of[op.Process] = s
		case checkers.Optional(op):
			s = p.open(link{s, int32(len(p.sessions[s]))})
		}
		p.session[i], p.index[i] = s, int32(len(p.sessions[s]))
		p.sessions[s] = append(p.sessions[s], int32(i))
	}
	return p
}

func (p *problem) open(behind link) int32 {
	p.sessions = append(p.sessions, nil)
	p.behind = append(p.behind, behind)
	return int32(len(p.sessions) - 1)
}

func (p *problem) op(i int32) *history.Operation { return &p.in.History.Operations[p.ops[i]] }

// positions returns the positions in the history of operations, ascending, each once.
func (p *problem) positions(ops []int32) []int {
	out := make([]int, len(ops))
	for k, i := range ops {
		out[k] = p.ops[i]
	}
	slices.Sort(out)
	return slices.Compact(out)
}
