package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/harness/sim"
	"sunder/nemesis"
	"sunder/systems"
)

// guest greets r1 whenever it starts and every 10 ms, and leaves within a time of being asked; never, if it is negative.
func guest(stays int) func() *puppet {
	return func() *puppet {
		return &puppet{
			start: func(env *protocol.Env, _ protocol.Saved) {
				env.Mark("starts")
				env.SetTimer("greet", 10*ms)
			},
			timeout: func(env *protocol.Env, t protocol.Timer) {
				if t == "out" {
					env.Note(protocol.Mark{Name: "out"})
					env.Note(protocol.Left{})
					env.Send("r1", note{N: 99})
					return
				}
				env.Send("r1", note{N: 1})
				env.SetTimer(t, 10*ms)
			},
			leave: func(env *protocol.Env) {
				env.Mark("asked")
				if stays >= 0 {
					env.SetTimer("out", time.Duration(stays)*ms)
				}
			},
		}
	}
}

// members is a lab of two replicas and a spare, r3; r2 and r3 are guests.
func members(t *testing.T, stays int) *lab {
	t.Helper()
	p := plan{replicas: 2, clients: 1, weather: constant(ms), node: on(map[protocol.NodeID]func() *puppet{
		"r1": teller, "r2": guest(stays), "r3": guest(stays),
	})}
	spec := p.spec()
	spec.Config.Spares = []protocol.NodeID{"r3"}
	c, err := sim.New(p.options).Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return &lab{t: t, cluster: c}
}

func of(k nemesis.Kind, nodes ...protocol.NodeID) nemesis.Fault {
	return nemesis.Fault{Kind: k, Target: nemesis.Target{Nodes: nodes}}
}

// told returns the marks of a node.
func (l *lab) told(id protocol.NodeID) []string {
	var out []string
	for _, n := range l.notices {
		f, ok := n.(cluster.FactNoted)
		if mark, isMark := f.Fact.(protocol.Mark); ok && isMark && f.Node == id {
			out = append(out, mark.Name+"@"+f.Time.String())
		}
	}
	return out
}

func (l *lab) wants(id protocol.NodeID, want ...string) {
	l.t.Helper()
	if got := l.told(id); !slices.Equal(got, want) {
		l.t.Errorf("%s: %v, want %v", id, got, want)
	}
}

func TestASpareStartsWhenItJoins(t *testing.T) {
	l := members(t, 0)
	l.until(50 * ms)
	l.wants("r3")
	l.cluster.Begin(0, of(nemesis.Join, "r3"))
	l.until(100 * ms)
	l.wants("r3", "starts@50ms")
	l.cluster.End(0)
	l.until(200 * ms)
	if e := l.evidence(0); e["joined"] != 1 || e["answered"] != 4 {
		t.Errorf("evidence %v: it joined once, and four of its five messages arrived by then", e)
	}
	l.wants("r3", "starts@50ms") // it is in for good
}

func TestNothingElseStartsASpare(t *testing.T) {
	l := members(t, 0)
	l.until(10 * ms)
	l.cluster.Begin(0, of(nemesis.Crash, "r3"))
	l.cluster.Begin(1, of(nemesis.Leave, "r3"))
	l.until(20 * ms)
	l.cluster.End(0)
	l.cluster.End(1)
	l.until(50 * ms)
	l.wants("r3")
	if e := l.evidence(0); e["crashed"]+e["restarted"] != 0 {
		t.Errorf("a spare was crashed: %v", e)
	}
	if e := l.evidence(1); e["left"] != 0 {
		t.Errorf("a spare has left: %v", e)
	}
	l.cluster.Begin(2, of(nemesis.Crash, "r3"))
	l.cluster.Begin(3, of(nemesis.Join, "r3"))
	l.until(60 * ms)
	l.wants("r3") // the crash keeps it down
	l.cluster.End(2)
	l.until(70 * ms)
	l.wants("r3", "starts@60ms")
}

func TestWhoLeavesIsStoppedWhenItHasLeft(t *testing.T) {
	l := members(t, 25)
	l.until(100 * ms)
	l.cluster.Begin(0, of(nemesis.Leave, "r2"))
	l.until(200 * ms)
	l.cluster.End(0)
	l.until(300 * ms)
	l.wants("r2", "starts@0s", "asked@100ms", "out@125ms")
	if e := l.evidence(0); e["left"] != 1 {
		t.Errorf("evidence %v", e)
	}
	if got := l.told("r1"); !slices.Contains(got, "99@126ms") {
		t.Errorf("what it recorded when it left is not done: %v", got)
	}
	l.cluster.Begin(1, of(nemesis.Join, "r2"))
	l.until(400 * ms)
	l.wants("r2", "starts@0s", "asked@100ms", "out@125ms", "starts@300ms")
}

func TestWhoIsDownIsAskedToLeaveWhenItComesBack(t *testing.T) {
	l := members(t, 25)
	l.until(50 * ms)
	l.cluster.Begin(0, of(nemesis.Crash, "r2"))
	l.cluster.Begin(1, of(nemesis.Leave, "r2"))
	l.until(100 * ms)
	l.cluster.End(0)
	l.until(110 * ms)
	l.cluster.Begin(2, of(nemesis.Crash, "r2")) // before it is out
	l.cluster.End(2)
	l.until(200 * ms)
	l.cluster.End(1)
	l.until(210 * ms)
	l.wants("r2", "starts@0s", "starts@100ms", "asked@100ms", "starts@110ms", "asked@110ms", "out@135ms")
	if e := l.evidence(1); e["left"] != 1 {
		t.Errorf("evidence %v", e)
	}
}

func TestAPausedNodeHearsThatItShallLeaveWhenItGoesOn(t *testing.T) {
	l := members(t, 0)
	l.until(50 * ms)
	l.cluster.Begin(0, of(nemesis.Pause, "r2"))
	l.cluster.Begin(1, of(nemesis.Leave, "r2"))
	l.until(100 * ms)
	l.cluster.End(0)
	l.until(150 * ms)
	l.wants("r2", "starts@0s", "asked@100ms", "out@100ms")
}

func TestOneThatStaysHasNotLeft(t *testing.T) {
	l := members(t, -1)
	l.until(50 * ms)
	l.cluster.Begin(0, of(nemesis.Leave, "r2"))
	l.until(100 * ms)
	l.cluster.End(0)
	l.until(150 * ms)
	if e := l.evidence(0); e["left"] != 0 {
		t.Errorf("evidence %v", e)
	}
	l.wants("r2", "starts@0s", "asked@50ms")
}

func TestMachinesThatCannotLeaveAreAnErrorOfTheRun(t *testing.T) {
	spec := plan{replicas: 2}.spec()
	spec.System.Replica = func(systems.Config, protocol.NodeID) protocol.Machine { return rooted{} }
	c, err := sim.New(sim.Options{}).Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	c.Begin(0, of(nemesis.Leave, "r2"))
	l := &lab{t: t, cluster: c}
	if err := l.untilError(10 * ms); err == nil || !strings.Contains(err.Error(), "r2 is asked to leave, and its machine is no protocol.Leaver") {
		t.Errorf("got %v", err)
	}
}

type rooted struct{}

func (rooted) Start(*protocol.Env, protocol.Saved)                      {}
func (rooted) Receive(*protocol.Env, protocol.NodeID, protocol.Message) {}
func (rooted) Timeout(*protocol.Env, protocol.Timer)                    {}

func TestMembersOfAFixedSystemStay(t *testing.T) {
	spec := plan{replicas: 2, clients: 1}.spec()
	spec.System.Dynamic = false
	schedule := nemesis.Schedule{{Fault: of(nemesis.Leave, "r2")}, {Fault: of(nemesis.Join, "c1")}}
	var all []string
	for _, err := range sim.New(sim.Options{}).Refuses(spec, schedule) {
		all = append(all, err.Error())
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{`fault 1, leave at 0s: system "puppets": its replicas are those that it starts with`, "fault 2, join at 0s: c1 is a front end"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
	spec.Config.Spares = []protocol.NodeID{"r3"}
	if errs := sim.New(sim.Options{}).Refuses(spec, nil); len(errs) != 1 || !strings.Contains(errs[0].Error(), "has no place for spares") {
		t.Errorf("spares of a fixed system: %v", errs)
	}
}
