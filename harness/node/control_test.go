package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sunder/harness/protocol"
)

// requests are one of each kind with every field set.
func requests() []Request {
	return []Request{
		{ID: 1, Configure: &Configure{
			Version: 1, System: "gossip", Object: "register", Options: map[string]string{"order": "causal"}, Mutant: "GOS-M1",
			Node: "c1", Replicas: []protocol.NodeID{"r1", "r2"}, Clients: []protocol.NodeID{"c1"}, Timeout: 2 * time.Second,
			Seed: 1 << 63, Boot: 3, Listen: ":7000", Dir: "/data", Wipe: true, SyncMin: 1, SyncMax: 2, Lease: 10 * time.Second,
		}},
		{ID: 2, Start: &Start{Now: time.Minute, Peers: map[protocol.NodeID]string{"r1": "10.0.0.1:7000"}}},
		{Invoke: &Invoke{Call: 9, Op: protocol.Op{F: "cas", Key: "x", Value: protocol.Ints(1, 2), Via: "r1"}}},
		{ID: 3, State: &Show{}},
		{ID: 4, Begin: &Rule{Fault: 1, Kind: Drop, To: []protocol.NodeID{"c1"}, Message: "UREP", Count: 1}},
		{ID: 5, Begin: &Rule{Fault: 2, Kind: Clock, Offset: -time.Second, Strobe: time.Millisecond, Rate: 1_500_000}},
		{ID: 6, End: &End{Fault: 2}},
		{ID: 7, Halt: &Halt{Flush: true}},
		{ID: 8, Stop: &Stop{}},
		{Beat: &Beat{}},
	}
}

// reports are one of each kind with every field set.
func reports() []Report {
	return []Report{
		{ID: 1, Ready: &Ready{Address: "10.0.0.1:7000", Boot: 3, Records: 5, Wiped: 2, Damaged: true}},
		{ID: 2, Done: &Done{}},
		{ID: 3, State: &State{Shows: json.RawMessage(`{"value":[1,null]}`)}},
		{ID: 4, Error: "there is no such rule"},
		{ID: 5, Ended: &Ended{Counts: map[string]int64{"dropped": 1}}},
		{ID: 6, Halted: &Halted{Unsynced: 4, Counts: map[int]map[string]int64{3: {"held": 2}}}},
		{Died: &Died{Reason: "the disk is full"}},
		{Beat: &Beat{Stats: &Stats{Events: 1, Sent: 2, Received: 3, Damaged: 4, Overflow: 5, Broken: 6}}},
		{Fact: json.RawMessage(`{"name":"role","body":{"name":"primary"}}`), At: 1 << 60},
		{Call: &Completed{Call: 9, Reply: protocol.Reply{Outcome: protocol.Fail, Value: protocol.Int(1), Error: protocol.Refused}}},
	}
}

func TestControlLinesComeBackAsTheyWere(t *testing.T) {
	comesBack(t, requests())
	comesBack(t, reports())
}

// comesBack passes the lines through an outbox and a reader.
func comesBack[T any](t *testing.T, lines []T) {
	t.Helper()
	out := newOutbox()
	for _, line := range lines {
		if err := out.put(line); err != nil {
			t.Fatal(err)
		}
	}
	out.close()
	if err := out.put(lines[0]); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a closed outbox takes a line: %v", err)
	}
	var text bytes.Buffer
	if err := out.pump(&text); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text.String(), "\n"); n != len(lines) {
		t.Errorf("%d lines were written for %d", n, len(lines))
	}
	in := newLineReader(&text)
	for _, want := range lines {
		var got T
		if err := in.read(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("a line came back otherwise (-want +got):\n%s", diff)
		}
	}
	if err := in.read(new(T)); !errors.Is(err, io.EOF) {
		t.Errorf("after the last line: %v, want EOF", err)
	}
}

func TestLineReaderIsStrict(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"{\"beat\":{}}\n{\"beet\":{}}\n", `line 2 of the control stream: json: unknown field "beet"`},
		{"{\"beat\":{}} {}\n", "line 1 of the control stream: more than one value"},
		{"{\"beat\":{}}", "line 1 of the control stream has no end: unexpected EOF"},
		{"\n", "line 1 of the control stream: EOF"},
		{`{"error":"` + strings.Repeat("x", lineMax) + "\"}\n", "line 1 of the control stream is longer than 16777216 bytes"},
	} {
		in := newLineReader(strings.NewReader(test.text))
		var err error
		for err == nil {
			err = in.read(&Request{})
		}
		if err.Error() != test.want {
			t.Errorf("reading %.40q: %v, want %s", test.text, err, test.want)
		}
	}
}

func TestLineReaderReadsLinesLongerThanItsBuffer(t *testing.T) {
	long := strings.Repeat("y", 200<<10)
	text, err := json.Marshal(Report{ID: 1, Error: long})
	if err != nil {
		t.Fatal(err)
	}
	in := newLineReader(io.MultiReader(bytes.NewReader(text), strings.NewReader("\n"), bytes.NewReader(text), strings.NewReader("\n")))
	for range 2 {
		var got Report
		if err := in.read(&got); err != nil {
			t.Fatal(err)
		}
		if got.Error != long {
			t.Errorf("got %d bytes, want %d", len(got.Error), len(long))
		}
	}
}

func TestOutboxRefusesWhatNobodyReads(t *testing.T) {
	out := newOutbox()
	big := Report{Error: strings.Repeat("z", 10<<20)}
	var err error
	for n := 0; err == nil && n < 10; n++ {
		err = out.put(big)
	}
	if !errors.Is(err, errUnread) {
		t.Errorf("ten lines of 10 MiB: %v, want %v", err, errUnread)
	}
}
