package linearizable

import (
	"slices"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// beginning is what was observed of one key before an event.
func beginning(h *history.History, key string, until int) *history.History {
	out := &history.History{Initial: h.Initial}
	for _, op := range h.Operations {
		if op.Key != key || op.Call >= until {
			continue
		}
		if op.Return >= until {
			op.Outcome, op.Return, op.Output = protocol.Info, history.Pending, op.Input
			op.Note(history.Notes{})
		}
		out.Operations = append(out.Operations, op)
	}
	return out
}

// quiet tells whether none of the operations on a key that must have happened is open right before an event.
func quiet(h *history.History, key string, event int) bool {
	return !slices.ContainsFunc(h.Operations, func(op history.Operation) bool {
		return op.Key == key && (op.Outcome == protocol.OK || op.Refused()) && op.Call < event && event <= op.Return
	})
}

// TestWhatIsProvenIsSo: of a check that is given up, whenever that is, the beginning that it calls proven is linearizable by
// brute force, and the window stands between two neighbouring moments at which nothing is open.
func TestWhatIsProvenIsSo(t *testing.T) {
	t.Parallel()
	byPorcupine, _ := CheckerBy("porcupine")
	bySearch, _ := CheckerBy("search")
	given, grown, late := 0, 0, 0
	for _, shape := range shapes() {
		object, _ := model.Lookup(shape.Object)
		r := prng.New(3)
		for i := range 600 {
			in := checkers.Input{History: oracle.Random(r, shape), Object: object, Budget: int64(1 + i%40)}
			for _, c := range []checkers.Checker{bySearch, byPorcupine} {
				v := c.Run(in)
				if v.Valid != checkers.Unknown {
					continue
				}
				if len(v.Undecided) == 0 {
					t.Fatalf("%s: %s", oracle.Format(in.History), v.Reason)
				}
				for _, u := range v.Undecided {
					given++
					if u.Proven.Operations > 0 {
						grown++
					}
					if u.Window.From > 0 {
						late++
					}
					proven(t, in, u)
				}
				if t.Failed() {
					t.Fatalf("%s with a budget of %d: %s\n%+v", oracle.Format(in.History), in.Budget, v.Reason, v.Undecided)
				}
			}
		}
	}
	t.Logf("%d keys given up, %d with something proven, %d with a window that is not the beginning", given, grown, late)
	if grown < 1000 || late < 100 {
		t.Errorf("of %d keys given up %d have something proven, and %d a window that is not the beginning: too few", given, grown, late)
	}
}

func proven(t *testing.T, in checkers.Input, u checkers.Undecided) {
	t.Helper()
	h := in.History
	if !oracle.Linearizable(checkers.Input{History: beginning(h, u.Key, u.Proven.To+1), Object: in.Object}) {
		t.Errorf("key %q is not linearizable up to event %d", u.Key, u.Proven.To)
	}
	returned, inside := 0, 0
	for _, op := range h.Operations {
		if op.Key == u.Key && (op.Outcome == protocol.OK || op.Refused()) && op.Return <= u.Proven.To {
			returned++
		}
		if op.Key == u.Key && op.Return == u.Proven.To+1 {
			inside++
		}
	}
	if returned != u.Proven.Operations {
		t.Errorf("%d operations returned in what is proven, not %d", returned, u.Proven.Operations)
	}
	if inside != 1 || u.Proven.To+1 < u.Window.From || u.Proven.To+1 > u.Window.To {
		t.Errorf("event %d is no return in the window", u.Proven.To+1)
	}
	for event := u.Window.From; event <= u.Window.To+1; event++ {
		called := slices.ContainsFunc(h.Operations, func(op history.Operation) bool {
			return op.Key == u.Key && (op.Outcome == protocol.OK || op.Refused()) && op.Call >= u.Window.From && op.Call < event
		})
		if end := event == u.Window.From || event == u.Window.To+1; quiet(h, u.Key, event) != (end || !called) {
			t.Errorf("at event %d: a moment at which nothing is open: %v", event, quiet(h, u.Key, event))
		}
	}
}

// TestTheWindowIsNamed has two stretches that are in order around one that takes longer than the budget.
func TestTheWindowIsNamed(t *testing.T) {
	const text = "w(x,1)@0-1 w(x,1)@2-3 w(x,1)@30-31 | w(x,1)@10-20 | w(x,2)@10-20 | w(x,1)@11-21 | w(x,2)@11-21 | r(x)2@12-13 r(x)1@14-15 r(x)2@16-17 r(x)1@18-19"
	in := checkers.Input{History: oracle.Parse(text), Object: model.Register()}
	if v := check(in); v.Valid != checkers.Valid {
		t.Fatalf("%s: %s", v.Valid, v.Reason)
	}
	in.Budget = 30
	v := check(in)
	if v.Valid != checkers.Unknown || len(v.Undecided) != 1 {
		t.Fatalf("%s: %s", v.Valid, v.Reason)
	}
	u := v.Undecided[0]
	if u.Operations != 11 || u.Proven.Operations < 2 || u.Window != (checkers.Stretch{Operations: 8, From: 4, To: 19, Lines: [2]int{5, 20}}) {
		t.Errorf("%+v", u)
	}
	if want := "the smallest window that is undecided has 8, on lines 5 to 20"; !strings.HasSuffix(v.Reason, want) {
		t.Errorf("got %s, want %s", v.Reason, want)
	}
}
