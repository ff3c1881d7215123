package gossip

import (
	"fmt"
	"slices"

	"sunder/harness/protocol"
)

// sideChannel carries messages from client to client (Fig 14.7). The network may lose and repeat them; each is sent
// until it is acknowledged or given up, is taken in once, and in the order in which it was told by its sender.
type sideChannel struct {
	sent   map[protocol.NodeID]uint64 // number of the last message to each
	wanted map[FrontEndID]uint64      // number of the next message from each; absent: 1
	inbox  []told
}

// told is a message that nobody has heard yet.
type told struct {
	from    protocol.NodeID
	payload protocol.Value
	ts      Timestamp
}

func newSideChannel() sideChannel {
	return sideChannel{sent: map[protocol.NodeID]uint64{}, wanted: map[FrontEndID]uint64{}}
}

// prepareTell reads the argument: a client, or a list of a client and a payload.
func (f *FrontEnd) prepareTell(r *request) error {
	peer := r.op.Value
	if list, isList := peer.List(); isList && len(list) == 2 {
		peer, r.payload = list[0], list[1]
	}
	name, isText := peer.Text()
	if !isText {
		return fmt.Errorf("tell: wants a client or [client, payload], not %s", r.op.Value)
	}
	r.peer = protocol.NodeID(name)
	if r.peer == f.id.Node || !slices.Contains(f.config.Clients, r.peer) {
		return fmt.Errorf("tell: there is no other client %q", name)
	}
	f.channel.sent[r.peer]++
	r.kind, r.seq = telling, f.channel.sent[r.peer]
	return nil
}

func (f *FrontEnd) sendTell(env *protocol.Env, r *request) {
	m := OutOfBand{From: f.id, Seq: r.seq, Floor: f.floor(r.peer), Payload: r.payload, TS: r.prev}
	if f.options.bare || f.config.Mutant == mutantBareSideChannel {
		m.TS = nil
	}
	env.Send(r.peer, m)
}

// floor returns the number of the first message to a client that is still to be delivered.
func (f *FrontEnd) floor(peer protocol.NodeID) uint64 {
	first := f.channel.sent[peer] + 1
	for _, r := range f.open {
		if r.kind == telling && r.peer == peer {
			first = min(first, r.seq)
		}
	}
	return first
}

// receiveOutOfBand takes a message in if it is the next of its sender. One that has overtaken another is left to be
// sent again.
func (f *FrontEnd) receiveOutOfBand(env *protocol.Env, from protocol.NodeID, m OutOfBand) {
	wanted := max(f.channel.wanted[m.From], m.Floor, 1)
	switch {
	case m.Seq > wanted:
		env.Mark(markToldEarly)
		return
	case m.Seq < wanted:
		env.Mark(markToldAgain)
	default:
		f.channel.wanted[m.From] = m.Seq + 1
		f.channel.inbox = append(f.channel.inbox, told{from: from, payload: m.Payload, ts: m.TS})
	}
	env.Send(from, OutOfBandAck{To: m.From, Seq: m.Seq})
	f.handOver(env)
}

func (f *FrontEnd) receiveOutOfBandAck(env *protocol.Env, from protocol.NodeID, m OutOfBandAck) {
	for _, r := range f.open {
		if r.kind == telling && r.peer == from && r.seq == m.Seq && m.To == f.id {
			f.end(env, r, protocol.Reply{Outcome: protocol.OK})
			return
		}
	}
}

// handOver gives the oldest message to the client that has waited longest to hear one. What the teller depended on
// comes first: whatever this client does next depends on it too.
func (f *FrontEnd) handOver(env *protocol.Env) {
	for len(f.channel.inbox) > 0 {
		i := slices.IndexFunc(f.open, func(r *request) bool { return r.kind == hearing })
		if i < 0 {
			return
		}
		m := f.channel.inbox[0]
		f.channel.inbox = slices.Delete(f.channel.inbox, 0, 1)
		f.prev = merge(f.prev, m.ts)
		answer := protocol.String(string(m.from))
		if !m.payload.IsNull() {
			answer = protocol.List(answer, m.payload)
		}
		f.end(env, f.open[i], protocol.Reply{Outcome: protocol.OK, Value: answer})
	}
}
