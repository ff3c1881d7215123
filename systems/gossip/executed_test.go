package gossip

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestExecutedTableAgainstPlainSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, plain := executedTable{}, map[CID]bool{}
		front := rapid.SampledFrom([]FrontEndID{{"c1", 1}, {"c1", 2}, {"c2", 1}})
		cid := rapid.Custom(func(t *rapid.T) CID {
			return CID{FrontEnd: front.Draw(t, "front end"), Seq: rapid.Uint64Range(1, 12).Draw(t, "seq")}
		})
		for _, c := range rapid.SliceOf(cid).Draw(t, "executed") {
			if rapid.IntRange(0, 5).Draw(t, "kind") == 0 {
				forgetBoth(t, table, plain, c)
				checkRuns(t, table[c.FrontEnd])
				continue
			}
			table.add(c)
			plain[c] = true
			checkRuns(t, table[c.FrontEnd])
		}
		restored := restoredTable(t, table)
		for _, id := range []FrontEndID{{"c1", 1}, {"c1", 2}, {"c2", 1}, {"c9", 9}} {
			for seq := range uint64(14) {
				c := CID{FrontEnd: id, Seq: seq}
				if table.contains(c) != plain[c] || restored.contains(c) != plain[c] {
					t.Fatalf("%v: the table says %v, restored %v, the set %v; runs %v", c, table.contains(c), restored.contains(c), plain[c], table[id])
				}
			}
		}
	})
}

// forgetBoth forgets in the table and in the plain set, and compares whether that was anything.
func forgetBoth(t *rapid.T, table executedTable, plain map[CID]bool, through CID) {
	forgot := false
	for seq := range through.Seq + 1 {
		c := CID{FrontEnd: through.FrontEnd, Seq: seq}
		forgot = forgot || plain[c]
		delete(plain, c)
	}
	if table.forget(through) != forgot {
		t.Fatalf("forgetting up to %v: it said %v", through, !forgot)
	}
	if _, there := table[through.FrontEnd]; there && len(table[through.FrontEnd]) == 0 {
		t.Fatal("an empty row is left")
	}
}

// checkRuns asks that runs are in order, not empty, and have a hole between them: so a hole costs one run.
func checkRuns(t *rapid.T, runs []run) {
	for i, r := range runs {
		if r.First > r.Last || i > 0 && r.First <= runs[i-1].Last+1 {
			t.Fatalf("runs %v", runs)
		}
	}
}

func restoredTable(t *rapid.T, table executedTable) executedTable {
	data, err := json.Marshal(table.rows())
	if err != nil {
		t.Fatal(err)
	}
	var rows []executedRow
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	return executedFrom(rows)
}

func TestExecutedTableStaysSmall(t *testing.T) {
	table := executedTable{}
	id := FrontEndID{Node: "c1", Incarnation: math.MaxUint64}
	for seq := uint64(1); seq <= 10_000; seq++ {
		if seq != 17 && seq != 4000 { // given up, and never came
			table.add(CID{id, seq})
		}
	}
	want := []run{{1, 16}, {18, 3999}, {4001, 10_000}}
	if diff := cmp.Diff(want, table[id]); diff != "" {
		t.Error(diff)
	}
	table.add(CID{id, 4000})
	if diff := cmp.Diff([]run{{1, 16}, {18, 10_000}}, table[id]); diff != "" {
		t.Error(diff)
	}
}

func TestRowsDoNotAlias(t *testing.T) {
	table := executedTable{}
	id := FrontEndID{Node: "c1"}
	table.add(CID{id, 1})
	rows := table.rows()
	table.add(CID{id, 2})
	if diff := cmp.Diff([]executedRow{{id, []run{{1, 1}}}}, rows); diff != "" {
		t.Error(diff)
	}
}
