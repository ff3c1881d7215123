package docker_test

import (
	"testing"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
	"sunder/systems"
	"sunder/systems/passive"
)

// TestMembersByTheirEffects has a spare join a group and the primary leave it, and looks who is there and who answers.
func TestMembersByTheirEffects(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	s := cluster.Spec{System: passive.System(), Seed: 1, Config: systems.Config{
		Object: "register", Timeout: 2 * time.Second, Options: map[string]string{},
		Replicas: []protocol.NodeID{"r1", "r2", "r3"}, Spares: []protocol.NodeID{"r4"}, Clients: []protocol.NodeID{"c1"},
	}}
	for _, o := range s.System.Options {
		s.Config.Options[o.Name] = o.Default
	}
	c := start(t, b, s)
	there := func(id protocol.NodeID) bool {
		state, err := c.State(id)
		if err != nil {
			t.Fatal(err)
		}
		return state != nil
	}
	call := cluster.CallID(0)
	answers := func(op protocol.Op) (r protocol.Reply) {
		for range 10 { // a group that has lost its primary needs a moment
			call++
			if r = ask(t, c, "c1", call, op); r.Outcome == protocol.OK {
				break
			}
		}
		return r
	}
	if r := answers(protocol.Op{F: "write", Key: "x", Value: protocol.Int(7)}); r.Outcome != protocol.OK {
		t.Fatalf("a write: %+v", r)
	}
	if there("r4") {
		t.Error("a spare is there before it joins")
	}
	change := func(index int, kind nemesis.Kind, id protocol.NodeID, proof ...string) {
		c.Begin(index, nemesis.Fault{Kind: kind, Target: nemesis.Target{Nodes: []protocol.NodeID{id}}})
		await[cluster.FaultBegun](t, c, 30*time.Second)
		time.Sleep(2 * time.Second) // what the others hear of it counts until the fault ends
		c.End(index)
		e := await[cluster.FaultEnded](t, c, 60*time.Second).Evidence
		for _, name := range proof {
			if e[name] == 0 {
				t.Errorf("%s %s: evidence %v has no %s", kind, id, e, name)
			}
		}
	}
	change(1, nemesis.Join, "r4", "joined", "answered")
	if !there("r4") {
		t.Error("the spare that joined is not there")
	}
	change(2, nemesis.Leave, "r1", "left")
	if there("r1") {
		t.Error("the replica that left is still there")
	}
	if r := answers(protocol.Op{F: "read", Key: "x"}); r.Outcome != protocol.OK || r.Value.String() != "7" {
		t.Errorf("without the primary that left: %+v", r)
	}
}
