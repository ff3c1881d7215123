package systemtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sunder/harness"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/harness/sim"
)

// strangersSeeds is from how many seeds runs are made in which strangers speak.
const strangersSeeds = 2

// shownEvery is after how many calls the whole state of a machine is compared again: to show it takes much longer than
// the call. It shares no factor with the number of senders, so that each of them speaks then.
const shownEvery = 7

// stranger is a message of another protocol.
type stranger struct{ Number int }

// Name is the message's name.
func (stranger) Name() string { return "STRANGER" }

// strangers sees that machines ignore what they do not know, whatever state they are in: after every call of every
// machine of a run under faults it is given a stranger's message, and nothing may come of it; at some of them what it shows
// of its state is compared, too.
func (s *suite) strangers(r reporter) {
	for _, b := range s.subjects() {
		for seed := uint64(1); seed <= strangersSeeds; seed++ {
			r.Run(fmt.Sprintf("%s/seed=%d", b.name(), seed), func(r reporter) {
				r.Parallel()
				s.ignores(r, s.stormy(b), seed)
			})
		}
	}
}

func (s *suite) ignores(r reporter, sc *scenario.Scenario, seed uint64) {
	var i intruder
	visited := *sc
	visited.System = observed(s.system, i.intrude)
	result := s.runOn(sim.New(sim.Options{}), &visited, seed, harness.Options{})
	switch why := broken(result); {
	case i.complaint != "":
		r.Errorf("%s\n%s", i.complaint, replay(sc, seed))
	case why != "":
		r.Errorf("%s\n%s", why, replay(sc, seed))
	case i.spoken == 0:
		r.Errorf("no machine was ever called\n%s", replay(sc, seed))
	}
}

// intruder says something strange to machines.
type intruder struct {
	spoken    int
	complaint string // of the first machine that did not ignore it
}

// intrude gives a machine a stranger's message, by turns from a replica, from itself and from nobody that it knows.
func (i *intruder) intrude(c call) {
	if i.complaint != "" {
		return
	}
	senders := append(slices.Clone(c.env.Replicas), c.env.Self, "x1")
	from := senders[i.spoken%len(senders)]
	shows := i.spoken%shownEvery == 0
	i.spoken++
	env := &protocol.Env{Self: c.env.Self, Replicas: c.env.Replicas, Now: c.env.Now, Rand: prng.New(1)}
	before := ""
	if shows {
		before = shown(c.machine)
	}
	problem := speak(c.machine, env, from)
	if problem == "" && shows {
		if after := shown(c.machine); after != before {
			problem = "changes its state:\n" + difference(before, after)
		}
	}
	if problem != "" {
		i.complaint = fmt.Sprintf("at %v by its clock %s is given a message of another protocol by %s and %s", c.env.Now.Round(time.Microsecond), c.env.Self, from, problem)
	}
}

// speak tells what came of a stranger's message, "" if nothing did.
func speak(m protocol.Machine, env *protocol.Env, from protocol.NodeID) (problem string) {
	defer func() {
		if p := recover(); p != nil {
			problem = fmt.Sprintf("panics: %v", p)
		}
	}()
	m.Receive(env, from, stranger{Number: 1})
	if n := len(env.Effects()); n > 0 {
		return fmt.Sprintf("asks for %d effects, the first of them %s", n, kindOf(env.Effects()[0]))
	}
	return ""
}

// kindOf says for people what an effect does.
func kindOf(e protocol.Effect) string {
	switch e.Kind {
	case protocol.EffectSend:
		return "a message " + e.Message.Name()
	case protocol.EffectSet, protocol.EffectCancel:
		return "a change of timer " + string(e.Timer)
	case protocol.EffectAppend, protocol.EffectSnapshot, protocol.EffectSync:
		return "an access to the disk"
	case protocol.EffectReply:
		return "a reply"
	}
	return "a fact"
}

// shown is what a machine shows of its state, "" if it shows nothing.
func shown(m protocol.Machine) string {
	inspector, shows := m.(protocol.Inspector)
	if !shows {
		return ""
	}
	data, err := json.Marshal(inspector.State())
	if err != nil {
		return "(not JSON: " + err.Error() + ")"
	}
	return string(data)
}
