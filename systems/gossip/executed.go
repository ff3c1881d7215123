package gossip

import (
	"cmp"
	"slices"
)

// executedTable is the executed operation table of Fig 14.8: which updates have taken effect here. It can be exact and
// need no clock: a front end numbers its updates without a gap, so that all but a few of its numbers make one run
// from 1 up (its end is the floor). An update that was given up and never came leaves a hole, and each
// hole costs one more run, however long the run is.
type executedTable map[FrontEndID][]run

// run is the numbers First..Last, both included.
type run struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
}

// find returns the position of the first run that ends at or after seq.
func find(runs []run, seq uint64) int {
	i, _ := slices.BinarySearchFunc(runs, seq, func(r run, seq uint64) int { return cmp.Compare(r.Last, seq) })
	return i
}

func (t executedTable) contains(c CID) bool {
	runs := t[c.FrontEnd]
	i := find(runs, c.Seq)
	return i < len(runs) && runs[i].First <= c.Seq
}

// add enters an update. Neighbouring runs grow together.
func (t executedTable) add(c CID) {
	runs := t[c.FrontEnd]
	i := find(runs, c.Seq)
	if i < len(runs) && runs[i].First <= c.Seq {
		return
	}
	joinsLeft := i > 0 && runs[i-1].Last+1 == c.Seq
	joinsRight := i < len(runs) && runs[i].First == c.Seq+1
	switch {
	case joinsLeft && joinsRight:
		runs[i-1].Last = runs[i].Last
		runs = slices.Delete(runs, i, i+1)
	case joinsLeft:
		runs[i-1].Last = c.Seq
	case joinsRight:
		runs[i].First = c.Seq
	default:
		runs = slices.Insert(runs, i, run{First: c.Seq, Last: c.Seq})
	}
	t[c.FrontEnd] = runs
}

// forget drops all that is known of a front end's updates up to one, and tells whether that was anything.
func (t executedTable) forget(through CID) bool {
	runs := t[through.FrontEnd]
	i := find(runs, through.Seq)
	kept := slices.Clone(runs[i:])
	forgot := i > 0
	if len(kept) > 0 && kept[0].First <= through.Seq {
		forgot = true
		if kept[0].First = through.Seq + 1; kept[0].Last == through.Seq {
			kept = kept[1:]
		}
	}
	if t[through.FrontEnd] = kept; len(kept) == 0 {
		delete(t, through.FrontEnd)
	}
	return forgot
}

// executedRow is what the table holds of one front end, in a form that can be stored and compared.
type executedRow struct {
	FrontEnd FrontEndID `json:"front_end"`
	Runs     []run      `json:"runs"`
}

// rows returns a copy of the table in the order of the front ends.
func (t executedTable) rows() []executedRow {
	rows := make([]executedRow, 0, len(t))
	for id, runs := range t {
		rows = append(rows, executedRow{FrontEnd: id, Runs: slices.Clone(runs)})
	}
	slices.SortFunc(rows, func(a, b executedRow) int { return a.FrontEnd.compare(b.FrontEnd) })
	return rows
}

// executedFrom returns the table that rows was called on.
func executedFrom(rows []executedRow) executedTable {
	t := make(executedTable, len(rows))
	for _, row := range rows {
		t[row.FrontEnd] = row.Runs
	}
	return t
}
