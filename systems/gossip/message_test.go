package gossip

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sunder/harness/protocol"
)

func TestMessagesTravelAsJSON(t *testing.T) {
	id := FrontEndID{Node: "c1", Incarnation: 1<<64 - 1} // too large for a float: must survive all the same
	op := protocol.Op{F: "write", Key: "x", Value: protocol.List(protocol.Int(1), protocol.String("a"), protocol.Value{})}
	record := Record{Replica: 1, TS: Timestamp{1, 2, 3}, Prev: Timestamp{1, 1, 3}, CID: CID{id, 7}, Op: op}
	record.Immediate = true
	ballot := Ballot{Round: 3, Replica: 1}
	attempt := Attempt{Ballot: ballot, Number: 4}
	gossip := Gossip{Log: []*Record{&record}, TS: Timestamp{1, 2, 3}}
	codec := protocol.NewCodec(messages())
	sent := map[string]bool{}
	for _, m := range []protocol.Message{
		Query{ID: QueryID{id, 1}, Op: op, Prev: Timestamp{1, 0, 0}},
		QueryReply{ID: QueryID{id, 1}, Value: protocol.Ints(1, 2), New: Timestamp{1, 0, 0}},
		Retry{ID: QueryID{id, 1}},
		Update{CID: CID{id, 1}, Op: op, Prev: Timestamp{1, 0, 0}},
		Update{CID: CID{id, 1}, Op: op, Prev: Timestamp{1, 0, 0}, Time: -5},
		Ack{FrontEnd: id, Done: 7, Time: 1 << 40},
		UpdateReply{CID: CID{id, 1}, TS: Timestamp{1, 0, 0}},
		Gossip{Log: []*Record{&record, &record}, TS: Timestamp{1, 2, 3}, Time: 9},
		GossipRequest{},
		OutOfBand{From: id, Seq: 3, Floor: 2, Payload: protocol.String("done"), TS: Timestamp{1, 0, 0}},
		OutOfBandAck{To: id, Seq: 3},
		Forward{Update: Update{CID: CID{id, 1}, Op: op, Prev: Timestamp{1, 0, 0}, Order: Immediate}},
		Heartbeat{Ballot: ballot},
		Elect{Ballot: ballot, Logged: 7},
		Vote{Ballot: ballot, Voter: 2, Logged: 8, Log: []*Record{&record}, Prepared: []Prepared{{ballot, &record}}},
		Refusal{Promised: ballot},
		Prepare{Ballot: ballot, Record: &record},
		PrepareAck{Ballot: ballot, Position: 9},
		Chosen{Record: &record},
		Stop{Attempt: attempt},
		Stopped{Attempt: attempt, Gossip: gossip},
		Commit{Attempt: attempt, Position: 9, Gossip: gossip},
		Abort{Attempt: attempt, Position: 9, Gossip: gossip},
		Ended{Attempt: attempt},
	} {
		data, err := codec.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := codec.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("%s: %s", m.Name(), diff)
		}
		sent[m.Name()] = true
	}
	for _, name := range codec.Names() {
		if !sent[name] {
			t.Errorf("%s was not tried", name)
		}
	}
}
