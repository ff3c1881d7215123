package txn

import (
	"fmt"

	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// placeLists finds the order of the appends to each list, which the longest read of it shows, and looks through all
// reads: each must be a beginning of that one.
func (t *trace) placeLists() {
	t.orders, t.showing = make([][]int32, len(t.keys)), make([]int32, len(t.versions))
	for k := range t.longest {
		if t.longest[k].read == none {
			continue
		}
		t.orders[k] = t.scanList(t.longest[k].read)
		for n, v := range t.orders[k] {
			if v != none && t.versions[v].place == none {
				t.versions[v].place = int32(n)
			}
		}
	}
	for i := range t.reads {
		r := &t.reads[i]
		full := &t.longest[r.key]
		order, beginning := t.orders[r.key], !full.torn || sameLists(t.list(r), full.list[:r.size])
		if !beginning {
			t.dirtyOrder(r, full)
			order = t.scanList(int32(i))
		} else if n := int(r.size); n > 0 && n < len(full.list) {
			t.endsWell(r, order[n-1])
		}
		if n := r.size; n > 0 {
			r.from = order[n-1]
			t.ownAhead(r, beginning)
		}
	}
}

// dirtyOrder notes a list that is not the beginning of the longest.
func (t *trace) dirtyOrder(r *read, full *most) {
	list := t.list(r)
	rests := func() []int32 { return t.parting(r.key, list, full.list) }
	t.restingOn(rests, guarantee.DirtyOrder, parallelSnapshot, []int32{r.op, t.reads[full.read].op}, func(other string) string {
		return fmt.Sprintf("read %s under %s and %s read %s: neither is the beginning of the other", protocol.List(list...), t.keys[r.key], other, protocol.List(full.list...))
	})
}

// scanList returns the versions that a list shows, none for those that nobody wrote, and notes all that is wrong with it.
func (t *trace) scanList(i int32) []int32 {
	r := &t.reads[i]
	list := t.list(r)
	out := make([]int32, len(list))
	for n, element := range list {
		v := t.lookup(r.key, element)
		out[n] = v
		if !t.exists(r, v, element) {
			continue
		}
		if t.showing[v] == i+1 {
			t.flaw(guarantee.DuplicateElements, readCommitted, []int32{r.op, t.versions[v].op}, func(other string) string {
				return fmt.Sprintf("read %s twice in %s under %s, and %s appended it once", element, protocol.List(list...), t.keys[r.key], other)
			})
		}
		t.showing[v] = i + 1
	}
	for n, v := range out {
		if v == none {
			continue
		}
		if before := t.versions[v].before; before != none && (n == 0 || out[n-1] != before) {
			t.intermediate(r, v, before)
		} else if n+1 < len(out) && !t.versions[v].final && (out[n+1] == none || t.versions[out[n+1]].before != v) {
			t.intermediate(r, v, none)
		}
	}
	if n := len(out); n > 0 && out[n-1] != none {
		t.endsWell(r, out[n-1])
	}
	return out
}

// endsWell notes that a read ends between two writes of one transaction.
func (t *trace) endsWell(r *read, last int32) {
	if last != none && !t.versions[last].final {
		t.intermediate(r, last, none)
	}
}

// intermediate notes a read of some of the writes of one transaction under one key without the rest in its place.
func (t *trace) intermediate(r *read, v, missing int32) {
	if t.versions[v].op == r.op {
		return // it saw its own future, which ownAhead notes
	}
	if missing == none {
		missing = t.after(v)
	}
	t.flaw(guarantee.G1b, readCommitted, []int32{r.op, t.versions[v].op}, func(other string) string {
		return fmt.Sprintf("read %s under %s, where %s wrote %s and %s one right after the other", t.shown(r), t.keys[r.key], other, t.value(min(v, missing)), t.value(max(v, missing)))
	})
}

// after returns what the writer of a version that is not final wrote under the key next.
func (t *trace) after(v int32) int32 {
	for w := v + 1; ; w++ {
		if t.versions[w].before == v {
			return w
		}
	}
}

// exists tells whether a version was written by one that may have happened, and notes it if not.
func (t *trace) exists(r *read, v int32, value protocol.Value) bool {
	switch {
	case v == none:
		t.flaw(guarantee.ThinAirRead, readCommitted, []int32{r.op}, func(string) string {
			return fmt.Sprintf("read %s under %s, and nobody wrote %s there", t.shown(r), t.keys[r.key], value)
		})
		return false
	case t.failed(t.versions[v].op):
		t.flaw(guarantee.G1a, readCommitted, []int32{r.op, t.versions[v].op}, func(other string) string {
			return fmt.Sprintf("read %s under %s, where %s wrote %s and failed", t.shown(r), t.keys[r.key], other, value)
		})
		return false
	}
	t.seen[t.versions[v].op] = true
	return true
}

// ownAhead notes a transaction that read what it wrote only later. Beginning says that what it read is the beginning of
// what the longest read shows, so that the places of versions tell what it shows.
func (t *trace) ownAhead(r *read, beginning bool) {
	for v := t.first[r.op]; v < t.first[r.op+1]; v++ {
		if t.versions[v].key != r.key {
			continue
		}
		inside := v == r.from
		if place := t.versions[v].place; beginning {
			inside = inside || place != none && place < r.size
		} else if t.lists {
			for _, element := range t.list(r) {
				inside = inside || element.Equal(t.value(v))
			}
		}
		if inside {
			t.flaw(guarantee.Internal, readCommitted, []int32{r.op}, func(string) string {
				return fmt.Sprintf("read %s under %s before it wrote %s there itself", t.shown(r), t.keys[r.key], t.value(v))
			})
			return
		}
	}
}

// finalOf returns what a transaction wrote under a key last; none.
func (t *trace) finalOf(op, key int32) int32 {
	for v := t.first[op]; v < t.first[op+1]; v++ {
		if t.versions[v].key == key && t.versions[v].final {
			return v
		}
	}
	return none
}

// placeValues finds out what each read of a register found.
func (t *trace) placeValues() {
	for i := range t.reads {
		r := &t.reads[i]
		value := t.found(r)
		v := t.lookup(r.key, value)
		if v == none && t.isInitial(value) {
			continue
		}
		if !t.exists(r, v, value) {
			continue
		}
		r.from = v
		if t.versions[v].op == r.op {
			t.ownAhead(r, false)
		} else {
			t.endsWell(r, v)
		}
	}
}

// shown writes what a read found.
func (t *trace) shown(r *read) string {
	ops, op := t.ops, int(r.op)
	if t.source != nil {
		ops, op = t.source.ops, t.origin[r.op]
	}
	if !t.lists {
		return t.found(r).String()
	}
	steps, _ := ops[op].Output.List()
	step, _ := steps[r.step].List()
	return step[2].String()
}
