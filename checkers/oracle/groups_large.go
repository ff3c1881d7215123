package oracle

import (
	"strconv"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// LargeExecution draws what so many processes do in so many views: in each view each of them sends so many messages, and
// delivers those of all in some order of its own before it goes on to the next.
func LargeExecution(processes, views, messages int, seed uint64) []protocol.Noted {
	r := prng.New(seed)
	v := protocol.Installed{}
	for p := range processes {
		v.Members = append(v.Members, protocol.NodeID("n"+strconv.Itoa(p+1)))
		v.Incarnations = append(v.Incarnations, 0)
	}
	var out []protocol.Noted
	note := func(p int, f protocol.Fact) { out = append(out, protocol.Noted{Node: v.Members[p], Fact: f}) }
	for view := range views {
		v.View = uint64(view + 1)
		for p := range processes {
			note(p, v)
		}
		var sent []protocol.MessageID
		for n := range messages {
			for p := range processes {
				id := protocol.MessageID{Sender: v.Members[p], Seq: uint64(view*messages + n + 1)}
				sent = append(sent, id)
				note(p, protocol.Multicast{ID: id, View: v.View})
			}
		}
		for p := range processes {
			for _, at := range r.Perm(len(sent)) {
				note(p, protocol.Delivered{ID: sent[at], View: v.View})
			}
		}
	}
	return out
}
