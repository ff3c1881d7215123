package node_test

import (
	"testing"
	"time"

	"sunder/harness/protocol"
)

// TestAWordComesBehindAllFacts has a node do something that it tells facts of: when its word is there, so are they, and
// none of them is of a later time.
func TestAWordComesBehindAllFacts(t *testing.T) {
	f := newFleet(t, asProcess, "counter", false)
	before := time.Now()
	for i := range 20 {
		f.do("c1", protocol.Op{F: "add", Key: "x", Value: protocol.Int(int64(i)), Via: "r1"})
	}
	at, err := f.members["r1"].Word(f.context())
	if err != nil {
		t.Fatal(err)
	}
	if at.Before(before) || at.After(time.Now()) {
		t.Errorf("the word is of %v, which is not between %v and now", at, before)
	}
	f.mu.Lock()
	told := len(f.told["r1"])
	if told == 0 {
		t.Error("no fact was told before the word")
	}
	for _, fact := range f.told["r1"] {
		if fact.At.After(at) {
			t.Errorf("%+v is later than the word of %v that came behind it", fact, at)
		}
	}
	f.mu.Unlock()
}
