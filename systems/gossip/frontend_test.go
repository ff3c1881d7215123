package gossip

import (
	"slices"
	"testing"

	"sunder/harness/protocol"
)

// roaming returns a world of three replicas and one roaming front end.
func roaming(object string) *world {
	c := configured(object, 3, 1)
	c.Options[optionFrontEnds] = frontEndsRoaming
	return newWorld(c, 1)
}

// targets returns the positions of the replicas that the network's messages of a name are for, and forgets them all.
func (w *world) targets(name string) []int {
	var out []int
	for _, p := range w.network {
		if p.message.Name() == name {
			out = append(out, slices.Index(w.config.Replicas, p.to))
		}
	}
	w.network = nil
	return out
}

func TestRoamingFrontEndGoesRound(t *testing.T) {
	for _, test := range []struct {
		op      protocol.Op
		message string
	}{
		{protocol.Op{F: "read", Key: "n"}, "QUERY"},
		{protocol.Op{F: "add", Key: "n", Value: protocol.Int(1)}, "UPDATE"},
	} {
		w := roaming("counter")
		id := w.request("c1", test.op)
		asked := w.targets(test.message)
		for range 5 {
			w.fire("c1", timer(timerResend, id))
			asked = append(asked, w.targets(test.message)...)
		}
		for i := range asked {
			if len(asked) != 6 || asked[i] != (asked[0]+i)%3 {
				t.Fatalf("%s: asked replicas %v", test.message, asked)
			}
		}
	}
}

func TestRetryMovesOn(t *testing.T) {
	w := roaming("counter")
	w.request("c1", protocol.Op{F: "read", Key: "n"})
	first := w.targets("QUERY")[0]
	retry := Retry{ID: QueryID{w.frontEnd("c1").id, 1}}
	w.network = []packet{{"r1", "c1", retry}}
	w.deliver(0, false)
	if next := w.targets("QUERY"); len(next) != 1 || next[0] != (first+1)%3 {
		t.Errorf("after replica %d was asked, %v were", first, next)
	}
	w.network = []packet{{"r3", "c1", QueryReply{ID: retry.ID, Value: protocol.Int(0), New: make(Timestamp, 3)}}, {"r1", "c1", retry}}
	w.deliver(0, false)
	w.deliver(0, false)
	if late := w.targets("QUERY"); len(late) > 0 {
		t.Errorf("a query that was answered went to %v", late)
	}
}

func TestRoamingFrontEndUsesAllReplicas(t *testing.T) {
	w := roaming("counter")
	seen := map[int]bool{}
	for range 40 {
		w.request("c1", protocol.Op{F: "read", Key: "n"})
		seen[w.targets("QUERY")[0]] = true
	}
	if len(seen) != 3 {
		t.Errorf("of three replicas, 40 operations asked %v first", seen)
	}
}

// TestUpdateHasTwoRecords follows a roaming update that two replicas accept: it takes effect once, and the client depends
// on both records.
func TestUpdateHasTwoRecords(t *testing.T) {
	w := roaming("counter")
	id := w.request("c1", protocol.Op{F: "add", Key: "n", Value: protocol.Int(1)})
	w.fire("c1", timer(timerResend, id))
	for len(w.network) > 0 {
		w.deliver(0, false)
	}
	if sum := w.frontEnd("c1").prev.sum(); sum != 2 {
		t.Errorf("the client depends on %s", w.frontEnd("c1").prev)
	}
	for range 2 {
		for _, r := range w.config.Replicas {
			w.fire(r, timerGossip)
		}
		for len(w.network) > 0 {
			w.deliver(0, false)
		}
	}
	for _, r := range w.config.Replicas {
		if got := string(w.replica(r).value.Snapshot()); got != `{"n":1}` {
			t.Errorf("%s holds %s", r, got)
		}
	}
}
