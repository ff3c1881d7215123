package txn_test

import (
	"errors"
	"fmt"
	"strings"
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

// columns reads what is expected of each guarantee: the anomaly that breaks it, "-" if it holds; "3*-" is three times "-".
func columns(t *testing.T, text string) (out [len(letters)]guarantee.Anomaly) {
	at := 0
	for _, word := range strings.Fields(text) {
		times, anomaly, repeated := strings.Cut(word, "*")
		n := 1
		if !repeated {
			anomaly = word
		} else if _, err := fmt.Sscan(times, &n); err != nil {
			t.Fatal(text, err)
		}
		for range n {
			out[at] = guarantee.Anomaly(strings.TrimPrefix(anomaly, "-"))
			at++
		}
	}
	if at != len(out) {
		t.Fatalf("%q has %d columns", text, at)
	}
	return out
}

// TestLitmus holds the checkers to the histories of the literature. Columns are read committed (Adya's PL-2), read atomic,
// causal, PSI, SI, serializable, strong session and strict serializable.
func TestLitmus(t *testing.T) {
	for _, test := range []struct{ name, history, want string }{
		{"write skew", "r(x)0 w(y,1) | r(y)0 w(x,1)", "5*- 3*G2-item"},
		{"lost update", "r(x)0 w(x,1) | r(x)0 w(x,2)", "3*- 5*lost-update"},
		{"long fork", "w(x,1) | w(y,1) | r(x)1 r(y)0 | r(y)1 r(x)0", "4*- 4*long-fork"},
		{"causality", "w(x,1) | r(x)1 w(y,1) | r(x)0 r(y)1", "2*- causality 5*G-single"},
		{"fractured", "w(x,1) w(y,1) | r(x)0 r(y)1", "- 2*fractured-read 5*G-single"},
		{"fractured the other way", "w(x,1) w(y,1) | r(y)1 r(x)0", "- 2*fractured-read 5*G-single"},
		{"not repeatable", "w(x,1) | r(x)0 r(x)1", "- 7*non-repeatable-read"},
		{"not repeatable behind an append", "a(x,1) r(x)[1] r(x)[5 1] | a(x,5)", "- 7*non-repeatable-read"},
		{"not repeatable backwards", "w(x,1) | r(x)1 r(x)0", "- 7*non-repeatable-read"},
		{"stale in the session", "w(x,1) ; r(x)0", "2*- causality 3*- 2*G-single-process"},
		{"own future", "r(x)1 ; w(x,1)", "2*- causality 3*- 2*G1c-process"},
		{"stale in real time", "w(x,1)@0-1 | r(x)0@2-3", "7*- G-single-realtime"},
		{"read-only anomaly", "r(y)0 w(x,1) | w(y,1)@0-1 | r(x)0 r(y)1@2-3", "5*- 3*G2-item"},
		{"read-only anomaly without the reader", "r(y)0 w(x,1)@0-9 | w(y,1)@0-1", "8*-"},
		{"G1c", "w(x,1) r(y)1 | w(y,1) r(x)1", "8*G1c"},
		{"G0", "a(x,1) a(y,1) | a(x,2) a(y,2) | r(x)[1 2] r(y)[2 1]", "8*G0"},
		{"incompatible order", "a(x,1) | a(x,2) | r(x)[1] | r(x)[2]", "3*- 5*incompatible-order"},
		{"unread lost update", "r(x)[] a(x,1) | r(x)[] a(x,2)", "3*- 5*lost-update"},
		{"conflict in an unread tail", "r(y)[] a(z,1) a(x,1) | r(z)[] a(y,1) a(x,2)", "3*- 2*unorderable 3*G2-item"},
		{"no conflict in an unread tail", "r(y)[] a(z,1) | r(z)[] a(y,1)", "5*- 3*G2-item"},
		{"G1a", "w(x,1)! | r(x)1", "8*G1a"},
		{"G1b", "w(x,1) w(x,2) | r(x)1", "8*G1b"},
		{"thin air", "r(x)7", "8*thin-air-read"},
		{"unknown and unread", "w(x,1)? | r(x)0", "8*-"},
		{"unknown and read", "w(x,1) w(y,1)? | r(x)1 r(y)0", "- 2*fractured-read 5*G-single"},
		{"own write unseen", "w(x,1) r(x)0", "8*internal"},
		{"list duplicated", "a(x,1) | r(x)[1 1]", "8*duplicate-elements"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := oracle.ParseTransactions(test.history)
			for i, anomaly := range columns(t, test.want) {
				c, _ := checkers.Find(txn.Checkers(), letters[i])
				v := c.Run(in)
				want, found := checkers.Valid, guarantee.Anomaly("")
				if anomaly != "" {
					want = checkers.Invalid
				}
				if v.Witness != nil {
					found = v.Witness.Anomaly
				}
				if v.Valid != want || found != anomaly {
					t.Errorf("%s: %s is %v by %q, want %v by %q: %s", test.history, letters[i], v.Valid, found, want, anomaly, v.Reason)
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

// TestProofOfAllOrders: a proof that no order of two chains of writes will do has the chains whole. Here y holds 2 and then 4, which is one
// chain, and 5, which is another.
func TestProofOfAllOrders(t *testing.T) {
	in := oracle.ParseTransactions("w(z,1)@1-4 ; w(y,5) r(z)1@6-8 ; r(z)1 r(y)4@9-11 | w(y,2)@0-2 ; r(y)2 w(y,3) w(y,4)@3-5 ; w(z,6) r(x)0@7-10")
	c, _ := checkers.Find(txn.Checkers(), guarantee.StrictSerializable)
	v := c.Run(in)
	if v.Valid != checkers.Invalid || v.Witness.Anomaly != guarantee.Unorderable {
		t.Fatalf("%s: %s", v.Valid, v.Reason)
	}
	if err := checkers.Certify(in, v); err != nil {
		t.Errorf("%v: %s: %v", v.Witness.Operations, v.Reason, err)
	}
}

// TestClocksHaveABudget: clocks of as many processes as transactions take a time that grows with the square of these.
func TestClocksHaveABudget(t *testing.T) {
	in := oracle.LargeTransactions("list-append", 2000, 1, 1)
	for i := range in.History.Operations {
		in.History.Operations[i].Process = i
	}
	c, _ := checkers.Find(txn.Checkers(), guarantee.Causal)
	if v := c.Run(in); v.Valid != checkers.Valid {
		t.Errorf("%s: %s", v.Valid, v.Reason)
	}
	in.Budget = 10_000
	v := c.Run(in)
	if v.Valid != checkers.Unknown || !strings.HasPrefix(v.Reason, "the budget of 10000 steps is gone: the clocks of 2000 transactions") || len(v.Undecided) != 1 || v.Undecided[0].Proven.Operations < 100 {
		t.Errorf("%s: %s", v.Valid, v.Reason)
	}
}
