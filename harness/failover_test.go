package harness

import (
	"testing"
	"time"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

func TestFailover(t *testing.T) {
	role := func(at time.Duration, node protocol.NodeID, name string) protocol.Noted {
		return protocol.Noted{Time: at * time.Second, Node: node, Fact: protocol.Role{Name: name}}
	}
	crash := func(at time.Duration, nodes ...protocol.NodeID) FaultReport {
		return FaultReport{Begun: at * time.Second, Resolved: nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Nodes: nodes}}}
	}
	facts := []protocol.Noted{
		role(0, "r1", "primary"), {Time: time.Second, Node: "r1", Fact: protocol.Mark{Name: "busy"}}, role(12, "r2", "primary"),
		role(20, "r2", ""), role(33, "r3", "primary"),
	}
	pause := crash(11, "r1")
	pause.Resolved.Kind = nemesis.Pause
	never := crash(11, "r1")
	never.Begun = -1
	for _, test := range []struct {
		name   string
		faults []FaultReport
		want   time.Duration // 0: none
	}{
		{"nothing is done", nil, 0},
		{"the primary crashes", []FaultReport{crash(10, "r1")}, 2 * time.Second},
		{"the primary crashes among others", []FaultReport{crash(9, "r3", "r1")}, 3 * time.Second},
		{"the longest counts", []FaultReport{crash(10, "r1"), crash(13, "r2")}, 20 * time.Second},
		{"a backup crashes", []FaultReport{crash(10, "r2")}, 0},
		{"who has given the role up crashes", []FaultReport{crash(25, "r2")}, 0},
		{"nobody takes the role", []FaultReport{crash(40, "r3")}, 0},
		{"the primary is paused", []FaultReport{pause}, 0},
		{"the crash never began", []FaultReport{never}, 0},
	} {
		got, found := failover(facts, test.faults)
		if got != test.want || found != (test.want > 0) {
			t.Errorf("%s: %v, %v", test.name, got, found)
		}
	}
}
