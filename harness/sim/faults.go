package sim

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// proof is something that a fault counts as evidence.
type proof uint8

const (
	dropped proof = iota
	delayed
	duplicated
	reordered
	held
	skewed
	crashed
	restarted
	recordsLost
	torn
	corrupted
	delivered
	undecodable
	queued
	carried
	jumps
	timers
	flipped
	failed
	left
	joined
	answered
	proofs // how many there are
)

// evidenceOf lists what a kind of fault reports, by the names in its evidence.
func evidenceOf(k nemesis.Kind) map[string]proof {
	switch k {
	case nemesis.Partition, nemesis.Loss, nemesis.Drop:
		return map[string]proof{"dropped": dropped}
	case nemesis.Crash:
		return map[string]proof{"crashed": crashed, "restarted": restarted, "records_lost": recordsLost, "torn": torn}
	case nemesis.Pause, nemesis.Slow, nemesis.Delay:
		return map[string]proof{"delayed": delayed}
	case nemesis.Duplicate:
		return map[string]proof{"duplicated": duplicated}
	case nemesis.Reorder:
		return map[string]proof{"reordered": reordered}
	case nemesis.ClockSkew:
		return map[string]proof{"skewed": skewed, "jumps": jumps, "timers": timers}
	case nemesis.Corrupt:
		return map[string]proof{"corrupted": corrupted, "dropped": dropped, "delivered": delivered, "undecodable": undecodable}
	case nemesis.Bandwidth:
		return map[string]proof{"queued": queued, "carried": carried}
	case nemesis.Disk:
		return map[string]proof{
			"crashed": crashed, "restarted": restarted, "records_lost": recordsLost, "torn": torn, "flipped": flipped,
			"failed": failed, "delayed": delayed,
		}
	case nemesis.Hold:
		return map[string]proof{"held": held}
	case nemesis.Leave:
		return map[string]proof{"left": left}
	case nemesis.Join:
		return map[string]proof{"joined": joined, "answered": answered}
	}
	return nil
}

// fault is a fault that was begun.
type fault struct {
	nemesis.Fault
	index  int
	rand   *prng.Rand
	begun  time.Duration
	ending bool            // End was called
	over   bool            // it is undone, but for the messages that are flying
	told   bool            // its end was reported
	flying int             // messages that a reordering let off the order and that have not arrived yet
	nodes  []int32         // that it is done to
	links  []int32         // that it cuts or puts under a rule
	clogs  []nemesis.Range // by node: when it is cut off, since begun; nil: all of links is cut all the time
	counts [proofs]int64   // its evidence
	filled []*node         // those that a failed write has stopped
	away   map[int32]bool  // by node: whether a strobe was away when the node looked last
	lines  map[int32]*line // by link: what waits for its bandwidth
	kept   []parcel        // by a hold
}

// newFault finds out what a fault is done to.
func (s *simulation) newFault(index int, f nemesis.Fault) (*fault, error) {
	if errs := refuseFault(s.spec, f); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if f.Target.Word != "" && len(f.Target.Nodes) == 0 && len(f.Links) == 0 {
		return nil, fmt.Errorf("its target %s is not resolved to names", f.Target.Word)
	}
	active := &fault{Fault: f, index: index, rand: s.rand.Split("fault/" + strconv.Itoa(index))}
	info, _ := nemesis.Lookup(f.Kind)
	switch info.Scope {
	case nemesis.OnNodes:
		for _, id := range f.Target.Nodes {
			if i := s.index[id]; !slices.Contains(active.nodes, i) {
				active.nodes = append(active.nodes, i)
			}
		}
	case nemesis.OnSplit:
		if len(f.Groups) == 0 && len(f.Links) == 0 && len(f.Clogs) == 0 {
			return nil, fmt.Errorf("its shape %q is not resolved to groups, links or clogs", f.Shape)
		}
		s.split(active)
	case nemesis.OnLinks:
		active.links = s.between(chooser(f))
	}
	return active, nil
}

// between returns the links that are chosen.
func (s *simulation) between(chosen func(from, to protocol.NodeID) bool) []int32 {
	var links []int32
	for i := range s.nodes {
		for j := range s.nodes {
			if i != j && chosen(s.nodes[i].id, s.nodes[j].id) {
				links = append(links, int32(i*len(s.nodes)+j))
			}
		}
	}
	return links
}

// begin puts a fault into force.
func (s *simulation) begin(f *fault) {
	f.begun = s.now
	s.digest.Word(uint64(f.index))
	s.digest.Text(string(f.Kind))
	if s.tracer != nil {
		s.traceFault(f, "begins")
	}
	for _, i := range f.links {
		if l := &s.links[i]; f.Kind == nemesis.Partition {
			l.cuts = append(l.cuts, f)
		} else {
			l.rules = append(l.rules, f)
		}
	}
	for _, i := range f.nodes {
		s.strike(&s.nodes[i], f)
	}
	s.tell(cluster.FaultBegun{Index: f.index, Time: s.now})
}

// end undoes a fault. It is reported at once, unless messages are on their way that it let off the order: whether these are
// overtaken is seen when they arrive.
func (s *simulation) end(f *fault) {
	s.digest.Word(uint64(f.index))
	if s.tracer != nil {
		s.traceFault(f, "ends")
	}
	for _, i := range f.links {
		l := &s.links[i]
		l.cuts, l.rules = without(l.cuts, f), without(l.rules, f)
	}
	for _, i := range f.nodes {
		s.relieve(&s.nodes[i], f)
	}
	s.letGo(f)
	s.unqueue(f)
	f.over = true
	if f.flying == 0 {
		s.report(f)
		return
	}
	e, _ := s.queue.add(s.now + flightMax)
	e.kind, e.fault = overdue, f
}

// flightMax is how long the report of a fault waits for messages that it let off the order.
const flightMax = 10 * time.Second

// landed notes that a message which a reordering had let off the order has arrived, or never will.
func (s *simulation) landed(f *fault) {
	f.flying--
	if f.over && f.flying == 0 {
		s.report(f)
	}
}

// report tells once that a fault is undone, and its evidence.
func (s *simulation) report(f *fault) {
	if f.told {
		return
	}
	f.told = true
	evidence := nemesis.Evidence{}
	names := evidenceOf(f.Kind)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		evidence[name] = f.counts[names[name]]
		s.digest.Word(uint64(evidence[name]))
	}
	s.tell(cluster.FaultEnded{Index: f.index, Time: s.now, Evidence: evidence})
}

func without(faults []*fault, f *fault) []*fault {
	return slices.DeleteFunc(faults, func(g *fault) bool { return f == g })
}

// strike does to a node what a fault does to nodes.
func (s *simulation) strike(n *node, f *fault) {
	switch f.Kind {
	case nemesis.Crash:
		s.strikeDown(n, f)
	case nemesis.Disk:
		s.harm(n, f)
	case nemesis.Pause:
		if n.machine != nil {
			n.pauses = append(n.pauses, f)
			s.idle(n)
		}
	case nemesis.Slow:
		n.slows = append(n.slows, f)
	case nemesis.ClockSkew:
		if f.Strobe == 0 {
			n.offset += f.Offset
		}
		n.skews = append(n.skews, f)
		s.setRate(n)
	case nemesis.Leave:
		if !n.away {
			n.leave = f
			s.tellToLeave(n)
		}
	case nemesis.Join:
		s.takeIn(n, f)
	}
}

// strikeDown keeps a node down until relieve.
func (s *simulation) strikeDown(n *node, f *fault) {
	n.crashes++
	if n.machine != nil {
		s.crash(n, f)
	}
}

func (s *simulation) crash(n *node, f *fault) {
	f.counts[crashed]++
	records, damaged := n.disk.crash(&f.Fault, f.rand.Split(string(n.id)))
	f.counts[recordsLost] += records
	switch {
	case damaged && f.Mode == nemesis.Flip:
		f.counts[flipped]++
	case damaged:
		f.counts[torn]++
	}
	if s.tracer != nil {
		s.trace(n, "crash", fmt.Sprintf("%d writes lost, damaged: %v", records, damaged))
	}
	s.stop(n)
}

// relieve undoes what strike did. A node that several crashes keep down comes back when the last of them ends.
func (s *simulation) relieve(n *node, f *fault) {
	switch f.Kind {
	case nemesis.Crash:
		s.comeBack(n, f)
	case nemesis.Disk:
		s.mend(n, f)
	case nemesis.Pause:
		paused := len(n.pauses) > 0
		n.pauses = without(n.pauses, f)
		if paused && len(n.pauses) == 0 {
			s.resume(n)
		}
	case nemesis.Slow:
		n.slows = without(n.slows, f)
		if len(n.slows) == 0 && len(n.pauses) == 0 {
			s.idle(n)
			s.resume(n)
		}
	case nemesis.ClockSkew:
		if f.Strobe == 0 {
			n.offset -= f.Offset
		}
		n.skews = without(n.skews, f)
		s.setRate(n)
	case nemesis.Join:
		if n.join == f {
			n.join = nil // what it did stays
		}
	}
}

// comeBack starts a node again when the last fault that kept it down is over.
func (s *simulation) comeBack(n *node, f *fault) {
	n.crashes--
	if n.crashes == 0 && n.machine == nil {
		f.counts[restarted]++
		s.boot(n)
	}
}

// takes tells whether the fault keeps the message off its link for good or for now.
func (f *fault) takes(m protocol.Message) bool {
	switch f.Kind {
	case nemesis.Drop:
		return f.means(m) && (f.Count == 0 || f.counts[dropped] < int64(f.Count))
	case nemesis.Hold:
		return f.means(m)
	case nemesis.Loss:
		return f.rand.Chance(f.Chance)
	case nemesis.Corrupt:
		return f.Mode != nemesis.Delivered && f.means(m) && f.rand.Chance(f.Chance)
	}
	return false
}

func (f *fault) means(m protocol.Message) bool { return f.Message == "" || f.Message == m.Name() }

// intercept does to a message what the fault that takes it does.
func (s *simulation) intercept(f *fault, p parcel) {
	if f.Kind != nemesis.Hold {
		f.counts[dropped]++
		if f.Kind == nemesis.Corrupt {
			f.counts[corrupted]++
		}
		s.loseParcel(p, "dropped", f)
		return
	}
	f.counts[held]++
	f.kept = append(f.kept, p)
	if s.tracer != nil {
		s.traceHold(p, f)
	}
}

// letGo lets the messages that a hold kept arrive now, in the order in which they were sent, but for those that another
// hold on their link goes on keeping.
func (s *simulation) letGo(f *fault) {
	slices.SortFunc(f.kept, func(p, q parcel) int { return cmp.Compare(p.number, q.number) })
	for _, p := range f.kept {
		rules := s.link(p.from, p.to).rules
		i := slices.IndexFunc(rules, func(g *fault) bool { return g.Kind == nemesis.Hold && g.means(p.message) })
		if i >= 0 {
			s.intercept(rules[i], p)
			continue
		}
		if s.tracer != nil {
			s.trace(&s.nodes[p.to], "let go", s.describeParcel(p)+byFault(f))
		}
		e, _ := s.queue.add(s.now)
		e.kind, e.node, e.from, e.number, e.message = receive, p.to, p.from, p.number, p.message
	}
	f.kept = nil
}

func (f *fault) duplicates() bool {
	if f.Kind != nemesis.Duplicate || !f.rand.Chance(f.Chance) {
		return false
	}
	f.counts[duplicated]++
	return true
}

func (f *fault) reorders() bool { return f.Kind == nemesis.Reorder && f.rand.Chance(f.Chance) }

// delays draws what the fault adds to a message's latency.
func (f *fault) delays() time.Duration {
	if f.Kind != nemesis.Delay {
		return 0
	}
	f.counts[delayed]++
	return f.rand.Between(f.Latency.Min, f.Latency.Max)
}
