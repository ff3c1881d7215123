package available

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sunder/checkers"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// versions are the writes of one register that ended ok, in the order in which they returned.
type versions struct {
	writes []*history.Operation
	by     map[string][]*history.Operation // by value; nil is the initial one
}

// staleness says of the reads of registers how many versions they were behind: how many writes had returned when the read was
// called that had been called after the write of what it met had returned; and since when there had been one. Values with
// several writers, or with none that ended ok, are passed over.
func staleness(in checkers.Input, ops []int) string {
	if in.Object.Name != "register" {
		return ""
	}
	registers := map[string]*versions{}
	of := func(key string) *versions {
		if registers[key] == nil {
			registers[key] = &versions{by: map[string][]*history.Operation{in.History.Initial.String(): {nil}}}
		}
		return registers[key]
	}
	for _, i := range ops {
		op := &in.History.Operations[i]
		if v, writes := checkers.Writes(op); writes {
			r := of(op.Key)
			r.by[v.String()] = append(r.by[v.String()], op)
			if op.Outcome == protocol.OK {
				r.writes = append(r.writes, op)
			}
		}
	}
	for _, r := range registers {
		slices.SortFunc(r.writes, func(a, b *history.Operation) int { return cmp.Compare(a.Return, b.Return) })
	}
	var reads, stale, most int
	var behind []time.Duration
	for _, i := range ops {
		op := &in.History.Operations[i]
		if op.F != "read" || op.Outcome != protocol.OK {
			continue
		}
		newer, since, known := of(op.Key).newer(op)
		if !known {
			continue
		}
		reads++
		if newer > 0 {
			stale++
			most = max(most, newer)
			behind = append(behind, op.CallTime-since)
		}
	}
	switch {
	case reads == 0:
		return ""
	case stale == 0:
		return fmt.Sprintf("stale reads: none of %d", reads)
	}
	slices.Sort(behind)
	return fmt.Sprintf("stale reads: %d of %d, at most %d versions behind; for %v (median), %v (99 %%), %v (most)",
		stale, reads, most, quantile(behind, 50), quantile(behind, 99), quantile(behind, 100))
}

// newer returns how many versions a read was behind, since when there had been a newer one, and whether that is known.
func (r *versions) newer(read *history.Operation) (count int, since time.Duration, known bool) {
	writers := r.by[read.Output.String()]
	if len(writers) != 1 || writers[0] != nil && writers[0].Outcome != protocol.OK {
		return 0, 0, false
	}
	gone := -1 // when the write of what was met had returned
	if writers[0] != nil {
		gone = writers[0].Return
	}
	byReturn := func(w *history.Operation, at int) int { return cmp.Compare(w.Return, at) }
	first, _ := slices.BinarySearchFunc(r.writes, gone+1, byReturn)
	for _, w := range r.writes[first:] {
		if w.Return >= read.Call {
			break
		}
		if w.Call > gone {
			if count == 0 {
				since = w.ReturnTime
			}
			count++
		}
	}
	return count, since, true
}
