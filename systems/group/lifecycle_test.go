package group

import (
	"slices"
	"testing"

	"sunder/harness/protocol"
)

func actOf(client protocol.NodeID) Act { return Act{FrontEndID{client, 1}, 1} }

// gone expects of nodes that they know of no group.
func (w *world) gone(t *testing.T, names ...protocol.NodeID) {
	t.Helper()
	for _, name := range names {
		if g := w.members[name].group; g.Exists() || g.Ready() {
			t.Errorf("%s is in view %+v", name, g.View)
		}
	}
}

// TestDestroyAndCreate: all messages of a group are delivered before it ends; nobody has a state any more; and the next one
// begins with its creator alone and nothing delivered.
func TestDestroyAndCreate(t *testing.T) {
	w := newWorld(Total, true, "p", "q", "r")
	w.multicast("p", "a")
	w.settle()
	w.members["q"].group.Destroy(actOf("c1"))
	w.pass(long)
	w.gone(t, "p", "q", "r")
	for _, name := range w.names {
		w.expectDelivered(t, name, "a")
		if !w.members[name].group.Acted(actOf("c1")) {
			t.Errorf("%s does not know by what request the group was destroyed", name)
		}
		w.members[name].journal.Restore("")
	}
	w.multicast("p", "nobody is there")
	w.members["r"].group.Create(actOf("c2"))
	w.pass(long)
	w.expectViews(t, "r", "0(p1,q1,r1)", "2(r2)", "3(r2,p2,q2)")
	w.expectViews(t, "p", "0(p1,q1,r1)", "3(r2,p2,q2)")
	w.multicast("q", "b")
	w.settle()
	for _, name := range w.names {
		w.expectDelivered(t, name, "b")
	}
}

// TestOneOfTwoCreations: two nodes create at once, and there is one group: that of the higher ballot.
func TestOneOfTwoCreations(t *testing.T) {
	w := newWorld(FIFO, true, "p", "q", "r")
	w.members["q"].group.Destroy(actOf("c1"))
	w.pass(long)
	w.members["p"].group.Create(actOf("c2"))
	w.members["r"].group.Create(actOf("c3"))
	w.pass(long)
	w.expectViews(t, "r", "0(p1,q1,r1)", "2(r2)", "3(r2,p2,q2)")
	w.expectViews(t, "p", "0(p1,q1,r1)", "3(r2,p2,q2)")
	g := w.members["p"].group
	if !g.Acted(actOf("c3")) || g.Acted(actOf("c2")) || g.creation != nil {
		t.Errorf("the group was created by %v, and %v waits", g.View.Acts, g.creation)
	}
}

// TestMinorityNeitherCreatesNorDestroys: what a majority of those that the group began with does not decide is not done.
func TestMinorityNeitherCreatesNorDestroys(t *testing.T) {
	w := newWorld(FIFO, true, "p", "q", "r")
	w.members["p"].deaf = true
	w.members["p"].group.Destroy(actOf("c1"))
	w.pass(long)
	if !w.members["p"].group.Exists() || !w.members["q"].group.Ready() {
		t.Error("a minority has destroyed the group")
	}
	w.members["q"].group.Destroy(actOf("c2"))
	w.pass(long)
	w.gone(t, "q", "r")
	w.members["p"].deaf, w.members["q"].down, w.members["r"].down = false, true, true
	w.pass(long)
	w.start("q")
	w.members["q"].deaf = true
	w.members["q"].group.Create(actOf("c3"))
	w.pass(long)
	w.gone(t, "q")
}

// TestCreatorCrashes: its view is decided, and it is started again before anybody has joined it. The state of the new group is
// the first one, as the creator's disk tells.
func TestCreatorCrashes(t *testing.T) {
	w := newWorld(Total, true, "p", "q", "r")
	w.members["q"].group.Destroy(actOf("c1"))
	w.pass(long)
	w.loses = func(p packet) bool {
		return p.message.Name() == "DECIDE" && p.from == "r" || p.to == "r" && p.message.Name() == "JOIN_REQ"
	}
	w.members["r"].group.Create(actOf("c2"))
	w.pass(4)
	w.members["r"].down = true
	w.pass(4)
	w.loses = func(packet) bool { return false }
	w.start("r")
	w.pass(2 * long)
	if got := w.members["r"].group.View.Acts; !slices.Equal(got, []Act{actOf("c1"), actOf("c2")}) {
		t.Fatalf("the requests that took effect are %v", got)
	}
	w.multicast("p", "a")
	w.pass(2)
	for _, name := range w.names {
		if !w.members[name].group.Ready() {
			t.Errorf("%s is in no view", name)
		}
		w.expectDelivered(t, name, "a")
	}
}

// TestRefusalsAreKept: a node that has refused a request knows so after a restart, and in later views.
func TestRefusalsAreKept(t *testing.T) {
	w := newWorld(FIFO, true, "p", "q", "r")
	w.step("p", func(env *protocol.Env) { w.members["p"].group.Refuse(env, actOf("c1")) })
	w.start("p")
	w.pass(long)
	if g := w.members["p"].group; g.View.Number == 0 || !g.Refused(actOf("c1")) || g.Refused(actOf("c2")) {
		t.Errorf("in view %d these are refused: %v", g.View.Number, g.durable.Refused)
	}
}
