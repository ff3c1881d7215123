package txn_test

import (
	"errors"
	"slices"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/oracle"
	"sunder/checkers/txn"
	"sunder/harness/prng"
)

// TestAllTinyHistories compares every verdict on every history of two transactions of two steps, and of three of one step,
// with brute force.
func TestAllTinyHistories(t *testing.T) {
	for _, object := range []string{"list-append", "rw-register"} {
		for _, sequential := range []bool{false, true} {
			c := newComparison(t)
			oracle.EachTransactions(object, 2, 2, sequential, c.compare)
			oracle.EachTransactions(object, 3, 1, sequential, c.compare)
			c.done(t, object)
		}
	}
}

// TestSomeTinyHistories does the same with every history of four transactions of one step, and with every 127th of three of two
// steps and of two of three.
func TestSomeTinyHistories(t *testing.T) {
	t.Parallel()
	const stride = 127 // a prime: no kind of history is always passed over
	for _, object := range []string{"list-append", "rw-register"} {
		for _, sequential := range []bool{false, true} {
			c, seen := newComparison(t), 0
			oracle.EachTransactions(object, 4, 1, sequential, c.compare)
			for _, size := range [][2]int{{3, 2}, {2, 3}} {
				oracle.EachTransactions(object, size[0], size[1], sequential, func(text string, in checkers.Input) {
					if seen++; seen%stride == 0 {
						c.compare(text, in)
					}
				})
			}
			c.done(t, object)
		}
	}
}

// TestRandomHistories does the same with larger ones, some of whose transactions failed or are of unknown outcome.
func TestRandomHistories(t *testing.T) {
	count := 3000
	if testing.Short() {
		count = 400
	}
	for _, object := range []string{"list-append", "rw-register"} {
		for _, scramble := range []int{0, 15, 50} {
			r := prng.New(uint64(7 + scramble))
			c := newComparison(t)
			for range count {
				in := oracle.RandomTransactions(r, oracle.TransactionShape{
					Object: object, Transactions: 2 + r.IntN(4), Processes: 1 + r.IntN(3), Steps: 1 + r.IntN(4), Keys: 1 + r.IntN(3),
					Scramble: scramble, Odd: 20,
				})
				c.compare(oracle.FormatTransactions(in.History), in)
				if t.Failed() {
					return
				}
			}
			if scramble > 0 {
				c.done(t, object)
			}
		}
	}
}

// TestRareProofs does the same with histories whose proofs lacked transactions once: those between the ends of a chain that must
// stay together, and those through which somebody knew of what he should have seen; and with one that reads a list twice after
// it has appended to it.
func TestRareProofs(t *testing.T) {
	c := newComparison(t)
	for _, text := range []string{
		"w(x,3)@1-4 ; w(x,4)@5-6 ; r(x)5 w(x,6)@7-9 | w(x,1) w(x,2)@0-2 ; r(x)3 w(x,5)@3-8",
		"r(x)0 r(x)0 w(x,1) w(x,2)@0-1 ; w(x,3) w(x,4) w(x,5)@2-3 ; r(x)5 w(x,6)@4-7 ; r(x)6@8-9 | w(x,7) w(x,8) r(x)8 w(x,9)@5-6",
		"w(x,6) r(y)2 w(y,7)@6-9 | w(y,1) r(y)1 w(y,2) w(x,3)@0-2 ; w(x,5) r(x)5 r(x)5 r(y)2@3-8 | w(y,4) r(x)6@1-4 ; r(x)5 r(y)4@5-7",
		"r(x)5@0-2 ; r(z)1 w(z,2)@3-8 | w(z,1)@1-4 ; w(y,3) w(z,4) r(y)3@5-6 ; r(z)4 w(x,5)@7-9",
		"r(y)6 r(z)3@1-4 | w(z,4) w(x,5) r(x)5 r(y)0@3-6 ; w(y,6)@7-9 | w(x,1) w(y,2) w(z,3)@0-2 ; r(z)4 w(y,7) r(x)5@5-8",
		"a(x,3) a(x,4) a(x,5)@3-7 ; a(x,6) r(x)[1 2 3 4 5 6] r(x)[2 1 3 4 5 6]@8-9 | a(x,1)@0-1 ; a(x,2)@2-4 ; r(x)[1]@5-6",
	} {
		c.compare(text, oracle.ParseTransactions(text))
	}
}

// comparison counts what was compared.
type comparison struct {
	t         *testing.T
	all       []checkers.Checker
	verdicts  map[checkers.Validity]int
	anomalies map[guarantee.Anomaly]int
}

func newComparison(t *testing.T) *comparison {
	return &comparison{t: t, all: txn.Checkers(), verdicts: map[checkers.Validity]int{}, anomalies: map[guarantee.Anomaly]int{}}
}

func (c *comparison) compare(text string, in checkers.Input) {
	if c.t.Failed() {
		return
	}
	valid, witnesses := map[guarantee.Name]bool{}, map[guarantee.Name]*checkers.Witness{}
	for _, checker := range c.all {
		v := checker.Run(in)
		c.verdicts[v.Valid]++
		if v.Valid == checkers.Unknown {
			c.t.Errorf("%s %s: %s", text, v.Guarantee, v.Reason)
			return
		}
		valid[v.Guarantee] = v.Valid == checkers.Valid
		want, err := oracle.Transactions(in, v.Guarantee)
		if err != nil || want != valid[v.Guarantee] {
			c.t.Errorf("%s\n%s is %v, by brute force %v, %v: %s", text, v.Guarantee, v.Valid, want, err, v.Reason)
			return
		}
		if err := checkers.Certify(in, v); err != nil && !(v.Valid == checkers.Valid && errors.Is(err, checkers.ErrNoProof)) {
			c.t.Errorf("%s\n%s %v: the proof is none: %v\n%+v", text, v.Guarantee, v.Valid, err, v.Witness)
		}
		if v.Witness != nil {
			c.anomalies[v.Witness.Anomaly]++
			witnesses[v.Guarantee] = v.Witness
			c.minimal(text, in, v)
		}
	}
	c.ruledOut(text, in, valid, witnesses)
	for strong := range valid {
		for weak := range valid {
			if guarantee.Implies(strong, weak) && valid[strong] && !valid[weak] {
				c.t.Errorf("%s\nis %s and not %s", text, strong, weak)
			}
		}
	}
}

// ruledOut checks that a history has none of the guarantees that the anomalies found in it are said to rule out.
func (c *comparison) ruledOut(text string, in checkers.Input, valid map[guarantee.Name]bool, witnesses map[guarantee.Name]*checkers.Witness) {
	for judged, w := range witnesses {
		weakest, stronger := guarantee.RuledOut(in.Object.Name, judged, w.Anomaly)
		for _, name := range append(weakest, stronger...) {
			if valid[name] {
				c.t.Errorf("%s\nis %s, which the %s that shows that it is not %s would rule out", text, name, w.Anomaly, judged)
			}
		}
	}
}

// minimal checks that the anomaly is one of the guarantee's, and that the transactions of a cycle do not prove that the weakest
// guarantee is broken that it rules out, without any one of them.
func (c *comparison) minimal(text string, in checkers.Input, v checkers.Verdict) {
	info, _ := guarantee.Lookup(v.Guarantee)
	if !slices.Contains(slices.Concat(info.Anomalies, info.OfTransactions), v.Witness.Anomaly) {
		c.t.Errorf("%s\n%s is broken by %s, which is not listed", text, v.Guarantee, v.Witness.Anomaly)
	}
	if len(v.Witness.Edges) == 0 && v.Witness.Anomaly != guarantee.Unorderable && v.Witness.Anomaly != guarantee.LostUpdate {
		return
	}
	weakest, _ := guarantee.RuledOut(in.Object.Name, v.Guarantee, v.Witness.Anomaly)
	for i := range v.Witness.Operations {
		rest := slices.Delete(slices.Clone(v.Witness.Operations), i, i+1)
		if possible, err := oracle.Transactions(checkers.AloneTransactions(in, rest), weakest[0]); err != nil || !possible {
			c.t.Errorf("%s\n%s: of the witness of %s (%v) operation %d is not needed, %v\n%s", text, v.Guarantee, v.Witness.Anomaly,
				v.Witness.Operations, v.Witness.Operations[i], err, v.Reason)
		}
	}
}

// done fails if nothing was compared that matters.
func (c *comparison) done(t *testing.T, object string) {
	t.Logf("%s: %v %v", object, c.verdicts, c.anomalies)
	if c.verdicts[checkers.Valid] < 100 || c.verdicts[checkers.Invalid] < 100 || len(c.anomalies) < 5 {
		t.Errorf("%s: only %v %v", object, c.verdicts, c.anomalies)
	}
}
