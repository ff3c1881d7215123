package workload_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/workload"
)

var clients = [...]protocol.NodeID{"c1", "c2", "c3"}

func generator(object string, keys int, mix map[string]int, seed uint64) *workload.Generator {
	return workload.New(workload.Spec{Object: object, Keys: keys, Rate: 100, Mix: mix}, clients[:], prng.New(seed))
}

// TestWhatIsWrittenIsUnique draws long workloads of every object, in which no two updates may look alike: a read must
// tell which of them it saw. Only additions to a counter are all the same, what is paid into and out of a bank is money, and a
// group is created and destroyed as a whole.
func TestWhatIsWrittenIsUnique(t *testing.T) {
	for _, o := range workload.Objects() {
		mix := map[string]int{}
		for _, op := range o.Operations {
			mix[op.F] = 1
		}
		g := generator(o.Name, 5, mix, 1)
		written, drawn := map[string]bool{}, map[string]int{}
		for i := range 3000 {
			op := g.Next(clients[i%len(clients)])
			drawn[op.F]++
			if again, err := workload.ParseOp(o, workload.FormatOp(op)); err != nil || cmp.Diff(op, again) != "" {
				t.Fatalf("%s: %+v is no operation of a script: %v", o.Name, op, err)
			}
			if op.F == workload.Create || op.F == workload.Destroy {
				if !cmp.Equal(op, protocol.Op{F: op.F}) {
					t.Fatalf("%+v is not of the whole group", op)
				}
				continue
			}
			if o.ReadOnly(op.F) && op.F != workload.Tell || o.Name == "counter" && op.F == "add" || o.Name == "bank" {
				continue
			}
			news := newest(op).String()
			if written[news] {
				t.Fatalf("%s: %s writes %s a second time", o.Name, workload.FormatOp(op), news)
			}
			written[news] = true
		}
		for f := range mix {
			if drawn[f] < 360 {
				t.Errorf("%s: %s was drawn %d times of 3000", o.Name, f, drawn[f])
			}
		}
	}
}

// newest returns what an operation writes, puts up or tells.
func newest(op protocol.Op) protocol.Value {
	list, isList := op.Value.List()
	switch {
	case op.F == "post":
		return list[0]
	case isList:
		return list[1]
	}
	return op.Value
}

func TestOneSeedGivesOneWorkload(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := rapid.SampledFrom(workload.Objects()).Draw(t, "object")
		seed, keys := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 20).Draw(t, "keys")
		first, second := generator(o.Name, keys, nil, seed), generator(o.Name, keys, nil, seed)
		for i := range 50 {
			client := clients[i%len(clients)]
			if a, b := first.Gap(), second.Gap(); a != b {
				t.Fatalf("gap %d is %v, then %v", i, a, b)
			}
			a, b := first.Next(client), second.Next(client)
			if diff := cmp.Diff(a, b); diff != "" {
				t.Fatalf("operation %d differs:\n%s", i, diff)
			}
			reply := protocol.Reply{Outcome: protocol.OK, Value: protocol.Ints(int64(i))}
			first.Observe(client, a, reply)
			second.Observe(client, b, reply)
		}
	})
}

func TestMixAndKeysAreAsAskedFor(t *testing.T) {
	g := generator("register", 5, map[string]int{"read": 3, "write": 1, "cas": 0}, 7)
	count, keys := map[string]int{}, map[string]int{}
	for range 4000 {
		op := g.Next("c1")
		count[op.F]++
		keys[op.Key]++
	}
	if count["cas"] != 0 || count["read"] < 2800 || count["read"] > 3200 {
		t.Errorf("three reads for a write: got %v", count)
	}
	for _, key := range []string{"x", "y", "z", "k3", "k4"} {
		if keys[key] < 600 {
			t.Errorf("%s was used %d times of 4000", key, keys[key])
		}
	}
	if len(keys) != 5 {
		t.Errorf("five keys were asked for: got %v", keys)
	}
}

func TestGapsKeepTheRate(t *testing.T) {
	g := generator("counter", 1, nil, 3)
	var sum, most time.Duration
	for range 10_000 {
		gap := g.Gap()
		sum, most = sum+gap, max(most, gap)
		if gap < 0 {
			t.Fatalf("a gap of %v", gap)
		}
	}
	if sum < 98*time.Second || sum > 102*time.Second || most > 20*time.Millisecond {
		t.Errorf("10000 operations at 100/s take %v, the longest gap is %v", sum, most)
	}
}

// TestPostingsReplyToWhatTheirClientHasRead: nothing else is a cause that the client could name.
func TestPostingsReplyToWhatTheirClientHasRead(t *testing.T) {
	g := generator("board", 1, map[string]int{"post": 1}, 1)
	read := protocol.Op{F: "read", Key: "x"}
	replies := map[int]int{}
	for i := range 300 {
		switch i {
		case 100:
			g.Observe("c1", read, protocol.Reply{Outcome: protocol.OK, Value: protocol.Ints(7, 8, 9)})
			g.Observe("c1", protocol.Op{F: "read", Key: "y"}, protocol.Reply{Outcome: protocol.OK, Value: protocol.Ints(70)})
			g.Observe("c1", read, protocol.Reply{Outcome: protocol.Info, Value: protocol.Ints(71)})
			g.Observe("c2", read, protocol.Reply{Outcome: protocol.OK, Value: protocol.Ints(72)})
		case 200:
			g.Observe("c1", read, protocol.Reply{Outcome: protocol.OK, Value: protocol.Ints(9, 10, 11)})
		}
		list, _ := g.Next("c1").Value.List()
		replies[len(list)-1]++
		known := map[int][]string{0: nil, 1: {"7", "8", "9"}, 2: {"9", "10", "11"}}[i/100]
		for _, parent := range list[1:] {
			if !slices.Contains(known, parent.String()) {
				t.Fatalf("posting %d replies to %s, its client has read %v", i, parent, known)
			}
		}
	}
	if replies[1] < 20 || replies[2] < 20 || len(replies) > 3 {
		t.Errorf("postings reply to so many others: %v", replies)
	}
}

func TestCasAsksForWhatItsClientHasSeen(t *testing.T) {
	g := generator("register", 1, map[string]int{"cas": 1}, 1)
	ok := func(v protocol.Value) protocol.Reply { return protocol.Reply{Outcome: protocol.OK, Value: v} }
	for _, step := range []struct {
		op    protocol.Op
		reply protocol.Reply
		want  string
	}{
		{protocol.Op{F: "read", Key: "y"}, ok(protocol.Int(5)), "0"},
		{protocol.Op{F: "read", Key: "x"}, ok(protocol.Int(5)), "5"},
		{protocol.Op{F: "write", Key: "x", Value: protocol.Int(6)}, protocol.Reply{Outcome: protocol.Info}, "5"},
		{protocol.Op{F: "write", Key: "x", Value: protocol.Int(6)}, ok(protocol.Value{}), "6"},
		{protocol.Op{F: "cas", Key: "x", Value: protocol.Ints(6, 7)}, ok(protocol.Value{}), "7"},
		{protocol.Op{F: "cas", Key: "x", Value: protocol.Ints(7, 8)}, protocol.Reply{Outcome: protocol.Fail, Error: protocol.Refused}, "7"},
	} {
		g.Observe("c1", step.op, step.reply)
		list, _ := g.Next("c1").Value.List()
		if list[0].String() != step.want {
			t.Errorf("after %s (%s) it asks for %s, not %s", workload.FormatOp(step.op), step.reply.Outcome, list[0], step.want)
		}
	}
	list, _ := g.Next("c2").Value.List()
	if list[0].String() != "0" {
		t.Errorf("another client asks for %s, which it has not seen", list[0])
	}
}

func TestTellsAreForOthers(t *testing.T) {
	g := generator("set", 1, map[string]int{"tell": 1}, 1)
	count := map[string]int{}
	for i := range 300 {
		from := clients[i%len(clients)]
		list, _ := g.Next(from).Value.List()
		to, _ := list[0].Text()
		if to == string(from) {
			t.Fatalf("%s tells itself", from)
		}
		count[fmt.Sprintf("%s to %s", from, to)]++
	}
	if len(count) != 6 {
		t.Errorf("not everybody tells everybody: %v", count)
	}
}

// TestObjectsAreWhole holds the table of objects to what the rest of the house relies on.
func TestObjectsAreWhole(t *testing.T) {
	for _, o := range workload.Objects() {
		reads, writes := 0, 0
		for _, op := range o.Operations {
			switch {
			case op.About == "":
				t.Errorf("%s %s is not explained", o.Name, op.F)
			case workload.Aside(op.F) && op.Weight != 0:
				t.Errorf("%s %s is in the object's own mix, though no system need serve it", o.Name, op.F)
			case op.Weight > 0 && op.ReadOnly:
				reads++
			case op.Weight > 0:
				writes++
			}
		}
		if reads == 0 || writes == 0 {
			t.Errorf("the mix of a %s has %d reads and %d updates", o.Name, reads, writes)
		}
		if !o.ReadOnly("read") || o.ReadOnly("write") {
			t.Errorf("a %s mistakes reads for writes", o.Name)
		}
	}
	if o, known := workload.Lookup("cas-register"); !known || o.Name != "register" {
		t.Errorf("cas-register is %q", o.Name)
	}
	if o, known := workload.Lookup("abacus"); known {
		t.Errorf("there is an object %q", o.Name)
	}
}

func BenchmarkNext(b *testing.B) {
	for _, o := range workload.Objects() {
		b.Run(o.Name, func(b *testing.B) {
			g := generator(o.Name, 4, nil, 1)
			reply := protocol.Reply{Outcome: protocol.OK, Value: protocol.Ints(1, 2, 3, 4, 5)}
			b.ReportAllocs()
			for i := range b.N {
				client := clients[i%len(clients)]
				g.Observe(client, g.Next(client), reply)
			}
		})
	}
}
