package sim_test

import (
	"fmt"
	"strings"
	"testing"

	"sunder/harness/protocol"
	"sunder/nemesis"
)

// correspondents are r1, who sends r2 a note every 10 ms, and r2, who tells what it gets.
func correspondents() func(protocol.NodeID) *puppet {
	return on(map[protocol.NodeID]func() *puppet{
		"r1": ticker(10*ms, "r2"),
		"r2": func() *puppet {
			return &puppet{receive: func(env *protocol.Env, _ protocol.NodeID, m protocol.Message) { env.Mark(fmt.Sprintf("%+v", m)) }}
		},
	})
}

func TestDetectedCorruptionIsALoss(t *testing.T) {
	l := plan{replicas: 2, node: correspondents()}.run(t)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Corrupt, Mode: nemesis.Detected, Chance: 500_000})
	l.cluster.Begin(1, nemesis.Fault{Kind: nemesis.Corrupt, Mode: nemesis.Detected, Chance: 1_000_000, Message: "OTHER"})
	l.until(1005 * ms)
	l.cluster.End(0)
	l.cluster.End(1)
	l.until(1006 * ms)
	e := l.evidence(0)
	if e["corrupted"] < 30 || e["corrupted"] > 70 || e["dropped"] != e["corrupted"] || e["delivered"]+e["undecodable"] != 0 {
		t.Errorf("evidence %v", e)
	}
	if got := int64(len(l.facts())); got != 100-e["dropped"] {
		t.Errorf("%d of 100 messages came with %v", got, e)
	}
	for _, f := range l.facts() {
		if !strings.Contains(f, "{N:") {
			t.Errorf("a damaged message came: %s", f)
		}
	}
	if e := l.evidence(1); e["corrupted"] != 0 {
		t.Errorf("a note was taken for another message: %v", e)
	}
}

func TestDeliveredCorruptionChangesMessages(t *testing.T) {
	l := plan{replicas: 2, node: correspondents()}.run(t)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Corrupt, Mode: nemesis.Delivered, Chance: 500_000})
	l.until(1005 * ms)
	l.cluster.End(0)
	l.until(1006 * ms)
	e := l.evidence(0)
	if e["delivered"] < 10 || e["undecodable"] < 1 || e["dropped"] != 0 || e["corrupted"] != e["delivered"]+e["undecodable"] {
		t.Errorf("evidence %v", e)
	}
	facts := l.facts()
	if got := int64(len(facts)); got != 100-e["undecodable"] {
		t.Errorf("%d of 100 messages came with %v", got, e)
	}
	wrong := int64(0)
	for _, f := range facts {
		var at int
		if _, err := fmt.Sscanf(f, "r2@%d", &at); err != nil {
			t.Fatal(f)
		}
		// The message of 70 ms is number 7; the last is sent at one second.
		if !strings.HasSuffix(f, fmt.Sprintf(" {N:%d Text:}", at/10)) && f != "r2@1s {N:100 Text:}" {
			wrong++
		}
	}
	if wrong != e["delivered"] {
		t.Errorf("%d messages are not what was sent, evidence %v", wrong, e)
	}
}

// TestNameFromADamagedMessageIsNobody lets a machine answer whomever a damaged message names.
func TestNameFromADamagedMessageIsNobody(t *testing.T) {
	l := plan{replicas: 2, node: on(map[protocol.NodeID]func() *puppet{
		"r1": func() *puppet {
			p := ticker(10 * ms)()
			p.timeout = func(env *protocol.Env, timer protocol.Timer) {
				env.Send("r2", note{Text: "r1"})
				env.SetTimer(timer, 10*ms)
			}
			return p
		},
		"r2": func() *puppet {
			return &puppet{receive: func(env *protocol.Env, _ protocol.NodeID, m protocol.Message) {
				if n, ok := m.(note); ok {
					env.Send(protocol.NodeID(n.Text), other{})
				}
			}}
		},
	})}.run(t)
	l.cluster.Begin(0, nemesis.Fault{Kind: nemesis.Corrupt, Mode: nemesis.Delivered, Chance: 1_000_000, Message: "NOTE"})
	l.until(1005 * ms)
	l.cluster.End(0)
	l.until(1006 * ms)
	if e := l.evidence(0); e["delivered"] < 10 {
		t.Errorf("evidence %v", e)
	}
}
