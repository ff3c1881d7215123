package gossip

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"sunder/harness/protocol"
	"sunder/systems"
)

// TestVectors plays the scripts in testdata, which show each rule of the protocol in the tables of Fig 14.8. A
// directive is "play"; each line of it is a command:
//
//	cluster set 3 3 [mutant=M] [order=forced] ...    object, replicas, clients; any option
//	request c1 add x "a" [via=r2]      a client asks its front end; the argument is JSON
//	updates r1 2                       the client beside a replica adds so many elements; nothing is shown
//	deliver r1->r2 GOSSIP [keep]       the first such message arrives (keep: and will arrive again); "OOB 4" is the 4th
//	drop r1->r2 GOSSIP                 the first such message is lost
//	fire r1 gossip                     a timer runs out
//	clock r1 700ms                     a node's clock is set
//	crash r1 [lose]                    a replica stops (lose: and loses what was not synced)
//	start r1                           and starts again
//	state r1                           shows a node
//	network                            shows what is under way
//	invariants                         judges the facts
func TestVectors(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var w *world
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			for _, line := range strings.Split(strings.TrimSpace(d.Input), "\n") {
				words := strings.Fields(line)
				if words[0] == "cluster" {
					c, err := clusterConfig(words[1:])
					if err != nil {
						d.Fatalf(t, "%s: %v", line, err)
					}
					w = newWorld(c, 1)
					continue
				}
				if err := command(w, words); err != nil {
					d.Fatalf(t, "%s: %v", line, err)
				}
				out.WriteString(w.look())
			}
			return out.String()
		})
	})
}

func clusterConfig(words []string) (systems.Config, error) {
	var replicas, clients int
	if _, err := fmt.Sscan(words[1]+" "+words[2], &replicas, &clients); err != nil {
		return systems.Config{}, err
	}
	c := configured(words[0], replicas, clients)
	for _, word := range words[3:] {
		name, value, _ := strings.Cut(word, "=")
		if name == "mutant" {
			if _, known := System().Mutant(value); !known {
				return c, fmt.Errorf("there is no mutant %s", value)
			}
			c.Mutant = value
		} else {
			c.Options[name] = value
		}
	}
	return c, nil
}

func command(w *world, words []string) error {
	node := protocol.NodeID("")
	if len(words) > 1 {
		node = protocol.NodeID(words[1])
	}
	switch words[0] {
	case "request":
		return commandRequest(w, node, words[2:])
	case "updates":
		return commandUpdates(w, node, words[2])
	case "deliver", "drop":
		return commandNetwork(w, words)
	case "fire":
		if !w.fire(node, protocol.Timer(words[2])) {
			return fmt.Errorf("the timer is not set")
		}
	case "clock":
		clock, err := time.ParseDuration(words[2])
		if err != nil {
			return err
		}
		w.clocks[node] = clock
	case "crash":
		w.crash(node, slices.Contains(words[2:], "lose"))
	case "start":
		w.start(node)
	case "state":
		w.out.WriteString(w.picture(node))
	case "network":
		for _, p := range w.network {
			fmt.Fprintf(&w.out, "%s -> %s %s\n", p.from, p.to, describe(p.message))
		}
	case "invariants":
		for _, invariant := range invariants() {
			if v := invariant.Check(w.facts); v != nil {
				fmt.Fprintf(&w.out, "%s: %s\n", invariant.Name, v.Sentence)
			} else {
				fmt.Fprintf(&w.out, "%s: holds\n", invariant.Name)
			}
		}
	default:
		return fmt.Errorf("there is no such command")
	}
	return nil
}

func commandRequest(w *world, client protocol.NodeID, words []string) error {
	op := protocol.Op{F: words[0]}
	for _, word := range words[1:] {
		if via, isVia := strings.CutPrefix(word, "via="); isVia {
			op.Via = protocol.NodeID(via)
		} else if op.Key == "" && words[0] != tell {
			op.Key = word
		} else if err := json.Unmarshal([]byte(word), &op.Value); err != nil {
			return err
		}
	}
	w.request(client, op)
	return nil
}

func commandUpdates(w *world, replica protocol.NodeID, count string) error {
	var n int
	if _, err := fmt.Sscan(count, &n); err != nil {
		return err
	}
	client := w.config.Clients[slices.Index(w.config.Replicas, replica)]
	for range n {
		op := protocol.Op{F: "add", Key: "x", Value: protocol.String(fmt.Sprintf("%s-%d", replica, w.asked+1)), Via: replica}
		w.request(client, op)
		w.deliver(w.find(client, replica, "UPDATE"), false)
		w.deliver(w.find(replica, client, "UREP"), false)
	}
	w.look()
	return nil
}

func commandNetwork(w *world, words []string) error {
	from, to, _ := strings.Cut(words[1], "->")
	keep := words[len(words)-1] == "keep"
	if keep {
		words = words[:len(words)-1]
	}
	i := w.find(protocol.NodeID(from), protocol.NodeID(to), strings.Join(words[2:], " "))
	if i < 0 {
		return fmt.Errorf("there is no such message under way")
	}
	if words[0] == "deliver" {
		w.deliver(i, keep)
	} else {
		w.network = slices.Delete(w.network, i, i+1)
	}
	return nil
}

// role is what a replica is besides a follower.
func role(r *Replica) string {
	switch o := r.ordering; {
	case o.primacy != nil && o.primacy.recovering():
		return "recovering primary"
	case o.primacy != nil:
		return "primary"
	case o.candidacy != nil:
		return "candidate"
	}
	return ""
}

// picture shows a node; a replica by the components of Fig 14.8.
func (w *world) picture(id protocol.NodeID) string {
	var b strings.Builder
	n := w.nodes[id]
	switch m := n.machine.(type) {
	case nil:
		fmt.Fprintf(&b, "%s is down\n", id)
	case *FrontEnd:
		s := m.State().(FrontEndState)
		fmt.Fprintf(&b, "%s prev %s, open %v, not heard %d\n", id, s.Prev, s.Open, s.Inbox)
	case *Replica:
		s := m.State().(ReplicaState)
		value, err := json.Marshal(s.Value)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "%s value %s\n", id, value)
		fmt.Fprintf(&b, "   value timestamp    %s\n", s.ValueTS)
		fmt.Fprintf(&b, "   replica timestamp  %s\n", s.Table[m.index])
		if o := s.Ordering; o != nil {
			fmt.Fprintf(&b, "   promised           %s, accepted %s %s\n", o.Promised, describePrepared(o.Prepared), role(m))
			if o.Immediates > 0 || m.isStopped() {
				fmt.Fprintf(&b, "   stopped for        %s, ended %s, immediate updates %d up to %s\n",
					describeAttempt(o.Stopped), describeAttempt(o.Ended), o.Immediates, o.Barrier)
			}
		}
		fmt.Fprintf(&b, "   timestamp table    %s\n", strings.Trim(fmt.Sprint(s.Table), "[]"))
		for _, e := range s.Log {
			flag := "waits"
			if e.Applied {
				flag = "applied"
			}
			fmt.Fprintf(&b, "   log                %s %s ts %s prev %s %s\n", e.CID, e.Op.Value, e.TS, e.Prev, flag)
		}
		for _, row := range s.Executed {
			fmt.Fprintf(&b, "   executed           %s %v\n", row.FrontEnd.Node, row.Runs)
		}
		for _, q := range s.Held {
			fmt.Fprintf(&b, "   held query         %s %d\n", q.FrontEnd.Node, q.Seq)
		}
	}
	return b.String()
}
