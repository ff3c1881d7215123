package sim

import (
	"fmt"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
)

// barrier is what a node's syncs hold back. Syncs are numbered from 1 for each process and end in order.
type barrier struct {
	begun, ended uint64
	last         time.Duration // when the last one begun ends
	outbox       []outgoing    // in the order recorded
}

// outgoing is an effect that waits for the end of a sync.
type outgoing struct {
	sync   uint64
	effect protocol.Effect
}

// perform carries out one effect, or puts it behind the syncs that are under way.
func (s *simulation) perform(n *node, e *protocol.Effect) {
	switch e.Kind {
	case protocol.EffectSend, protocol.EffectReply, protocol.EffectNote:
		if b := &n.barrier; b.ended < b.begun {
			b.outbox = append(b.outbox, outgoing{sync: b.begun, effect: *e})
			return
		}
		s.let(n, e)
	case protocol.EffectSet:
		s.setTimer(n, e.Timer, e.After)
	case protocol.EffectCancel:
		s.cancelTimer(n, e.Timer)
	case protocol.EffectAppend, protocol.EffectSnapshot:
		if len(n.full) > 0 {
			s.overflow(n)
			return
		}
		s.put(n, e)
	case protocol.EffectSync:
		s.sync(n)
	default:
		panic(fmt.Sprintf("sim: an effect of kind %d", e.Kind))
	}
}

// put writes to the disk.
func (s *simulation) put(n *node, e *protocol.Effect) {
	switch e.Kind {
	case protocol.EffectAppend:
		s.write(n, "append", e.Data)
		n.disk.append(e.Data)
	case protocol.EffectSnapshot:
		s.write(n, "snapshot", e.Data)
		n.disk.replace(e.Data)
	}
}

// let lets an effect out into the world.
func (s *simulation) let(n *node, e *protocol.Effect) {
	switch e.Kind {
	case protocol.EffectSend:
		s.send(n, e.To, e.Message)
	case protocol.EffectReply:
		s.reply(n, e.Request, e.Reply)
	case protocol.EffectNote:
		s.note(n, e.Fact)
	}
}

func (s *simulation) setTimer(n *node, t protocol.Timer, after time.Duration) {
	if slot, set := n.timers[t]; set {
		s.queue.cancel(slot)
	}
	if n.rate != 0 {
		after = s.paced(n, after)
	}
	e, slot := s.soon(s.now + max(after, 0))
	e.kind, e.node, e.timer = timeout, n.index, t
	n.timers[t] = slot
	if s.burst > s.options.StormMax {
		s.storm(n, "sets timer "+string(t))
	}
}

func (s *simulation) cancelTimer(n *node, t protocol.Timer) {
	if slot, set := n.timers[t]; set {
		s.queue.cancel(slot)
		delete(n.timers, t)
	}
}

// soon makes an event that a machine caused.
func (s *simulation) soon(at time.Duration) (*event, int32) {
	if at == s.now {
		s.burst++
	}
	return s.queue.add(at)
}

// storm ends the run: virtual time has stood still for too long.
func (s *simulation) storm(n *node, does string) {
	s.fail(fmt.Errorf("sim: a storm: at %v the machines made %d events for that same instant; in the last one %s %s",
		s.now, s.burst, n.id, does))
}

// write notes what goes to the disk.
func (s *simulation) write(n *node, what string, data []byte) {
	s.digest.Bytes(data)
	if s.tracer != nil {
		s.trace(n, what, string(data))
	}
}

// sync begins a sync. One that takes no time, with no other under way, has ended already.
func (s *simulation) sync(n *node) {
	b := &n.barrier
	disk := s.spec.Disk.Sync
	takes := n.diskRand.Between(disk.Min, disk.Max)
	for _, f := range n.slowDisk {
		takes += f.rand.Between(f.Latency.Min, f.Latency.Max)
		f.counts[delayed]++
	}
	if takes == 0 && b.ended == b.begun {
		n.disk.cover(n.disk.written)
		return
	}
	b.begun++
	b.last = max(b.last, s.now+takes)
	e, _ := s.queue.add(b.last)
	e.kind, e.node, e.number, e.boot = synced, n.index, n.disk.written, n.boots
	if s.tracer != nil {
		s.trace(n, "sync", fmt.Sprintf("until %v", b.last))
	}
}

// covered marks as durable what an ended sync covers, unless its process is gone. The disk goes on while the process
// is paused.
func (s *simulation) covered(e *event) {
	if n := &s.nodes[e.node]; n.boots == e.boot && n.machine != nil {
		n.disk.cover(e.number)
	}
}

// synced lets out what waited for the first sync under way.
func (s *simulation) synced(n *node) {
	if n.boots != s.current.boot || n.machine == nil {
		return
	}
	b := &n.barrier
	b.ended++
	done := 0
	for done < len(b.outbox) && b.outbox[done].sync <= b.ended {
		s.let(n, &b.outbox[done].effect)
		done++
	}
	left := copy(b.outbox, b.outbox[done:])
	clear(b.outbox[left:])
	b.outbox = b.outbox[:left]
}

// reply ends a request. A reply to a request that is unknown or was answered before is ignored.
func (s *simulation) reply(n *node, id protocol.RequestID, r *protocol.Reply) {
	callID, open := n.open[id]
	if !open {
		return
	}
	delete(n.open, id)
	s.digest.Word(uint64(n.index))
	s.digest.Word(uint64(id))
	s.contents.Add(&s.digest, r)
	if s.tracer != nil {
		s.trace(n, "reply", describeReply(id, r))
	}
	s.tell(cluster.Completion{Call: callID, Time: s.now, Reply: *r})
}

// notePhase puts all that a phase says into the digest, without looking for its fields.
func (s *simulation) notePhase(p protocol.Phase) {
	read := uint64(0)
	if p.Operation.Read {
		read = 1
	}
	s.digest.Text(string(p.Operation.Client))
	s.digest.Word(p.Operation.Life)
	s.digest.Word(p.Operation.Seq)
	s.digest.Word(uint64(p.Name)<<1 | read)
}

// note passes a fact on to the observers.
func (s *simulation) note(n *node, f protocol.Fact) {
	s.digest.Word(uint64(n.index))
	if p, is := f.(protocol.Phase); is {
		s.notePhase(p) // there are several for each operation
	} else {
		s.digest.Text(factName(f))
		s.contents.Add(&s.digest, f)
	}
	if s.tracer != nil {
		s.trace(n, "fact", describeFact(f))
	}
	if _, left := f.(protocol.Left); left && n.leave != nil {
		e, _ := s.queue.add(s.now)
		e.kind, e.node = gone, n.index
	}
	s.tell(cluster.FactNoted{Noted: protocol.Noted{Time: s.now, Node: n.id, Boot: n.boots - 1, Fact: f}})
}
