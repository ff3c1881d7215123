package causal_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
)

// TestSentences pins what a person is told.
func TestSentences(t *testing.T) {
	tests := []struct {
		guarantee             guarantee.Name
		object, history, want string
	}{
		{guarantee.CausalWeak, "register", "w(x,1) r(x)0", "process 1 (c1) read x = 0 although it had itself written x = 1 before"},
		{guarantee.CausalWeak, "register", "w(x,1) tell(c2) | hear(c1) r(x)0",
			"process 2 (c2) read x = 0 although process 1 (c1) wrote x = 1, then told process 2 (c2) before"},
		{guarantee.CausalWeak, "register", "w(x,1) | r(x)1 w(y,1) | r(y)1 r(x)0",
			"process 3 (c3) read x = 0 although process 1 (c1) wrote x = 1, which process 2 (c2) saw, then wrote y = 1, which process 3 (c3) saw before"},
		{guarantee.CausalWeak, "register", "w(x,1) w(x,2) | r(x)2 r(x)1",
			"process 2 (c2) read x = 1 although that had been overwritten: process 1 (c1) wrote x = 1, then wrote x = 2; and it could know: process 1 (c1) wrote x = 2, which process 2 (c2) saw before"},
		{guarantee.CausalWeak, "register", "r(y)1 w(x,1) | r(x)1 w(y,1)",
			"each of these is a cause of the next, and the last of the first: process 1 (c1) read y = 1, then wrote x = 1, then process 2 (c2) read x = 1, then wrote y = 1, then process 1 (c1) read y = 1"},
		{guarantee.CausalWeak, "set", "add(s,1) add(s,2) | r(s)[2]",
			"process 2 (c2) read s without 1 although process 1 (c1) added 1 to s, then added 2 to s, which this read saw"},
		{guarantee.CausalWeak, "board", "post(b,1) | r(b)[1] post(b,2,1) | r(b)[2]",
			"process 3 (c3) read b and saw 2, a reply to 1, but not 1 itself, although process 1 (c1) posted 1 to b, which process 2 (c2) saw, then posted 2 to b, which this read saw"},
		{guarantee.CausalConvergent, "register", "w(x,1) r(x)2 | w(x,2) r(x)1",
			"process 2 (c2) read x = 1 though it had itself written x = 2 before, so that one came first; but process 1 (c1) read x = 2 though it had itself written x = 1 before, so that one came first; no one order of the writes fits all this"},
		{guarantee.Causal, "register", "w(x,1) r(x)2 r(x)1 | w(x,2)",
			"no order of the writes explains all that one process read: process 1 (c1) read x = 2 though it had itself written x = 1 before, so that one came first; process 1 (c1) read x = 1 though it knew that process 2 (c2) wrote x = 2, so that one came first"},
		{guarantee.Session, "register", "w(x,1) w(y,1) | r(y)1 r(x)0",
			"process 2 (c2) read x = 0 although process 1 (c1) wrote x = 1, then wrote y = 1, which process 2 (c2) saw before (no one of the session guarantees forbids that, but monotonic-reads + monotonic-writes together do)"},
	}
	for _, test := range tests {
		object, _ := model.Lookup(test.object)
		if v := verdict(test.guarantee, checkers.Input{History: oracle.Parse(test.history), Object: object}); v.Reason != test.want {
			t.Errorf("%s of %s:\ngot  %s\nwant %s", test.guarantee, test.history, v.Reason, test.want)
		}
	}
}
