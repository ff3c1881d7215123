package checkers

import (
	"errors"
	"fmt"
	"slices"

	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
)

// groupCertifiers say how verdicts on the views of a group, and on what is sent in them, are rechecked. Each looks up in
// all facts what the few of the witness claim.
func groupCertifiers() map[guarantee.Name]certifier {
	return map[guarantee.Name]certifier{
		guarantee.Membership:    {invalid: groupWitness(membershipClaims())},
		guarantee.ViewSynchrony: {invalid: groupWitness(viewSynchronyClaims())},
		guarantee.FIFOOrder:     {invalid: groupWitness(map[guarantee.Anomaly]groupClaim{guarantee.FIFOOvertaken: claimFIFOOvertaken})},
		guarantee.CausalOrder:   {invalid: groupWitness(map[guarantee.Anomaly]groupClaim{guarantee.CausalOvertaken: claimCausalOvertaken})},
	}
}

// groupClaim tells whether facts prove an anomaly. The positions are within the facts.
type groupClaim func(t *groupTrace, w []int) bool

// groupTrace is facts with their places.
type groupTrace struct {
	facts  []protocol.Noted
	places []Place
}

func groupWitness(claims map[guarantee.Anomaly]groupClaim) func(Input, *Witness) error {
	return func(in Input, w *Witness) error {
		claim, known := claims[w.Anomaly]
		if !known || w.Sentence == "" || len(w.Facts) == 0 {
			return errors.New("the witness does not say what is wrong")
		}
		for _, i := range w.Facts {
			if i < 0 || i >= len(in.History.Facts) {
				return fmt.Errorf("there is no fact %d", i)
			}
		}
		if !claim(&groupTrace{in.History.Facts, Places(in.History.Facts)}, w.Facts) {
			return fmt.Errorf("facts %v do not prove %s", w.Facts, w.Anomaly)
		}
		return nil
	}
}

func (t *groupTrace) view(i int) (protocol.Installed, bool) {
	v, ok := t.facts[i].Fact.(protocol.Installed)
	return v, ok
}

// views returns two facts of views.
func (t *groupTrace) views(w []int) (a, b protocol.Installed, ok bool) {
	if len(w) != 2 || w[0] >= w[1] {
		return a, b, false
	}
	a, first := t.view(w[0])
	b, second := t.view(w[1])
	return a, b, first && second
}

func membershipClaims() map[guarantee.Anomaly]groupClaim {
	return map[guarantee.Anomaly]groupClaim{
		guarantee.NotAMember: func(t *groupTrace, w []int) bool {
			v, ok := t.view(w[0])
			return ok && len(w) == 1 && !slices.Contains(v.Members, t.facts[w[0]].Node)
		},
		guarantee.ViewsDiffer: func(t *groupTrace, w []int) bool {
			a, b, ok := t.views(w)
			return ok && a.View == b.View && !slices.Equal(ViewMembers(a), ViewMembers(b))
		},
		guarantee.ViewBackwards: func(t *groupTrace, w []int) bool {
			a, b, ok := t.views(w)
			return ok && t.facts[w[0]].Node == t.facts[w[1]].Node && b.View <= a.View
		},
		guarantee.Resurrected: func(t *groupTrace, w []int) bool {
			_, _, ok := t.views(w)
			return ok && t.places[w[0]].Process == t.places[w[1]].Process && t.facts[w[0]].Boot != t.facts[w[1]].Boot
		},
	}
}

func viewSynchronyClaims() map[guarantee.Anomaly]groupClaim {
	return map[guarantee.Anomaly]groupClaim{
		guarantee.ViewIntegrity: func(t *groupTrace, w []int) bool {
			switch f := t.facts[w[len(w)-1]].Fact.(type) {
			case protocol.Multicast:
				return !t.sentWell(w[len(w)-1], f)
			case protocol.Delivered:
				return !t.deliveredWell(w, f)
			}
			return false
		},
		guarantee.ViewAgreement: func(t *groupTrace, w []int) bool {
			if len(w) != 3 {
				return false
			}
			if d, ok := t.facts[w[0]].Fact.(protocol.Delivered); ok {
				return t.disagree(w[0], w[1], w[2], d)
			}
			return t.passedOver(w[0], w[1], w[2])
		},
		guarantee.ViewValidity: func(t *groupTrace, w []int) bool {
			m, ok := t.facts[w[0]].Fact.(protocol.Multicast)
			return ok && len(w) == 2 && t.follows(t.places[w[0]].View, w[1]) && !t.delivers(t.places[w[0]].View, m.ID)
		},
	}
}

func (t *groupTrace) sentWell(i int, m protocol.Multicast) bool {
	at := t.places[i]
	return Sender(m.ID) == at.Process && at.View >= 0 && t.number(at.View) == m.View
}

func (t *groupTrace) number(i int) uint64 {
	v, _ := t.view(i)
	return v.View
}

// deliveredWell tells whether the last fact of the witness, a delivery, is as it must be, with what the others show.
func (t *groupTrace) deliveredWell(w []int, d protocol.Delivered) bool {
	i := w[len(w)-1]
	at := t.places[i]
	for _, j := range w[:len(w)-1] {
		before, ok := t.facts[j].Fact.(protocol.Delivered)
		if ok && j < i && before.ID == d.ID && t.places[j].Process == at.Process {
			return false
		}
	}
	sent := slices.IndexFunc(t.facts, func(n protocol.Noted) bool {
		m, ok := n.Fact.(protocol.Multicast)
		return ok && m.ID == d.ID
	})
	if sent < 0 || at.View < 0 {
		return false
	}
	v, _ := t.view(at.View)
	return v.View == d.View && t.facts[sent].Fact.(protocol.Multicast).View == d.View && slices.Contains(ViewMembers(v), Sender(d.ID))
}

// follows tells whether the view of fact b is the one that the process of fact a, a view too, went on to.
func (t *groupTrace) follows(a, b int) bool {
	if a < 0 || b <= a {
		return false
	}
	_, first := t.view(a)
	_, second := t.view(b)
	if !first || !second || t.places[a].Process != t.places[b].Process {
		return false
	}
	for i := a + 1; i < b; i++ {
		if _, isView := t.view(i); isView && t.places[i].Process == t.places[a].Process {
			return false
		}
	}
	return true
}

// before returns the view that the process of fact i, a view too, was in before, -1 if it was in none.
func (t *groupTrace) before(i int) int {
	for j := i - 1; j >= 0; j-- {
		if t.follows(j, i) {
			return j
		}
	}
	return -1
}

// delivers tells whether a message was delivered in the stay that began with fact i.
func (t *groupTrace) delivers(i int, id protocol.MessageID) bool {
	for j := i; j < len(t.facts); j++ {
		d, ok := t.facts[j].Fact.(protocol.Delivered)
		if ok && d.ID == id && t.places[j].View == i {
			return true
		}
	}
	return false
}

// disagree tells whether one process delivered a message and went on with fact a, and another did not and went on from the
// same view to the same next one with fact b.
func (t *groupTrace) disagree(delivery, a, b int, d protocol.Delivered) bool {
	from, other := t.places[delivery].View, t.before(b)
	return t.follows(from, a) && other >= 0 && t.number(from) == t.number(other) && t.number(a) == t.number(b) && !t.delivers(other, d.ID)
}

func (t *groupTrace) passedOver(from, missed, to int) bool {
	_, isView := t.view(missed)
	return isView && t.follows(from, to) && t.number(from) < t.number(missed) && t.number(missed) < t.number(to)
}

// overtakes tells whether the witness is of two multicasts in one view and a delivery of the second one, at a process that
// had not delivered the first one. It returns their positions.
func (t *groupTrace) overtakes(w []int) (first, second int, ok bool) {
	if len(w) != 3 {
		return 0, 0, false
	}
	a, one := t.facts[w[0]].Fact.(protocol.Multicast)
	b, two := t.facts[w[1]].Fact.(protocol.Multicast)
	d, three := t.facts[w[2]].Fact.(protocol.Delivered)
	if !one || !two || !three || a.View != b.View || d.ID != b.ID || w[0] >= w[1] || w[1] >= w[2] {
		return 0, 0, false
	}
	for i := range w[2] {
		earlier, isDelivery := t.facts[i].Fact.(protocol.Delivered)
		if isDelivery && earlier.ID == a.ID && t.places[i].Process == t.places[w[2]].Process {
			return 0, 0, false
		}
	}
	return w[0], w[1], true
}

func claimFIFOOvertaken(t *groupTrace, w []int) bool {
	first, second, ok := t.overtakes(w)
	return ok && t.places[first].Process == t.places[second].Process
}

func claimCausalOvertaken(t *groupTrace, w []int) bool {
	first, second, ok := t.overtakes(w)
	return ok && t.happenedBefore(first, second)
}

// happenedBefore follows chains of events of processes, and of deliveries of messages of the view, from one multicast to
// another.
func (t *groupTrace) happenedBefore(first, second int) bool {
	view := t.facts[first].Fact.(protocol.Multicast).View
	inView := map[protocol.MessageID]bool{t.facts[first].Fact.(protocol.Multicast).ID: true} // sent after the first one
	knows := map[Process]bool{t.places[first].Process: true}
	for i := first + 1; i < second; i++ {
		switch f := t.facts[i].Fact.(type) {
		case protocol.Multicast:
			if f.View == view && knows[t.places[i].Process] {
				inView[f.ID] = true
			}
		case protocol.Delivered:
			if inView[f.ID] {
				knows[t.places[i].Process] = true
			}
		}
	}
	return knows[t.places[second].Process]
}
