package gossip

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"sunder/harness/protocol"
)

// The book and the paper let replicas forget by the clock that updates were executed (Ladin et al. 1992): a
// front end tells all replicas which of its updates have ended, so that it sends no message for them any more, and a
// message that is older than delta is refused.
//
// What makes that safe is to wait until every replica has told by gossip that its clock is past the time of the front
// end's word by more than delta. Each refuses from then on whatever may still be under way, and a record that it had made
// before has come with that gossip at the latest. Clocks may be as wrong as they like: those that are slow make everybody
// wait, those that are fast refuse what could have been accepted. A replica that goes by its own clock instead trusts all
// clocks to agree, and all gossip to arrive within delta.

// forgetting is what a replica has in order to forget that updates were executed.
type forgetting struct {
	clock   time.Duration        // the local clock, except that it never goes back
	horizon time.Duration        // on disk: after a restart the clock begins here, past all that it has told
	told    []time.Duration      // by replica: the latest clock that it has told; of this one, too
	ended   map[FrontEndID][]Ack // what front ends have told, in the order of time; nothing is forgotten of it yet
}

// newForgetting returns nil where the executed table is exact. With a primary it is: a record that a minority has accepted
// for its place may come to life however old it is.
func newForgetting(o options, replicas int) *forgetting {
	if !o.forgets() {
		return nil
	}
	return &forgetting{told: make([]time.Duration, replicas), ended: map[FrontEndID][]Ack{}}
}

// forgets tells whether executed updates are forgotten, and so front ends have to tell which have ended.
func (o options) forgets() bool { return o.exec != exactTable && o.order == causalOrder }

// tick reads the clock.
func (r *Replica) tick(env *protocol.Env) {
	if f := r.forgetting; f != nil {
		f.clock = max(f.clock, env.Now)
	}
}

// tooOld tells whether a message was sent so long ago that its update may be forgotten here.
func (r *Replica) tooOld(u Update) bool {
	f := r.forgetting
	return f != nil && u.Time+r.options.delta < f.clock && r.mutant != mutantAnyAge
}

// tellClock returns the time to tell in gossip. A clock that goes back in a restart would accept again what others trust it
// to refuse, so the disk has a time past it before it is told, and seldom needs another.
func (r *Replica) tellClock(env *protocol.Env) time.Duration {
	f := r.forgetting
	if f == nil {
		return 0
	}
	r.tick(env)
	if f.clock >= f.horizon {
		f.horizon = f.clock + max(r.options.delta/2, 1)
		r.settle(env, change{Horizon: f.horizon})
	}
	f.told[r.index] = f.clock
	return f.clock
}

// hearClock remembers which time a replica has told.
func (r *Replica) hearClock(env *protocol.Env, j int, clock time.Duration) {
	if f := r.forgetting; f != nil {
		f.told[j] = max(f.told[j], clock)
		r.forget(env)
	}
}

// receiveAck remembers which updates of a front end have ended.
func (r *Replica) receiveAck(env *protocol.Env, m Ack) {
	f := r.forgetting
	if f == nil {
		return
	}
	acks := f.ended[m.FrontEnd]
	i, _ := slices.BinarySearchFunc(acks, m, func(a, b Ack) int { return cmp.Compare(a.Done, b.Done) })
	if i == len(acks) || acks[i].Done != m.Done {
		f.ended[m.FrontEnd] = slices.Insert(acks, i, m)
	}
	r.forget(env)
}

// forget forgets all executed updates that may be forgotten.
func (r *Replica) forget(env *protocol.Env) {
	f, c := r.forgetting, change{}
	past := slices.Min(f.told)
	if r.options.exec == tableByClock {
		r.tick(env)
		past = f.clock
	}
	for _, id := range slices.SortedFunc(maps.Keys(f.ended), FrontEndID.compare) {
		acks := f.ended[id]
		old := 0
		for old < len(acks) && acks[old].Time+r.options.delta < past && !r.awaits(id, acks[old].Done) {
			old++
		}
		if old == 0 {
			continue
		}
		through := CID{FrontEnd: id, Seq: acks[old-1].Done}
		if f.ended[id] = slices.Clone(acks[old:]); len(acks) == old {
			delete(f.ended, id)
		}
		if r.executed.forget(through) {
			c.Forgotten = append(c.Forgotten, through)
		}
	}
	if len(c.Forgotten) > 0 {
		env.Mark(markExecutedForgotten)
		r.settle(env, c)
	}
}

// awaits tells whether a record of one of a front end's first updates is still to be applied here. It may be the second of
// its update.
func (r *Replica) awaits(id FrontEndID, through uint64) bool {
	return slices.ContainsFunc(r.log.waiting, func(e *entry) bool { return e.CID.FrontEnd == id && e.CID.Seq <= through })
}

// endedUpdates tells all replicas which updates of this front end have ended: no message for them bears a later time.
func (f *FrontEnd) endedUpdates(env *protocol.Env) {
	done := f.updates
	for _, r := range f.open {
		if r.kind == update {
			done = min(done, r.seq-1)
		}
	}
	if done <= f.told {
		return
	}
	f.told = done
	for _, id := range f.config.Replicas {
		env.Send(id, Ack{FrontEnd: f.id, Done: done, Time: f.now(env)})
	}
}

// now is the local clock, except that it never goes back; 0 where nobody looks at it.
func (f *FrontEnd) now(env *protocol.Env) time.Duration {
	if !f.options.forgets() {
		return 0
	}
	f.clock = max(f.clock, env.Now)
	return f.clock
}
