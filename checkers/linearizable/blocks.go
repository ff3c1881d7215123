package linearizable

import (
	"math"
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// blocks decides registers whose values are written once each, in linear time but for one sort: Gibbons & Korach,
// Testing Shared Memories, SIAM J. Comput. 26(4), 1997, section 4, with reads-from known and extended to cas.
//
// A block is a write followed by the chain of cas that start from it, with all reads of their values. Nothing can
// come between a value and the cas from it, so a block is contiguous in every linearization and the order inside it
// is forced but for reads of one value. Of a block only two moments matter to others: its first return and its last
// call. Block A must precede block B if A's first return is before B's last call. That relation has a cycle only if
// it has one of two blocks.
type blocks struct{}

func (blocks) name() string { return "fast" }

func (blocks) decide(in checkers.Input, ops []int) (outcome, bool) {
	if in.Object.Name != "register" {
		return outcome{}, false
	}
	r := newRegisterKey(in, ops)
	if !r.load() {
		return outcome{}, false
	}
	if found := r.judge(); found != nil {
		return outcome{valid: checkers.Invalid, suspect: found.parts, found: found, steps: int64(len(ops))}, true
	}
	order, placed := r.placeRefused()
	return outcome{valid: checkers.Valid, order: order, steps: int64(len(ops))}, placed
}

// Special entries of registerKey.
const (
	nothing   = -1 // no value; no operation
	atFirst   = -2 // the virtual write of the initial value
	noOperand = -3 // in a moment: there is no such operation

	never = math.MaxInt32 // the return of what never returned
)

// registerKey is one register's history by columns. Operations are numbered by their place in ops, values by an
// interner; value 0 is the initial one.
type registerKey struct {
	in      checkers.Input
	ops     []int
	values  *interner
	extents []extent // by operation
	reads   []int32  // by operation: the value it observed
	writes  []int32  // by operation: the value it wrote
	kept    []bool   // by operation: it happened, as far as is known
	refused []refusal
	writer  []int32 // by value: who wrote it
	cas     []int32 // by value: the kept cas from it
	readers []int32 // kept reads, grouped by value, each group in the order of calls
	first   []int32 // by value: where its group of readers begins
	blocks  []block
	sorted  []int32 // blocks in a valid order
	forced  []int32 // kept operations in the order forced inside blocks, block after block
}

// extent is where an operation's call and its return stand among the events; never if it has none.
type extent struct{ call, back int32 }

// refusal is a refused cas, with the value that it did not meet.
type refusal struct{ op, old int32 }

// block is a stretch of forced.
type block struct {
	from, to int32
	head     int32  // the write, or atFirst
	return1  moment // its first return
	call2    moment // its last call
}

// moment is an event of an operation.
type moment struct{ at, op int32 }

func newRegisterKey(in checkers.Input, ops []int) *registerKey {
	n := len(ops)
	return &registerKey{in: in, ops: ops, values: newInterner(n), extents: make([]extent, n),
		reads: make([]int32, n), writes: make([]int32, n), kept: make([]bool, n)}
}

func (r *registerKey) op(i int32) *history.Operation { return &r.in.History.Operations[r.ops[i]] }

// load fills the columns and tells whether each value has one writer, and events are few enough to be numbered.
func (r *registerKey) load() bool {
	r.values.id(r.in.History.Initial)
	for i := range r.ops {
		op := r.op(int32(i))
		r.reads[i], r.writes[i] = nothing, nothing
		if op.Call >= never || op.Return >= never && op.Return != history.Pending {
			return false
		}
		r.extents[i] = extent{int32(op.Call), int32(min(op.Return, never))}
		switch {
		case op.F == "cas":
			if !r.loadCas(int32(i), op) {
				return false
			}
		case op.Refused():
		case op.F == "read" && op.Outcome == protocol.OK:
			r.reads[i] = r.values.id(op.Output)
		case op.F == "write" && op.Outcome != protocol.Fail:
			r.writes[i] = r.values.id(op.Input)
		default:
			return false
		}
		r.kept[i] = op.Outcome == protocol.OK
	}
	return r.findWriters()
}

// loadCas fills the columns for a cas. Most of the cost is to get at its two values, so that is done once.
func (r *registerKey) loadCas(i int32, op *history.Operation) bool {
	old, replacement, ok := model.CasArguments(op.Input)
	switch {
	case !ok || op.Outcome == protocol.Fail && !op.Refused():
		return false
	case op.Refused():
		r.refused = append(r.refused, refusal{i, r.values.id(old)})
	default:
		r.reads[i], r.writes[i] = r.values.id(old), r.values.id(replacement)
	}
	return true
}

func (r *registerKey) findWriters() bool {
	r.writer = empty(int(r.values.count))
	r.writer[0] = atFirst
	for i, v := range r.writes {
		if v == nothing {
			continue
		}
		if r.writer[v] != nothing {
			return false
		}
		r.writer[v] = int32(i)
	}
	return true
}

// empty returns a column of nothing.
func empty(n int) []int32 { return slices.Repeat([]int32{nothing}, n) }

// judge returns the first contradiction, or nil if there is none; then blocks are in a valid order.
func (r *registerKey) judge() *finding {
	if found := r.keepWhatIsNeeded(); found != nil {
		return found
	}
	if found := r.chainCas(); found != nil {
		return found
	}
	r.groupReaders()
	if found := r.buildBlocks(); found != nil {
		return found
	}
	return r.sweepZones()
}

// keepWhatIsNeeded keeps the updates of unknown outcome on whose effect a kept operation depends: they did happen.
func (r *registerKey) keepWhatIsNeeded() *finding {
	for i := range r.ops {
		if !r.kept[i] {
			continue
		}
		for at := int32(i); r.reads[at] != nothing; {
			w := r.writer[r.reads[at]]
			if w == nothing {
				return r.fromNowhere(at)
			}
			if w == atFirst || r.kept[w] {
				break
			}
			r.kept[w] = true
			at = w
		}
	}
	return nil
}

// fromNowhere reports that an operation observed what no operation that happened has written.
func (r *registerKey) fromNowhere(i int32) *finding {
	reader := r.op(i)
	v, _ := checkers.Observes(reader)
	if w, ok := failedWriter(r.in, reader.Key, v); ok {
		return &finding{anomaly: guarantee.AbortedRead, parts: []int{r.ops[i], w}}
	}
	return &finding{anomaly: guarantee.ThinAirRead, parts: []int{r.ops[i]}}
}

// failedWriter returns the position of a write that failed and would have put the value there.
func failedWriter(in checkers.Input, key string, v protocol.Value) (int, bool) {
	for _, i := range checkers.ObjectOperations(in) {
		op := in.History.Operations[i]
		if op.Outcome != protocol.Fail || op.Refused() || op.Key != key {
			continue
		}
		op.Outcome = protocol.OK
		written, ok := checkers.Writes(&op)
		if !ok {
			written, ok = checkers.Adds(&op)
		}
		if op.F == "enqueue" {
			written, ok = op.Input, true
		}
		if ok && written.Equal(v) {
			return i, true
		}
	}
	return 0, false
}

// chainCas finds the cas that starts from each value; there is one at most.
func (r *registerKey) chainCas() *finding {
	r.cas = empty(int(r.values.count))
	for i := range r.ops {
		v := r.reads[i]
		if !r.kept[i] || v == nothing || r.writes[i] == nothing {
			continue
		}
		if other := r.cas[v]; other != nothing {
			return &finding{anomaly: guarantee.LostUpdate, parts: r.positions(other, int32(i), r.writer[v])}
		}
		r.cas[v] = int32(i)
	}
	return nil
}

// positions returns the positions in the history of operations that exist.
func (r *registerKey) positions(ops ...int32) []int {
	var out []int
	for _, i := range ops {
		if i >= 0 && !slices.Contains(out, r.ops[i]) {
			out = append(out, r.ops[i])
		}
	}
	return out
}

// groupReaders sorts kept reads by value; within a value they stay in the order of their calls.
func (r *registerKey) groupReaders() {
	r.first = make([]int32, r.values.count+1)
	for i, v := range r.reads {
		if r.isRead(i) {
			r.first[v+1]++
		}
	}
	for v := 1; v < len(r.first); v++ {
		r.first[v] += r.first[v-1]
	}
	next := slices.Clone(r.first)
	r.readers = make([]int32, r.first[len(r.first)-1])
	for i, v := range r.reads {
		if r.isRead(i) {
			r.readers[next[v]] = int32(i)
			next[v]++
		}
	}
}

func (r *registerKey) isRead(i int) bool {
	return r.kept[i] && r.reads[i] != nothing && r.writes[i] == nothing
}

// buildBlocks walks every block in its forced order.
func (r *registerKey) buildBlocks() *finding {
	r.forced = make([]int32, 0, len(r.ops))
	r.blocks = make([]block, 0, r.heads()+1)
	if found := r.walk(atFirst, 0); found != nil {
		return found
	}
	for i := range r.ops {
		if r.kept[i] && r.writes[i] != nothing && r.reads[i] == nothing {
			if found := r.walk(int32(i), r.writes[i]); found != nil {
				return found
			}
		}
	}
	return r.unreached()
}

// heads returns how many kept writes there are that are no cas: each begins a block.
func (r *registerKey) heads() int {
	n := 0
	for i := range r.ops {
		if r.kept[i] && r.writes[i] != nothing && r.reads[i] == nothing {
			n++
		}
	}
	return n
}

// walk appends the block of a write and its value to forced. It reports an operation that had returned before one
// that the forced order puts ahead of it was called.
func (r *registerKey) walk(head, value int32) *finding {
	b := block{from: int32(len(r.forced)), head: head, return1: moment{never, noOperand}, call2: moment{-2, noOperand}}
	if head == atFirst {
		b.return1.at = -1
	}
	for next := head; next != nothing; next = r.cas[value] {
		if next != atFirst {
			if found := r.step(&b, next, b.call2); found != nil {
				return found
			}
			value = r.writes[next]
		}
		before := b.call2
		for _, reader := range r.readers[r.first[value]:r.first[value+1]] {
			if found := r.step(&b, reader, before); found != nil {
				return found
			}
		}
	}
	b.to = int32(len(r.forced))
	r.blocks = append(r.blocks, b)
	return nil
}

// step appends one operation to a block. before is the latest call of those that must be ahead of it.
func (r *registerKey) step(b *block, i int32, before moment) *finding {
	call, back := r.extents[i].call, r.extents[i].back
	if back < before.at {
		return r.backwards(before.op, i)
	}
	if back < b.return1.at {
		b.return1 = moment{back, i}
	}
	if call > b.call2.at {
		b.call2 = moment{call, i}
	}
	r.forced = append(r.forced, i)
	return nil
}

// unreached reports a cycle of cas, each from the value of another.
func (r *registerKey) unreached() *finding {
	reached := make([]bool, len(r.ops))
	for _, i := range r.forced {
		reached[i] = true
	}
	for i := range r.ops {
		if !r.kept[i] || reached[i] {
			continue
		}
		// Walking back along what was read leads into the cycle, then once around it.
		at := int32(i)
		for range r.ops {
			at = r.writer[r.reads[at]]
		}
		cycle := []int32{at}
		for next := r.writer[r.reads[at]]; next != at; next = r.writer[r.reads[next]] {
			cycle = append(cycle, next)
		}
		return &finding{anomaly: guarantee.DirtyOrder, parts: r.positions(cycle...)}
	}
	return nil
}
