package linearizable

import (
	"cmp"
	"slices"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
)

// sought returns operations on one register that show the anomaly that is sought, if that is one which a glance over
// all reads can find: a value was met after a newer one had been written (stale read) or met (read inversion).
// Values with several writers are passed over.
func sought(in checkers.Input, ops []int) []int {
	if in.Object.Name != "register" || in.Seek != guarantee.StaleRead && in.Seek != guarantee.ReadInversion {
		return nil
	}
	w := findWriters(in, ops)
	newer := w.sightings(in.Seek == guarantee.ReadInversion)
	for _, i := range ops {
		reader := &in.History.Operations[i]
		source, ok := w.source(reader)
		if !ok || reader.F != "read" {
			continue
		}
		gone := -1 // when the write of what was met had returned
		if source >= 0 {
			gone = in.History.Operations[source].Return
		}
		at, _ := slices.BinarySearchFunc(newer, gone, func(s sighting, at int) int { return cmp.Compare(s.began, at) })
		if at == len(newer) || newer[at].earliest.seen >= reader.Call {
			continue
		}
		found := append([]int{i}, newer[at].earliest.ops...)
		if source >= 0 {
			found = append(found, source)
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	return nil
}

// sighting says that a value whose write was called at began was there when an operation returned at seen.
type sighting struct {
	began, seen int
	ops         []int
	earliest    *sighting // of this one and those that began later, the one that was seen first
}

// writersOf knows who wrote each value of a register; -1 wrote the initial one.
type writersOf struct {
	in  checkers.Input
	ops []int
	by  map[string][]int
}

func findWriters(in checkers.Input, ops []int) *writersOf {
	w := &writersOf{in: in, ops: ops, by: map[string][]int{in.History.Initial.String(): {-1}}}
	for _, i := range ops {
		if v, ok := checkers.Writes(&in.History.Operations[i]); ok {
			w.by[v.String()] = append(w.by[v.String()], i)
		}
	}
	return w
}

// source returns who wrote what an operation met, if that is certain.
func (w *writersOf) source(op *history.Operation) (int, bool) {
	v, ok := checkers.Observes(op)
	if !ok {
		return 0, false
	}
	writers := w.by[v.String()]
	if len(writers) != 1 {
		return 0, false
	}
	return writers[0], true
}

// sightings returns where values were written or, if so asked, read, in the order in which their writes were called.
func (w *writersOf) sightings(read bool) []sighting {
	var out []sighting
	for _, i := range w.ops {
		op := &w.in.History.Operations[i]
		_, writes := checkers.Writes(op)
		source, certain := w.source(op)
		switch {
		case !read && writes:
			out = append(out, sighting{began: op.Call, seen: op.Return, ops: []int{i}})
		case read && !writes && certain && source >= 0:
			out = append(out, sighting{began: w.in.History.Operations[source].Call, seen: op.Return, ops: []int{i, source}})
		}
	}
	slices.SortStableFunc(out, func(a, b sighting) int { return cmp.Compare(a.began, b.began) })
	for i := len(out) - 1; i >= 0; i-- {
		out[i].earliest = &out[i]
		if i+1 < len(out) && out[i+1].earliest.seen < out[i].seen {
			out[i].earliest = out[i+1].earliest
		}
	}
	return out
}
