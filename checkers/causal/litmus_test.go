package causal_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/causal"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
)

// verdicts are what a litmus test expects: the anomaly by which CC, CM and CCv are broken, "" if they hold.
type verdicts struct{ weak, memory, convergent guarantee.Anomaly }

const (
	holds     guarantee.Anomaly = ""
	cyclicCO                    = guarantee.CyclicCO
	initRead                    = guarantee.WriteCOInitRead
	staleRead                   = guarantee.WriteCORead
	cyclicCF                    = guarantee.CyclicCF
	cyclicHB                    = guarantee.CyclicHB
	hbInit                      = guarantee.WriteHBInitRead
)

func all(a guarantee.Anomaly) verdicts { return verdicts{a, a, a} }

// litmus is a table of small histories with known verdicts, most of them from the literature.
var litmus = []struct {
	name, object, history string
	want                  verdicts
}{
	{"POPL'17 (a)", "register", "w(x,1) r(x)2 | w(x,2) r(x)1", verdicts{holds, holds, cyclicCF}},
	{"POPL'17 (b)", "register", "w(z,1) w(x,1) w(y,1) | w(x,2) r(z)0 r(y)1 r(x)2", verdicts{holds, hbInit, holds}},
	{"POPL'17 (c)", "register", "w(x,1) r(y)0 w(y,1) r(x)1 | w(x,2) r(y)0 w(y,2) r(x)2", all(holds)},
	{"POPL'17 (d)", "register", "w(x,1) | w(x,2) r(x)1 r(x)2", verdicts{holds, cyclicHB, cyclicCF}},
	{"POPL'17 (e)", "register", "w(x,1) w(y,1) | r(y)1 w(x,2) | r(x)2 r(x)1", all(staleRead)},
	{"store buffering", "register", "w(x,1) r(y)0 | w(y,1) r(x)0", all(holds)},
	{"independent reads of independent writes", "register", "w(x,1) | w(y,1) | r(x)1 r(y)0 | r(y)1 r(x)0", all(holds)},
	{"message passing, stale", "register", "w(x,1) w(y,1) | r(y)1 r(x)0", all(initRead)},
	{"load buffering", "register", "r(y)1 w(x,1) | r(x)1 w(y,1)", all(cyclicCO)},
	{"coherence of one writer", "register", "w(x,1) w(x,2) | r(x)2 r(x)1", all(staleRead)},
	{"coherence of two readers", "register", "w(x,1) | w(x,2) | r(x)1 r(x)2 | r(x)2 r(x)1", verdicts{holds, holds, cyclicCF}},
	{"write-to-read causality, stale", "register", "w(x,1) | r(x)1 w(y,1) | r(y)1 r(x)0", all(initRead)},
	{"own write unseen", "register", "w(x,1) r(x)0", all(initRead)},
	{"read goes back", "register", "w(x,1) | r(x)1 r(x)0", all(initRead)},
	{"own write gone", "register", "w(x,1) w(x,2) r(x)1", all(staleRead)},
	{"CC only", "register", "w(x,1) r(x)2 r(x)1 | w(x,2)", verdicts{holds, cyclicHB, cyclicCF}},
	{"CCv, not CM", "register", "w(x,1) r(y)0 r(y)3 r(x)1 | w(y,2) w(x,2) w(y,3)", verdicts{holds, hbInit, holds}},
	{"conflicts over two keys", "register", "w(x,1) w(y,1) r(y)2 | w(y,2) w(x,2) r(x)1", verdicts{holds, holds, cyclicCF}},
	{"one session sees 1, 2, 1", "register", "w(x,1) r(x)1 r(x)2 r(x)1 | w(x,2)", verdicts{holds, cyclicHB, cyclicCF}},
	{"sixteen operations that saturation cannot refute", "register", "w(z,1) w(f,1) r(g)1 r(x)2 | w(z,2) w(g,1) r(f)1 r(x)1 | w(x,1) w(h,1) r(k)1 r(z)2 | w(x,2) w(k,1) r(h)1 r(z)1", all(holds)},
	{"Coulouris' bank", "register", "w(x,1) w(y,2) | r(y)2 r(x)0", all(initRead)},
	{"Coulouris' bank, sequential", "register", "w(x,1) w(y,2) | r(y)0 r(x)0", all(holds)},
	{"out of thin air", "register", "w(x,1) | r(x)2", all(guarantee.ThinAirRead)},
	{"read of a failed write", "register", "w(x,1)! | r(x)1", all(guarantee.AbortedRead)},
	{"read of a refused cas", "register", "cas(x,0,1)~ | r(x)1", all(guarantee.AbortedRead)},
	{"a write of unknown outcome that was seen", "register", "w(x,1) w(y,1)? | r(y)1 r(x)0", all(initRead)},
	{"a write of unknown outcome that was not", "register", "w(x,1)? | r(x)0", all(holds)},
	{"a cas is a read and a write", "register", "w(x,1) | cas(x,1,2) | r(x)2 r(x)1", all(staleRead)},
	{"a cas of unknown outcome has read too", "register", "w(y,1) w(x,1) | cas(x,1,2)? | r(x)2 r(y)0", all(initRead)},

	{"side channel unheard (GOS-A4)", "register", "p1: w(x,1) | p2: r(x)0", all(holds)},
	{"side channel (GOS-A4)", "register", "p1: w(x,1) tell(c2) | p2: hear(c1) r(x)0", all(initRead)},
	{"relayed side channel", "register", "p1: w(x,1) tell(c2) | p2: hear(c1) tell(c3) | p3: hear(c2) r(x)0", all(initRead)},
	{"the second message", "register", "p1: tell(c2) w(x,1) tell(c2) | p2: hear(c1) r(x)0 hear(c1)", all(holds)},
	{"the second message heard", "register", "p1: tell(c2) w(x,1) tell(c2) | p2: hear(c1) hear(c1) r(x)0", all(initRead)},

	{"set: all is shown", "set", "add(s,1) add(s,2) | r(s)[] r(s)[2 1]", all(holds)},
	{"set: effect without cause", "set", "add(s,1) add(s,2) | r(s)[2]", all(initRead)},
	{"set: own add unseen", "set", "add(s,1) r(s)[]", all(initRead)},
	{"set: an element vanishes", "set", "add(s,1) | r(s)[1] r(s)[]", all(initRead)},
	{"set: over two keys", "set", "add(s,1) add(t,2) | r(t)[2] r(s)[]", all(initRead)},
	{"set: thin air", "set", "add(s,1) | r(s)[1 7]", all(guarantee.ThinAirRead)},
	{"set: failed add", "set", "add(s,1)! | r(s)[1]", all(guarantee.AbortedRead)},
	{"set: opposite orders", "set", "add(s,1) | add(s,2) | r(s)[1] | r(s)[2]", all(holds)},
	{"set: cycle", "set", "r(s)[2] add(s,1) | r(s)[1] add(s,2)", all(cyclicCO)},
	{"set: side channel", "set", "p1: add(s,1) tell(c2) | p2: hear(c1) r(s)[]", all(initRead)},
	{"board: reply before parent", "board", "post(b,1) | r(b)[1] post(b,2,1) | r(b)[2]", all(guarantee.ReplyBeforeParent)},
	{"board: own reply before parent", "board", "post(b,1) post(b,2,1) | r(b)[2]", all(guarantee.ReplyBeforeParent)},
	{"board: missing cause that is no parent", "board", "post(b,1) post(b,2) | r(b)[2]", all(initRead)},
	{"board: a reply to what its author did not know", "board", "post(b,1) | post(b,2,1) | r(b)[2]", all(holds)},
}

func TestLitmus(t *testing.T) {
	for _, test := range litmus {
		t.Run(test.name, func(t *testing.T) {
			object, _ := model.Lookup(test.object)
			in := checkers.Input{History: oracle.Parse(test.history), Object: object}
			expect(t, in, guarantee.CausalWeak, test.want.weak)
			expect(t, in, guarantee.Causal, test.want.memory)
			expect(t, in, guarantee.CausalConvergent, test.want.convergent)
		})
	}
}

func expect(t *testing.T, in checkers.Input, name guarantee.Name, want guarantee.Anomaly) {
	t.Helper()
	c, _ := checkers.Find(causal.Checkers(), name)
	v := c.Run(in)
	switch {
	case want == holds && v.Valid != checkers.Valid:
		t.Errorf("%s: %s (%s), want valid", name, v.Valid, v.Reason)
	case want != holds && v.Valid != checkers.Invalid:
		t.Errorf("%s: %s (%s), want %s", name, v.Valid, v.Reason, want)
	case want != holds && v.Witness.Anomaly != want:
		t.Errorf("%s: broken by %s (%s), want %s", name, v.Witness.Anomaly, v.Reason, want)
	}
	if v.Witness != nil {
		t.Logf("%s: %v %s\n%+v", name, v.Witness.Operations, v.Witness.Sentence, v.Witness.Edges)
	}
}
