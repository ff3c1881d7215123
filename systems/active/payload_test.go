package active

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sunder/harness/protocol"
	"sunder/systems/group"
)

func TestWhatIsOrderedIsReadBack(t *testing.T) {
	for _, pinned := range []bool{false, true} {
		want := ordered{
			Request: Request{
				ID: RequestID{From: group.FrontEndID{Node: "c1", Incarnation: 1 << 63}, Seq: 7}, Done: 5, Pinned: pinned,
				Op: protocol.Op{F: "cas", Key: "a key", Value: protocol.Ints(-1, 2)},
			},
			Relay: "r2",
		}
		if diff := cmp.Diff(want, parse(want.payload())); diff != "" {
			t.Error(diff)
		}
	}
}
