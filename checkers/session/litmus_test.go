package session_test

import (
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/checkers/session"
)

// litmus is a table of small histories with known verdicts: the minimal sets of guarantees that each history breaks, and the
// anomaly by which all four together are broken.
var litmus = []struct {
	name, object, history string
	broken                string
	anomaly               guarantee.Anomaly
}{
	{"POPL'17 (a)", "register", "w(x,1) r(x)2 | w(x,2) r(x)1", "", ""},
	{"POPL'17 (b)", "register", "w(z,1) w(x,1) w(y,1) | w(x,2) r(z)0 r(y)1 r(x)2", "", ""},
	{"POPL'17 (c)", "register", "w(x,1) r(y)0 w(y,1) r(x)1 | w(x,2) r(y)0 w(y,2) r(x)2", "", ""},
	{"POPL'17 (d)", "register", "w(x,1) | w(x,2) r(x)1 r(x)2", "", ""},
	{"POPL'17 (e)", "register", "w(x,1) w(y,1) | r(y)1 w(x,2) | r(x)2 r(x)1", "MR MW WFR", guarantee.BrokenSession},
	{"message passing, stale", "register", "w(x,1) w(y,1) | r(y)1 r(x)0", "MR MW", guarantee.BrokenSession},
	{"load buffering", "register", "r(y)1 w(x,1) | r(x)1 w(y,1)", "WFR", guarantee.NoWritesFollowReads},
	{"coherence of one writer", "register", "w(x,1) w(x,2) | r(x)2 r(x)1", "MR MW", guarantee.BrokenSession},
	{"coherence of two readers", "register", "w(x,1) | w(x,2) | r(x)1 r(x)2 | r(x)2 r(x)1", "", ""},
	{"write-to-read causality, stale", "register", "w(x,1) | r(x)1 w(y,1) | r(y)1 r(x)0", "MR WFR", guarantee.BrokenSession},
	{"own write unseen", "register", "w(x,1) r(x)0", "RYW", guarantee.NoReadYourWrites},
	{"read goes back", "register", "w(x,1) | r(x)1 r(x)0", "MR", guarantee.NoMonotonicReads},
	{"own write gone", "register", "w(x,1) w(x,2) r(x)1", "RYW MW", guarantee.BrokenSession},
	{"one session sees 1, 2, 1", "register", "w(x,1) r(x)1 r(x)2 r(x)1 | w(x,2)", "", ""},
	{"own write goes under what was read", "register", "w(x,1) | r(x)1 w(x,2) r(x)1", "RYW WFR", guarantee.BrokenSession},
	{"two faults", "register", "w(x,1) r(x)0 | w(y,1) | r(y)1 r(y)0", "RYW, MR", guarantee.NoReadYourWrites},
	{"what clients tell one another is no part of a session", "register", "p1: w(x,1) tell(c2) | p2: hear(c1) r(x)0", "", ""},
	{"an unknown write that was read", "register", "w(x,1)? | r(x)1 r(x)0", "MR", guarantee.NoMonotonicReads},
	{"cas reads and writes", "register", "w(x,1) cas(x,1,2) r(x)1", "RYW MW, RYW WFR", guarantee.BrokenSession},

	{"set: own add unseen", "set", "add(s,1) r(s)[]", "RYW", guarantee.NoReadYourWrites},
	{"set: an element vanishes", "set", "add(s,1) | r(s)[1] r(s)[]", "MR", guarantee.NoMonotonicReads},
	{"set: later add without the earlier", "set", "add(s,1) add(s,2) | r(s)[2]", "MW", guarantee.NoMonotonicWrites},
	{"set: add without what its author had seen", "set", "add(s,1) | r(s)[1] add(s,2) | r(s)[2]", "WFR", guarantee.NoWritesFollowReads},
	{"set: cycle", "set", "r(s)[2] add(s,1) | r(s)[1] add(s,2)", "WFR", guarantee.NoWritesFollowReads},
	{"set: all is well", "set", "add(s,1) | add(s,2) r(s)[2] r(s)[1 2] | r(s)[1] | r(s)[2]", "", ""},
	{"board: reply before parent", "board", "post(b,1) | r(b)[1] post(b,2,1) | r(b)[2]", "WFR", guarantee.NoWritesFollowReads},
}

// short writes a set in the table's way.
func short(s session.Set) string {
	var names []string
	for i, name := range []string{"RYW", "MR", "MW", "WFR"} {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func TestLitmus(t *testing.T) {
	for _, test := range litmus {
		t.Run(test.name, func(t *testing.T) {
			object, _ := model.Lookup(test.object)
			in := checkers.Input{History: oracle.Parse(test.history), Object: object}
			sets, err := session.Broken(in)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range sets {
				got = append(got, short(s))
			}
			if text := strings.Join(got, ", "); text != test.broken {
				t.Errorf("breaks {%s}, want {%s}", text, test.broken)
			}
			for _, c := range session.Checkers() {
				v := c.Run(in)
				wantInvalid := c.Guarantee == guarantee.Session && test.anomaly != ""
				for _, s := range sets {
					wantInvalid = wantInvalid || s.Guarantee() == c.Guarantee
				}
				if (v.Valid == checkers.Invalid) != wantInvalid || v.Valid == checkers.Unknown {
					t.Errorf("%s: %s (%s)", c.Guarantee, v.Valid, v.Reason)
				}
				if c.Guarantee == guarantee.Session && v.Witness != nil && v.Witness.Anomaly != test.anomaly {
					t.Errorf("broken by %s, want %s", v.Witness.Anomaly, test.anomaly)
				}
				if v.Witness != nil {
					t.Logf("%s: %v %s", c.Guarantee, v.Witness.Operations, v.Reason)
				}
			}
		})
	}
}
