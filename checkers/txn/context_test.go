package txn_test

import (
	"slices"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/oracle"
	"sunder/checkers/txn"
)

// TestContext: reads that contradict one another are shown with those who wrote what they differ in.
func TestContext(t *testing.T) {
	for _, test := range []struct {
		history       string
		anomaly       guarantee.Anomaly
		core, context []int
	}{
		{"a(x,1) | a(x,2) | r(x)[1] | r(x)[2]", guarantee.DirtyOrder, []int{2, 3}, []int{0, 1}},
		{"a(x,1) | a(x,2) | a(x,3) | r(x)[1 2] | r(x)[1 3]", guarantee.DirtyOrder, []int{3, 4}, []int{1, 2}},
		{"a(x,1) | a(x,2) | a(x,3) | r(x)[1 2 3] | r(x)[2]", guarantee.DirtyOrder, []int{3, 4}, []int{0, 1}},
		{"a(x,1) | r(x)[] a(y,1) r(x)[2] | a(x,2) | r(x)[1]", guarantee.NonRepeatableRead, []int{1}, []int{2}},
		{"r(x)[1] a(x,2) | a(x,1) | a(x,3) | r(x)[3 2]", guarantee.DirtyOrder, []int{0, 3}, []int{1, 2}},
		{"r(x)0 r(x)1 | w(x,1)", guarantee.NonRepeatableRead, []int{0}, []int{1}},
		{"r(x)2 r(x)1 | w(x,1) | w(x,2)", guarantee.NonRepeatableRead, []int{0}, []int{1, 2}},
	} {
		in := oracle.ParseTransactions(test.history)
		c, _ := checkers.Find(txn.Checkers(), guarantee.ParallelSnapshotIsolation)
		v := c.Run(in)
		if v.Witness == nil || v.Witness.Anomaly != test.anomaly {
			t.Errorf("%s is %s: %s", test.history, v.Valid, v.Reason)
			continue
		}
		if !slices.Equal(v.Witness.Operations, test.core) || !slices.Equal(v.Witness.Context, test.context) {
			t.Errorf("%s: %v with %v, want %v with %v", test.history, v.Witness.Operations, v.Witness.Context, test.core, test.context)
		}
		if err := checkers.Certify(in, v); err != nil {
			t.Errorf("%s: %v", test.history, err)
		}
	}
}
