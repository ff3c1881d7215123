package node_test

import (
	"sync"
	"testing"

	"sunder/harness/node"
	"sunder/harness/protocol"
	"sunder/systems/gossip"
)

// TestProcessesThatBeginAnew uses the processes of one cluster for the next, again and again: nothing is left of what they
// were, and what they tell goes to whoever attends now.
func TestProcessesThatBeginAnew(t *testing.T) {
	f := newFleet(t, asProcess, "register", true)
	for turn := range 3 {
		f.wants("c1", protocol.Op{F: "read", Key: "x", Via: "r1"}, protocol.Int(0))
		f.wants("c1", protocol.Op{F: "write", Key: "x", Value: protocol.Int(5), Via: "r1"}, protocol.Value{})
		f.comes("c2", protocol.Op{F: "read", Key: "x", Via: "r2"}, protocol.Int(5))
		var mu sync.Mutex
		facts := 0
		for _, id := range f.ids() {
			m := f.members[id]
			if err := m.Renew(f.context()); err != nil {
				t.Fatalf("turn %d: %s: %v", turn, id, err)
			}
			m.Attend(protocol.NewFactCodec(gossip.System().Facts), func(e node.Event) {
				if _, fact := e.(node.Noted); fact {
					mu.Lock()
					facts++
					mu.Unlock()
				}
				f.hear(id, e)
			})
			m.boots = 0
		}
		for _, id := range f.ids() {
			if ready := f.instruct(id, node.Configure{Wipe: true}); ready.Records != 0 || ready.Boot != 0 {
				t.Errorf("turn %d: %s begins with %+v", turn, id, ready)
			}
		}
		for _, id := range f.ids() {
			f.start(id)
		}
		f.wants("c1", protocol.Op{F: "read", Key: "x", Via: "r2"}, protocol.Int(0))
		mu.Lock()
		if facts == 0 {
			t.Errorf("turn %d: nobody hears the facts of the new ones", turn)
		}
		mu.Unlock()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.gone) > 0 {
		t.Errorf("gone are %v", f.gone)
	}
}
