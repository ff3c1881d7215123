package interleave_test

import (
	"slices"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/interleave"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

func problem(object, text string, keep checkers.Order) *interleave.Problem {
	o, _ := model.Lookup(object)
	in := checkers.Input{History: oracle.Parse(text), Object: o}
	return interleave.NewProblem(in, checkers.Considered(in), keep)
}

func TestSessions(t *testing.T) {
	p := problem("register", "p1: w(x,1)@0-1 w(x,2)?@2-3 r(x)1@4-5 | p2: r(x)2@6-7 r(x)!@8-9", checkers.InProcess)
	// Operations: 0 w(x,1), 1 w(x,2)?, 2 r(x)1, 3 r(x)2.
	want := [][]int32{{0, 2}, {1}, {3}}
	if !slices.EqualFunc(p.Sessions, want, slices.Equal[[]int32]) {
		t.Errorf("sessions %v, want %v", p.Sessions, want)
	}
	if link := (interleave.Link{Session: 0, Count: 1}); p.Behind[1] != link {
		t.Errorf("the unknown write is behind %v, want %v", p.Behind[1], link)
	}
}

// TestOverlappingOperationsOfOneProcess checks that in real time they are not forced into the order of their calls.
func TestOverlappingOperationsOfOneProcess(t *testing.T) {
	const text = "p1: r(x)1@0-9 w(x,1)@1-8"
	if r := interleave.Explore(problem("register", text, checkers.InRealTime), 1000); r.Valid != checkers.Valid {
		t.Errorf("got %s", r.Valid)
	}
}

// TestExplore compares the search with brute force, for both orders.
func TestExplore(t *testing.T) {
	for _, shape := range []oracle.Shape{
		{Object: "register", Ops: 7, Processes: 3, Keys: 2, Values: 2, Unsure: 25, Scramble: true},
		{Object: "register", Ops: 7, Processes: 4, Keys: 1, Unsure: 25, Scramble: true},
		{Object: "counter", Ops: 7, Processes: 4, Keys: 1, Unsure: 25, Scramble: true},
	} {
		object, _ := model.Lookup(shape.Object)
		r := prng.New(9)
		verdicts := map[checkers.Validity]int{}
		for range 3000 {
			in := checkers.Input{History: oracle.Random(r, shape), Object: object}
			for keep, holds := range map[checkers.Order]bool{checkers.InRealTime: oracle.Linearizable(in), checkers.InProcess: oracle.Sequential(in)} {
				got := interleave.Explore(interleave.NewProblem(in, checkers.Considered(in), keep), in.Steps())
				verdicts[got.Valid]++
				if (got.Valid == checkers.Valid) != holds || got.Valid == checkers.Unknown {
					t.Fatalf("%s: order %d: %s, brute force %v", oracle.Format(in.History), keep, got.Valid, holds)
				}
			}
		}
		if verdicts[checkers.Valid] < 500 || verdicts[checkers.Invalid] < 500 {
			t.Errorf("%+v: too few of one kind: %v", shape, verdicts)
		}
	}
}

func TestExploreSaysHowFarItGot(t *testing.T) {
	r := interleave.Explore(problem("counter", "add(x,1) | add(x,2) | add(x,4) | r(x)3 r(x)5", checkers.InProcess), 3)
	if r.Valid != checkers.Unknown || !strings.Contains(r.Reason, "the budget of 3 steps is gone") || r.Placed < 0 || r.Placed > 5 {
		t.Errorf("got %+v", r)
	}
}
