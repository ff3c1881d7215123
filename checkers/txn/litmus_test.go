package txn_test

import (
	"errors"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/oracle"
	"sunder/checkers/txn"
)

// letters are the guarantees in the order of the columns of the litmus table.
var letters = [...]guarantee.Name{
	guarantee.ReadCommitted, guarantee.ReadAtomic, guarantee.Causal, guarantee.ParallelSnapshotIsolation,
	guarantee.SnapshotIsolation, guarantee.Serializable, guarantee.StrongSessionSerializable, guarantee.StrictSerializable,
}

// TestLitmus holds the checkers to the histories of the literature. A column says y or n for read committed (Adya's PL-2),
// read atomic, causal, PSI, SI, serializable, strong session and strict serializable.
func TestLitmus(t *testing.T) {
	for _, test := range []struct{ name, history, want string }{
		{"write skew", "r(x)0 w(y,1) | r(y)0 w(x,1)", "yyyyynnn"},
		{"lost update", "r(x)0 w(x,1) | r(x)0 w(x,2)", "yyynnnnn"},
		{"long fork", "w(x,1) | w(y,1) | r(x)1 r(y)0 | r(y)1 r(x)0", "yyyynnnn"},
		{"causality", "w(x,1) | r(x)1 w(y,1) | r(x)0 r(y)1", "yynnnnnn"},
		{"fractured", "w(x,1) w(y,1) | r(x)0 r(y)1", "ynnnnnnn"},
		{"fractured the other way", "w(x,1) w(y,1) | r(y)1 r(x)0", "ynnnnnnn"},
		{"not repeatable", "w(x,1) | r(x)0 r(x)1", "ynnnnnnn"},
		{"not repeatable backwards", "w(x,1) | r(x)1 r(x)0", "ynnnnnnn"},
		{"stale in the session", "w(x,1) ; r(x)0", "yynyyynn"},
		{"own future", "r(x)1 ; w(x,1)", "yynyyynn"},
		{"stale in real time", "w(x,1)@0-1 | r(x)0@2-3", "yyyyyyyn"},
		{"read-only anomaly", "r(y)0 w(x,1) | w(y,1)@0-1 | r(x)0 r(y)1@2-3", "yyyyynnn"},
		{"read-only anomaly without the reader", "r(y)0 w(x,1)@0-9 | w(y,1)@0-1", "yyyyyyyy"},
		{"G1c", "w(x,1) r(y)1 | w(y,1) r(x)1", "nnnnnnnn"},
		{"G0", "a(x,1) a(y,1) | a(x,2) a(y,2) | r(x)[1 2] r(y)[2 1]", "nnnnnnnn"},
		{"incompatible order", "a(x,1) | a(x,2) | r(x)[1] | r(x)[2]", "yyynnnnn"},
		{"unread lost update", "r(x)[] a(x,1) | r(x)[] a(x,2)", "yyynnnnn"},
		{"conflict in an unread tail", "r(y)[] a(z,1) a(x,1) | r(z)[] a(y,1) a(x,2)", "yyynnnnn"},
		{"no conflict in an unread tail", "r(y)[] a(z,1) | r(z)[] a(y,1)", "yyyyynnn"},
		{"G1a", "w(x,1)! | r(x)1", "nnnnnnnn"},
		{"G1b", "w(x,1) w(x,2) | r(x)1", "nnnnnnnn"},
		{"thin air", "r(x)7", "nnnnnnnn"},
		{"unknown and unread", "w(x,1)? | r(x)0", "yyyyyyyy"},
		{"unknown and read", "w(x,1) w(y,1)? | r(x)1 r(y)0", "ynnnnnnn"},
		{"own write unseen", "w(x,1) r(x)0", "nnnnnnnn"},
		{"list duplicated", "a(x,1) | r(x)[1 1]", "nnnnnnnn"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := oracle.ParseTransactions(test.history)
			for i, c := range txn.Checkers() {
				i = len(letters) - 1 - i
				v := c.Run(in)
				want := checkers.Valid
				if test.want[i] == 'n' {
					want = checkers.Invalid
				}
				if v.Valid != want {
					t.Errorf("%s: %s is %v, want %v: %s", test.history, letters[i], v.Valid, want, v.Reason)
				}
				if explained, err := oracle.Transactions(in, letters[i]); err != nil || explained != (want == checkers.Valid) {
					t.Errorf("%s: %s by brute force: %v, %v", test.history, letters[i], explained, err)
				}
				if err := checkers.Certify(in, v); err != nil && !errors.Is(err, checkers.ErrNoProof) {
					t.Errorf("%s: %s: %v", test.history, letters[i], err)
				}
			}
		})
	}
}
