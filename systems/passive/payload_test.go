package passive

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sunder/harness/protocol"
	"sunder/systems/group"
)

// TestPayloadRoundTrip also sends each payload as JSON, as between processes.
func TestPayloadRoundTrip(t *testing.T) {
	values := rapid.Custom(func(t *rapid.T) protocol.Value {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return protocol.Int(rapid.Int64().Draw(t, "n"))
		case 1:
			return protocol.String(rapid.String().Draw(t, "s"))
		case 2:
			return protocol.Ints(1, -2, 3)
		}
		return protocol.Value{}
	})
	numbers := rapid.Uint64()
	rapid.Check(t, func(t *rapid.T) {
		u := Update{
			Index: numbers.Draw(t, "index"), Done: numbers.Draw(t, "done"),
			ID:    RequestID{From: FrontEndID{protocol.NodeID(rapid.String().Draw(t, "node")), numbers.Draw(t, "life")}, Seq: numbers.Draw(t, "seq")},
			Reply: protocol.Reply{Outcome: protocol.Fail, Value: values.Draw(t, "answer"), Error: rapid.String().Draw(t, "error")},
		}
		if rapid.Bool().Draw(t, "changes") {
			u.Op = &protocol.Op{F: rapid.String().Draw(t, "f"), Key: rapid.String().Draw(t, "key"), Value: values.Draw(t, "argument")}
		}
		back, _ := parse(travel(t, u.encode()))
		if !reflect.DeepEqual(*back, u) {
			t.Fatalf("%+v came back as %+v", u, *back)
		}
		m := Mark{From: group.PID{Node: u.ID.From.Node, Inc: u.Index}, Number: u.Done}
		if none, other := parse(travel(t, m.encode())); none != nil || other != m {
			t.Fatalf("%+v came back as %+v", m, other)
		}
	})
}

func travel(t *rapid.T, payload string) string {
	data, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	var back string
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestDamagedPayloadPanics(t *testing.T) {
	u := Update{Index: 1, ID: add(1, 5).ID, Op: &protocol.Op{F: "add", Key: "x", Value: protocol.Int(5)}}
	whole := u.encode()
	for n := 1; n < len(whole); n++ {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, "never written") {
					t.Errorf("%q was read", whole[:n])
				}
			}()
			parse(whole[:n])
		}()
	}
}

func BenchmarkPayload(b *testing.B) {
	u := Update{Index: 12345, ID: add(77, 5).ID, Done: 76, Op: &protocol.Op{F: "add", Key: "k1", Value: protocol.Int(5)}, Reply: protocol.Reply{Outcome: protocol.OK}}
	b.ReportAllocs()
	for b.Loop() {
		if back, _ := parse(u.encode()); back.Index != u.Index {
			b.Fatal(back)
		}
	}
}

// BenchmarkUpdate is an update at a group of three that are stepped by hand, from the request to the answer.
func BenchmarkUpdate(b *testing.B) {
	w := newWorld("counter", nil)
	seq := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		seq++
		w.ask("r1", add(seq, 1))
		w.answers = w.answers[:0]
		for _, n := range w.nodes {
			n.log = n.log[:0]
		}
	}
}
