package viewsync_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/membership"
	"sunder/checkers/oracle"
	"sunder/checkers/order"
	"sunder/checkers/viewsync"
	"sunder/harness/history"
	"sunder/harness/prng"
)

func execution(text string) checkers.Input {
	return checkers.Input{History: &history.History{Facts: oracle.ParseExecution(text)}}
}

func judge(in checkers.Input) checkers.Verdict { return viewsync.Checkers()[0].Run(in) }

// formed is the first view, in which p sends m.
const formed = "p=1(p,q,r) q=1(p,q,r) r=1(p,q,r) p!m "

// TestFigure14Point3 judges the four executions of the figure, in which p sends m and crashes: q and r both go on without
// it; both deliver it before; both deliver it after; one does each.
func TestFigure14Point3(t *testing.T) {
	for _, test := range []struct {
		name, text string
		breaks     guarantee.Anomaly
		sentence   string
	}{
		{"neither delivers it", "q=2(q,r) r=2(q,r)", "", ""},
		{"both deliver it before", "q:m r:m q=2(q,r) r=2(q,r)", "", ""},
		{"both deliver it after", "q=2(q,r) r=2(q,r) q:m r:m", guarantee.ViewIntegrity, "q delivered p:1 in view 2, in which its sender p is not"},
		{"one delivers it before", "q:m q=2(q,r) r=2(q,r)", guarantee.ViewAgreement, "q delivered p:1 in view 1 and r did not, though both went on to view 2"},
		{"one before and one after", "q:m q=2(q,r) r=2(q,r) r:m", guarantee.ViewAgreement, "q delivered p:1 in view 1 and r did not, though both went on to view 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := execution(formed + test.text)
			in.Seek = test.breaks
			expect(t, in, judge(in), test.breaks, test.sentence)
		})
	}
}

// expect compares a verdict, and rechecks its witness.
func expect(t *testing.T, in checkers.Input, v checkers.Verdict, breaks guarantee.Anomaly, sentence string) {
	t.Helper()
	if breaks == "" {
		if v.Valid != checkers.Valid {
			t.Errorf("%s: %s", v.Valid, v.Reason)
		}
		return
	}
	if v.Valid != checkers.Invalid || v.Witness.Anomaly != breaks || v.Reason != sentence {
		t.Errorf("%s: %s (%+v)", v.Valid, v.Reason, v.Witness)
		return
	}
	if err := checkers.Certify(in, v); err != nil {
		t.Error(err)
	}
}

func TestViewSynchrony(t *testing.T) {
	for _, test := range []struct {
		text, sentence string
		breaks         guarantee.Anomaly
	}{
		{formed + "p:m p:m", "p delivered p:1 twice", guarantee.ViewIntegrity},
		{formed + "q:other", "q delivered :0, which nobody sent", guarantee.ViewIntegrity},
		{"p=1(p) p!m q:m", "q delivered p:1 and was in no view", guarantee.ViewIntegrity},
		{formed + "q=2(p,q,r) q:m@1", "q delivered p:1, sent in view 1, when it was in view 2", guarantee.ViewIntegrity},
		{formed + "q=2(p,q,r) q:m", "q delivered p:1, sent in view 1, when it was in view 2", guarantee.ViewIntegrity},
		{formed + "p=2(p,q,r)", "p sent p:1 in view 1 and went on to view 2 without delivering it", guarantee.ViewValidity},
		{formed + "q=2(q,r) q=3(q,r) r=3(q,r)", "r went from view 1 to view 3, and q was in view 2", guarantee.ViewAgreement},
		{formed + "p:m p^ p/1=2(p/1,q,r) q=2(p/1,q,r)", "", ""}, // p came back as another process
		{formed + "p:m q=2(q,r)", "", ""}, // p never went on
	} {
		in := execution(test.text)
		t.Run(test.text, func(t *testing.T) { expect(t, in, judge(in), test.breaks, test.sentence) })
	}
}

func TestWithoutViewsNothingIsKnown(t *testing.T) {
	if v := judge(execution("p!m p:m")); v.Valid != checkers.Unknown || v.Reason != "there are no facts of views" {
		t.Errorf("%s: %s", v.Valid, v.Reason)
	}
}

// TestAgainstTheDefinitions compares the verdicts on small random executions with what the definitions say.
func TestAgainstTheDefinitions(t *testing.T) {
	all := append(append(membership.Checkers(), viewsync.Checkers()...), order.Checkers()[:2]...)
	rand, found := prng.New(1), map[guarantee.Anomaly]int{}
	valid := map[guarantee.Name]int{}
	for range 5000 {
		text := oracle.RandomExecution(rand)
		in := execution(text)
		for _, c := range all {
			broken := oracle.BrokenInGroup(c.Guarantee, in.History.Facts)
			info, _ := guarantee.Lookup(c.Guarantee)
			for _, in.Seek = range info.Anomalies {
				v := c.Run(in)
				if v.Valid == checkers.Unknown && len(broken) == 0 {
					continue
				}
				if (v.Valid == checkers.Invalid) != (len(broken) > 0) {
					t.Fatalf("%s: %s is %s (%s), but by the definition it is broken by %v", text, c.Guarantee, v.Valid, v.Reason, broken)
				}
				if v.Valid == checkers.Valid {
					valid[c.Guarantee]++
					continue
				}
				if !broken[v.Witness.Anomaly] || broken[in.Seek] && v.Witness.Anomaly != in.Seek {
					t.Fatalf("%s: %s is broken by %s (%s), sought was %s, by the definition by %v", text, c.Guarantee, v.Witness.Anomaly, v.Reason, in.Seek, broken)
				}
				if err := checkers.Certify(in, v); err != nil {
					t.Fatalf("%s: %s (%v): %v", text, v.Reason, v.Witness.Facts, err)
				}
				found[v.Witness.Anomaly]++
			}
		}
	}
	for _, c := range all {
		if valid[c.Guarantee] < 100 {
			t.Errorf("%s held %d times", c.Guarantee, valid[c.Guarantee])
		}
		info, _ := guarantee.Lookup(c.Guarantee)
		for _, anomaly := range info.Anomalies {
			if found[anomaly] < 100 {
				t.Errorf("%s was found %d times", anomaly, found[anomaly])
			}
		}
	}
}

// TestForgedWitnesses takes genuine witnesses and says something else of the facts.
func TestForgedWitnesses(t *testing.T) {
	rand, refused := prng.New(2), 0
	for range 2000 {
		in := execution(oracle.RandomExecution(rand))
		for _, c := range append(membership.Checkers(), viewsync.Checkers()...) {
			v := c.Run(in)
			if v.Valid != checkers.Invalid {
				continue
			}
			info, _ := guarantee.Lookup(c.Guarantee)
			broken := oracle.BrokenInGroup(c.Guarantee, in.History.Facts)
			for _, anomaly := range info.Anomalies {
				w := *v.Witness
				w.Anomaly = anomaly
				err := checkers.Certify(in, checkers.Verdict{Guarantee: c.Guarantee, Valid: checkers.Invalid, Witness: &w})
				if err == nil && !broken[anomaly] {
					t.Fatalf("%s was accepted and is not so: %v of %+v", anomaly, w.Facts, in.History.Facts)
				}
				if err != nil {
					refused++
				}
			}
		}
	}
	if refused < 1000 {
		t.Errorf("%d forged witnesses were refused", refused)
	}
}
