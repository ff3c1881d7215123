package order_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/oracle"
	"sunder/checkers/order"
	"sunder/harness/history"
)

// TestPrecedence has the vector of causal order: q delivers p's first message and answers it, and r gets the answer first.
func TestPrecedence(t *testing.T) {
	const formed = "p=1(p,q,r) q=1(p,q,r) r=1(p,q,r) "
	for _, test := range []struct {
		name         guarantee.Name
		text, breaks string
	}{
		{guarantee.CausalOrder, formed + "p!a q:a q!b r:a r:b", ""},
		{guarantee.CausalOrder, formed + "p!a q:a q!b r:b r:a", "r delivered q:2 before p:1, which happened before it where q sent it"},
		{guarantee.FIFOOrder, formed + "p!a q:a q!b r:b r:a", ""},
		{guarantee.CausalOrder, formed + "p!a q!b r:b r:a", ""},
		{guarantee.FIFOOrder, formed + "p!a p!b r:b r:a", "r delivered p:2 before p:1, which p had sent before it"},
		{guarantee.CausalOrder, formed + "p!a p!b r:b r:a", "r delivered p:2 before p:1, which happened before it where p sent it"},
		{guarantee.FIFOOrder, formed + "p!a p=2(p,q) q=2(p,q) p!b q:b", ""}, // not of one view
		{guarantee.FIFOOrder, formed + "p!a p!b r:a r:a r:b", ""},
	} {
		in := checkers.Input{History: &history.History{Facts: oracle.ParseExecution(test.text)}}
		c, _ := checkers.Find(order.Checkers(), test.name)
		v := c.Run(in)
		if test.breaks == "" {
			if v.Valid != checkers.Valid {
				t.Errorf("%s: %s is %s: %s", test.text, test.name, v.Valid, v.Reason)
			}
		} else if v.Valid != checkers.Invalid || v.Reason != test.breaks {
			t.Errorf("%s: %s is %s: %s", test.text, test.name, v.Valid, v.Reason)
		} else if err := checkers.Certify(in, v); err != nil {
			t.Error(err)
		}
	}
}
