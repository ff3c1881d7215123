package linearizable

import (
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
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
)

// registerKey is one register's history by columns. Operations are numbered by their place in ops, values by an
// interner; value 0 is the initial one.
type registerKey struct {
	in      checkers.Input
	ops     []int
	values  *interner
	reads   []int32 // by operation: the value it observed
	writes  []int32 // by operation: the value it wrote
	kept    []bool  // by operation: it happened, as far as is known
	refused []int32 // refused cas
	writer  []int32 // by value: who wrote it
	cas     []int32 // by value: the kept cas from it
	readers []int32 // kept reads, grouped by value, each group in the order of calls
	first   []int32 // by value: where its group of readers begins
	blocks  []block
	forced  []int32 // kept operations in the order forced inside blocks, block after block
}

// block is a stretch of forced.
type block struct {
	from, to int32
	head     int32  // the write, or atFirst
	return1  moment // its first return
	call2    moment // its last call
}

// moment is an event of an operation.
type moment struct {
	at int
	op int32
}

func newRegisterKey(in checkers.Input, ops []int) *registerKey {
	n := len(ops)
	return &registerKey{in: in, ops: ops, values: newInterner(n/2 + 1),
		reads: make([]int32, n), writes: make([]int32, n), kept: make([]bool, n)}
}

func (r *registerKey) op(i int32) *history.Operation { return &r.in.History.Operations[r.ops[i]] }

// load fills the columns and tells whether each value has one writer.
func (r *registerKey) load() bool {
	r.values.id(r.in.History.Initial)
	for i := range r.ops {
		op := r.op(int32(i))
		r.reads[i], r.writes[i] = nothing, nothing
		if op.Refused() {
			if op.F == "cas" {
				r.refused = append(r.refused, int32(i))
			}
			continue
		}
		if v, ok := checkers.Observes(op); ok {
			r.reads[i] = r.values.id(v)
		}
		if v, ok := checkers.Writes(op); ok {
			r.writes[i] = r.values.id(v)
		}
		if r.reads[i] == nothing && r.writes[i] == nothing {
			return false
		}
		r.kept[i] = op.Outcome == protocol.OK
	}
	return r.findWriters()
}

func (r *registerKey) findWriters() bool {
	r.writer = filled(len(r.values.values), nothing)
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

func filled(n int, v int32) []int32 { return slices.Repeat([]int32{v}, n) }

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
	v := r.values.values[r.reads[i]]
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
		if ok && written.Equal(v) {
			return i, true
		}
	}
	return 0, false
}

// chainCas finds the cas that starts from each value; there is one at most.
func (r *registerKey) chainCas() *finding {
	r.cas = filled(len(r.values.values), nothing)
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
	r.first = make([]int32, len(r.values.values)+1)
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

// walk appends the block of a write and its value to forced. It reports an operation that had returned before one
// that the forced order puts ahead of it was called.
func (r *registerKey) walk(head, value int32) *finding {
	w := &walker{r: r, block: block{from: int32(len(r.forced)), head: head,
		return1: moment{history.Pending, noOperand}, call2: moment{-2, noOperand}}}
	if head == atFirst {
		w.return1.at = -1
	}
	for next := head; next != nothing; next = r.cas[value] {
		if next != atFirst {
			if found := w.step(next, w.call2); found != nil {
				return found
			}
			value = r.writes[next]
		}
		before := w.call2
		for _, reader := range r.readers[r.first[value]:r.first[value+1]] {
			if found := w.step(reader, before); found != nil {
				return found
			}
		}
	}
	w.to = int32(len(r.forced))
	r.blocks = append(r.blocks, w.block)
	return nil
}

type walker struct {
	r *registerKey
	block
}

// step appends one operation. before is the latest call of those that must be ahead of it.
func (w *walker) step(i int32, before moment) *finding {
	op := w.r.op(i)
	if op.Return < before.at {
		return w.r.backwards(before.op, i)
	}
	if op.Return < w.return1.at {
		w.return1 = moment{op.Return, i}
	}
	if op.Call > w.call2.at {
		w.call2 = moment{op.Call, i}
	}
	w.r.forced = append(w.r.forced, i)
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

// sweepZones sorts the blocks into a valid order, or reports two that must each precede the other.
func (r *registerKey) sweepZones() *finding {
	slices.SortFunc(r.blocks, func(a, b block) int { return a.rank() - b.rank() })
	last := -1 // the forward block that ends last
	for b := range r.blocks {
		now := &r.blocks[b]
		if last >= 0 && now.return1.at < r.blocks[last].call2.at {
			return r.entangled(&r.blocks[last], r.clearest(&r.blocks[last], b))
		}
		if now.forward() {
			last = b
		}
	}
	return nil
}

// clearest returns, of the blocks from the b-th on that block a cannot be beside, one that tells most: one that began
// after a was there, and of which a write had returned, else any operation, before a was seen again.
func (r *registerKey) clearest(a *block, b int) *block {
	best, rating := &r.blocks[b], 0
	for ; b < len(r.blocks) && r.blocks[b].rank() < a.call2.at && rating < 2; b++ {
		other := &r.blocks[b]
		if other.return1.at >= a.call2.at || !r.beganAfter(other, a) {
			continue
		}
		if r.writes[other.return1.op] != nothing {
			best, rating = other, 2
		} else if rating == 0 {
			best, rating = other, 1
		}
	}
	return best
}

// forward tells whether an operation of the block returns before another of it is called.
func (b *block) forward() bool { return b.return1.at < b.call2.at }

// rank is the moment that a block is sorted by: where its zone begins.
func (b *block) rank() int { return min(b.return1.at, b.call2.at) }
