package all_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/all"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
)

// TestAnElementShownTwice holds all checkers to one judgement of a read that shows an element twice: a set does no such
// thing. Session guarantees, which say only which updates a read must see, do not vouch for it.
func TestAnElementShownTwice(t *testing.T) {
	for object, histories := range map[string][]string{
		"set":   {"add(s,1) r(s)[1 1]", "add(s,1) add(s,2) | r(s)[1 2 1]", "add(s,1) | add(s,1) r(s)[1 1]"},
		"board": {"post(b,1) r(b)[1 1]", "post(b,1) post(b,2,1) | r(b)[1 2 2]"},
	} {
		o, _ := model.Lookup(object)
		for _, text := range histories {
			in := checkers.Input{History: oracle.Parse(text), Object: o}
			judged := 0
			for _, v := range checkers.Ladder(all.All(), in) {
				judged++
				switch info, _ := guarantee.Lookup(v.Guarantee); {
				case v.Guarantee == guarantee.Session || info.Implies == nil:
					if v.Valid != checkers.Unknown {
						t.Errorf("%s: %s is %s: %s", text, v.Guarantee, v.Valid, v.Reason)
					}
				case v.Valid != checkers.Invalid || v.Witness.Anomaly != guarantee.Duplicated:
					t.Errorf("%s: %s is %s: %s", text, v.Guarantee, v.Valid, v.Reason)
				default:
					if err := checkers.Certify(in, v); err != nil {
						t.Errorf("%s: %s: %v", text, v.Guarantee, err)
					}
				}
			}
			if judged != 10 {
				t.Errorf("%s: %d guarantees were judged, not 10", text, judged)
			}
		}
	}
}
