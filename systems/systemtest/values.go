package systemtest

import (
	"fmt"
	"time"

	"sunder/harness"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/harness/sim"
)

// valuesSeeds is from how many seeds runs are made in which everything that is handed over is watched.
const valuesSeeds = 2

// values sees that nothing is changed once it was handed over: messages, replies and facts of a run under faults are at
// its end what they were when the machine that made them returned. A simulation passes them on without a copy, so that a
// change would reach others past the network. It also sees that every fact is the same after a journey as JSON: where
// replicas are processes, invariants are judged by what has crossed to another one.
func (s *suite) values(r reporter) {
	for _, b := range s.subjects() {
		for seed := uint64(1); seed <= valuesSeeds; seed++ {
			r.Run(fmt.Sprintf("%s/seed=%d", b.name(), seed), func(r reporter) {
				r.Parallel()
				s.leavesAlone(r, s.stormy(b), seed)
			})
		}
	}
}

func (s *suite) leavesAlone(r reporter, sc *scenario.Scenario, seed uint64) {
	var l ledger
	watched := *sc
	watched.System = observed(s.system, l.enter)
	result := s.runOn(sim.New(sim.Options{}), &watched, seed, harness.Options{})
	if why := broken(result); why != "" {
		r.Errorf("%s\n%s", why, replay(sc, seed))
		return
	}
	if changed, found := l.changed(); found {
		r.Errorf("%s\n%s", changed, replay(sc, seed))
	}
	if problem := l.misread(protocol.NewFactCodec(s.system.Facts)); problem != "" {
		r.Errorf("%s\n%s", problem, replay(sc, seed))
	}
	if len(l) == 0 {
		r.Errorf("nothing was ever handed over\n%s", replay(sc, seed))
	}
}

// handedOver is a value with its digest at the time when a machine handed it over.
type handedOver struct {
	by     protocol.NodeID
	clock  time.Duration
	what   string
	value  any
	digest protocol.Hash
}

// ledger is all that was handed over in a run, in order.
type ledger []handedOver

// enter enters the effects of a call.
func (l *ledger) enter(c call) {
	for _, e := range c.env.Effects() {
		h := handedOver{by: c.env.Self, clock: c.env.Now}
		switch e.Kind {
		case protocol.EffectSend:
			h.what, h.value = "a message "+e.Message.Name(), e.Message
		case protocol.EffectReply:
			h.what, h.value = "a reply", *e.Reply
		case protocol.EffectNote:
			h.what, h.value = fmt.Sprintf("a fact %T", e.Fact), e.Fact
		default:
			continue
		}
		h.digest.Any(h.value)
		*l = append(*l, h)
	}
}

// changed describes the first value that is not what it was.
func (l ledger) changed() (string, bool) {
	for _, h := range l {
		var now protocol.Hash
		now.Any(h.value)
		if now != h.digest {
			return fmt.Sprintf("%s that %s handed over at %v by its clock was changed afterwards: it has become %+v", h.what, h.by, h.clock.Round(time.Microsecond), h.value), true
		}
	}
	return "", false
}

// misread describes the first fact that is another after it was encoded and decoded, "" if there is none.
func (l ledger) misread(codec *protocol.FactCodec) string {
	for _, h := range l {
		f, isFact := h.value.(protocol.Fact)
		if !isFact {
			continue
		}
		data, err := codec.Encode(f)
		if err != nil {
			return err.Error()
		}
		back, err := codec.Decode(data)
		if err != nil {
			return err.Error()
		}
		var digest protocol.Hash
		if digest.Any(back); digest != h.digest {
			return fmt.Sprintf("the fact %s of %s does not survive its encoding: %+v comes back as %+v", ownName(f), h.by, f, back)
		}
	}
	return ""
}

// ownName names a fact: one of a system's own by the name that the system gave it.
func ownName(f protocol.Fact) string {
	if own, isOwn := f.(protocol.Own); isOwn {
		return own.Name
	}
	return fmt.Sprintf("%T", f)
}
