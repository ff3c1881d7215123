package sim

import (
	"fmt"

	"sunder/harness/cluster"
)

// Divergence is the first difference between two runs that should have been the same.
type Divergence struct {
	Index int    // of the entry in the traces, from 0
	First *Entry // what happened in the first run; nil: it had ended
	Then  *Entry // what happened in the second; nil: it had ended
}

// String says what happened in each run.
func (d *Divergence) String() string {
	return fmt.Sprintf("the runs part at entry %d:\n  first:  %s\n  second: %s", d.Index, orEnd(d.First), orEnd(d.Then))
}

func orEnd(e *Entry) string {
	if e == nil {
		return "the run had ended"
	}
	return fmt.Sprintf("%s (digest %016x)", e, uint64(e.Digest))
}

// Diverge runs the same thing twice, with the options of a and of b, and returns where the runs part, nil if they are
// the same. Two runs with Options{} prove that the machines are deterministic; one with Encode proves besides that
// messages survive their journey and are never changed once sent. Runs are compared as far as their TraceMax goes, by
// what happened and by the digests up to then. The error is that of a run, of the first if both have one; there may be a
// Divergence as well. The options' own Trace is not called.
func Diverge(run func(cluster.Backend) error, a, b Options) (*Divergence, error) {
	var first []Entry
	a.Trace = func(e Entry) { first = append(first, e) }
	errFirst := run(New(a))
	var d *Divergence
	count := 0
	b.Trace = func(e Entry) {
		if d == nil && (count >= len(first) || first[count] != e) {
			d = &Divergence{Index: count, Then: &e}
			if count < len(first) {
				d.First = &first[count]
			}
		}
		count++
	}
	errThen := run(New(b))
	if d == nil && count < len(first) {
		d = &Divergence{Index: count, First: &first[count]}
	}
	if errFirst != nil {
		return d, fmt.Errorf("the first run: %w", errFirst)
	}
	if errThen != nil {
		return d, fmt.Errorf("the second run: %w", errThen)
	}
	return d, nil
}
