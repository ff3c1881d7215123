package delivery_test

import (
	"fmt"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/delivery"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

func TestConservation(t *testing.T) {
	run(t, guarantee.Conservation, []test{
		{"all is there", "bank", "deposit(x,5) withdraw(x,3) r(x)2@10-11", valid, "1 final reads agree with all updates", nil},
		{
			"a withdrawal is lost", "bank", "deposit(x,5) withdraw(x,3) r(x)5@10-11", guarantee.NotConserved,
			"r1 answered x = 5 in the end, though deposits less withdrawals come to 2", []int{0, 1, 2},
		},
		{"a deposit counts twice", "bank", "deposit(x,5) r(x)10@10-11", guarantee.NotConserved, "", []int{0, 1}},
		{"what was refused is not paid", "bank", "deposit(x,5) withdraw(x,6)~ r(x)5@10-11", valid, "", nil},
		{"of unknown outcome, paid", "bank", "deposit(x,5) r(x)1@10-11 | withdraw(x,4)?", valid, "", nil},
		{"of unknown outcome, not paid", "bank", "deposit(x,5) r(x)5@10-11 | withdraw(x,4)?", valid, "", nil},
		{
			"of unknown outcome, paid in part", "bank", "deposit(x,5) r(x)3@10-11 | withdraw(x,4)?", guarantee.NotConserved,
			"r1 answered x = 3 in the end, though deposits less withdrawals come to 5, and no choice of the 1 of unknown outcome, which make it 1 to 5, comes to that",
			[]int{0, 1, 2},
		},
		{"paid while it was read", "bank", "deposit(x,5)@10-13 | r(x)0@11-12", valid, "", nil},
		{"overdrawn in between", "bank", "withdraw(x,2) r(x)-2 deposit(x,3) r(x)1@10-11", guarantee.Overdrawn, "process 1 (c1) read the balance -2 of x", []int{1}},
		{"one account for another", "bank", "deposit(x,5) r(y)5@10-11", guarantee.NotConserved, "", []int{1}},
		{"no number", "bank", "deposit(x,5) r(x)null@10-11", unknown, "an account was read as null", nil},
		{"too many choices", "bank", "deposit(x,1) r(x)7@10-11" + doubling(), unknown,
			"22 deposits and withdrawals of x may or may not count, which make more balances than can be told apart", nil},
		{"counter", "counter", "add(x,1) r(x)1@10-11", unknown, "conservation is not judged of a counter", nil},
	})
}

// doubling is payments of unknown outcome that come to a million balances.
func doubling() string {
	var out strings.Builder
	for k := range 22 {
		fmt.Fprintf(&out, " | deposit(x,%d)?", 3<<k)
	}
	return out.String()
}

// TestConservationAgainstBruteForce judges histories of a bank whose last reads may be wrong.
func TestConservationAgainstBruteForce(t *testing.T) {
	c, _ := checkers.Find(delivery.Checkers(), guarantee.Conservation)
	shape := oracle.Shape{Object: "bank", Ops: 8, Processes: 3, Keys: 2, Unsure: 25, Scramble: true}
	r, count := prng.New(1), map[checkers.Validity]int{}
	for range 20_000 {
		text := fmt.Sprintf("%s | p91: r(x)%d@100-101 r(y)%d@102-103", oracle.Format(oracle.Random(r, shape)), r.IntN(4), r.IntN(4))
		in := checkers.Input{History: oracle.ParseRun(text, 100), Object: model.Bank()}
		v := c.Run(in)
		count[v.Valid]++
		if oracle.Conserved(in) != (v.Valid == checkers.Valid) {
			t.Fatalf("%s: %s: %s; brute force says %v", text, v.Valid, v.Reason, oracle.Conserved(in))
		}
		if err := checkers.Certify(in, v); v.Valid == checkers.Invalid && err != nil {
			t.Fatalf("%s: %s: %v", text, v.Reason, err)
		}
	}
	if count[checkers.Unknown] > 0 || count[checkers.Valid] < 1000 || count[checkers.Invalid] < 1000 {
		t.Errorf("too few of one kind: %v", count)
	}
}
