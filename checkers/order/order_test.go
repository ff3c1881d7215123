package order_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/order"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// delivered returns the history in which nodes deliver messages: "p:a q:b p:b".
func delivered(text string) checkers.Input {
	h := &history.History{}
	for _, word := range strings.Fields(text) {
		node, message, _ := strings.Cut(word, ":")
		h.Facts = append(h.Facts,
			protocol.Noted{Node: protocol.NodeID(node), Fact: protocol.Mark{Name: "noise"}},
			protocol.Noted{Node: protocol.NodeID(node), Fact: protocol.Delivered{ID: protocol.MessageID{Sender: protocol.NodeID(message), Seq: 1}}})
	}
	return checkers.Input{History: h}
}

func judge(in checkers.Input) checkers.Verdict {
	c, _ := checkers.Find(order.Checkers(), guarantee.TotalOrder)
	return c.Run(in)
}

func TestTotalOrder(t *testing.T) {
	for _, test := range []struct {
		name, deliveries, sentence string // "": valid
		facts                      []int
	}{
		{"all the same", "p:a q:a p:b q:b", "", nil},
		{"one node alone", "p:a p:b", "", nil},
		{"messages that the others miss", "p:a p:b p:c q:c r:a r:c", "", nil},
		{"nothing in common", "p:a q:b r:c", "", nil},
		{"two disagree", "p:a p:b q:b q:a", "p delivered a:1 before b:1, q delivered b:1 before a:1", []int{1, 3, 5, 7}},
		{
			"two agree and three do not", "p:a p:b q:b q:c r:c r:a",
			"p delivered a:1 before b:1, q delivered b:1 before c:1, r delivered c:1 before a:1", []int{1, 3, 5, 7, 9, 11},
		},
		{"far apart", "p:a p:x p:y p:b q:b q:z q:a", "p delivered a:1 before b:1, q delivered b:1 before a:1", []int{1, 7, 9, 13}},
		{"delivered again", "p:a p:b p:a q:a q:b", "", nil},
		{"behind a cycle", "r:c r:d p:a p:b p:c q:b q:a", "p delivered a:1 before b:1, q delivered b:1 before a:1", []int{5, 7, 11, 13}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := delivered(test.deliveries)
			v := judge(in)
			if test.sentence == "" {
				if v.Valid != checkers.Valid {
					t.Errorf("%s: %s", v.Valid, v.Reason)
				}
			} else if v.Valid != checkers.Invalid || v.Reason != test.sentence || !slices.Equal(v.Witness.Facts, test.facts) {
				t.Errorf("%s: %s %+v", v.Valid, v.Reason, v.Witness)
			}
			if err := checkers.Certify(in, v); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWithoutFactsNothingIsKnown(t *testing.T) {
	if v := judge(delivered("")); v.Valid != checkers.Unknown || v.Reason != "there are no facts of deliveries" {
		t.Errorf("%s: %s", v.Valid, v.Reason)
	}
}

// TestAgainstAllOrders compares verdicts on small random runs with a search of all orders of the messages.
func TestAgainstAllOrders(t *testing.T) {
	rand, found := prng.New(1), map[checkers.Validity]int{}
	names := []string{"a", "b", "c", "d", "e"}
	for range 3000 {
		var words []string
		for range 2 + rand.IntN(9) {
			words = append(words, prng.Pick(rand, []string{"p", "q", "r"})+":"+prng.Pick(rand, names[:2+rand.IntN(4)]))
		}
		in := delivered(strings.Join(words, " "))
		v := judge(in)
		want := checkers.Invalid
		if explained(in.History.Facts, nil, names) {
			want = checkers.Valid
		}
		if v.Valid != want {
			t.Fatalf("%v: %s (%s), but a search says %s", words, v.Valid, v.Reason, want)
		}
		if err := checkers.Certify(in, v); err != nil {
			t.Fatalf("%v: %v", words, err)
		}
		found[v.Valid]++
	}
	if found[checkers.Valid] < 300 || found[checkers.Invalid] < 300 {
		t.Errorf("of 3000 runs: %v", found)
	}
}

// explained tells whether some order of the messages, which begins with these, contains that of every node.
func explained(facts []protocol.Noted, ordered, left []string) bool {
	if len(left) == 0 {
		return agrees(facts, ordered)
	}
	for i := range left {
		rest := slices.Delete(slices.Clone(left), i, i+1)
		if explained(facts, append(slices.Clone(ordered), left[i]), rest) {
			return true
		}
	}
	return false
}

// agrees reads the facts plainly: of each node, first deliveries come in this order.
func agrees(facts []protocol.Noted, ordered []string) bool {
	for _, node := range []protocol.NodeID{"p", "q", "r"} {
		at, seen := -1, map[string]bool{}
		for _, f := range facts {
			d, isDelivered := f.Fact.(protocol.Delivered)
			m := string(d.ID.Sender)
			if !isDelivered || f.Node != node || seen[m] {
				continue
			}
			seen[m] = true
			if rank := slices.Index(ordered, m); rank < at {
				return false
			} else {
				at = rank
			}
		}
	}
	return true
}

// TestForgedProofsAreRejected changes genuine proofs in all the ways that would make them say something else.
func TestForgedProofsAreRejected(t *testing.T) {
	good, bad := delivered("p:a p:b q:a q:b"), delivered("p:a p:b p:a q:b q:a r:a")
	valid, invalid := judge(good), judge(bad)
	for _, orders := range [][]int{nil, {1}, {3, 1}, {1, 1}, {0, 1, 3}, {1, 3, 99}} {
		v := valid
		v.Certificate = &checkers.Certificate{Deliveries: orders}
		if checkers.Certify(good, v) == nil {
			t.Errorf("the order %v was accepted", orders)
		}
	}
	for _, facts := range [][]int{nil, {1, 3}, {1, 3, 7}, {3, 1, 7, 9}, {1, 3, 9, 7}, {1, 3, 7, 11}, {1, 3, 5, 9}, {3, 5, 1, 3}, {0, 3, 7, 9}, {1, 3, 7, 99}} {
		v, w := invalid, *invalid.Witness
		w.Facts = facts
		v.Witness = &w
		if checkers.Certify(bad, v) == nil {
			t.Errorf("the facts %v were accepted", facts)
		}
	}
	w := *invalid.Witness
	w.Anomaly = guarantee.Diverged
	if checkers.Certify(bad, checkers.Verdict{Guarantee: guarantee.TotalOrder, Valid: checkers.Invalid, Witness: &w}) == nil {
		t.Error("another anomaly was accepted")
	}
	if err := checkers.Certify(bad, checkers.Verdict{Guarantee: guarantee.TotalOrder, Valid: checkers.Invalid}); !errors.Is(err, checkers.ErrNoProof) {
		t.Errorf("without a witness: %v", err)
	}
}

// BenchmarkTotalOrder judges 5 nodes that deliver 10 000 messages each.
func BenchmarkTotalOrder(b *testing.B) {
	h := &history.History{}
	for m := range 10_000 {
		for _, node := range []protocol.NodeID{"p", "q", "r", "s", "t"} {
			h.Facts = append(h.Facts, protocol.Noted{Node: node, Fact: protocol.Delivered{ID: protocol.MessageID{Sender: "x", Seq: uint64(m)}}})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if v := judge(checkers.Input{History: h}); v.Valid != checkers.Valid {
			b.Fatal(v.Reason)
		}
	}
}
