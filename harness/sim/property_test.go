package sim_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/sim"
	"sunder/nemesis"
)

// word is a message that knows when it was sent, by the clock of the test.
type word struct {
	Number int           `json:"number"` // on its link, from 1
	Sent   time.Duration `json:"sent"`
}

func (word) Name() string { return "WORD" }

// span is a time in which something was in force: after begun, up to and including ended.
type span struct{ begun, ended time.Duration }

func (s span) holds(at time.Duration) bool { return at > s.begun && at <= s.ended }

// world drives a cluster of citizens under random faults and knows what must be true of it.
type world struct {
	t      *testing.T
	seed   uint64
	rand   *prng.Rand
	lab    *lab
	all    ids
	kinds  []nemesis.Kind
	active []int
	faults []nemesis.Fault
	spans  []span
	boots  map[protocol.NodeID]uint64
	safe   map[protocol.NodeID]int // the highest record that is known to be durable
	next   map[protocol.NodeID]map[protocol.NodeID]int
	latest map[protocol.NodeID]map[protocol.NodeID]int
}

const forever = time.Duration(1) << 60

func newWorld(t *testing.T, seed uint64, kinds []nemesis.Kind, o sim.Options) *world {
	t.Helper()
	w := &world{
		t: t, seed: seed, rand: prng.New(seed).Split("world"), kinds: kinds,
		boots: map[protocol.NodeID]uint64{}, safe: map[protocol.NodeID]int{},
		next: map[protocol.NodeID]map[protocol.NodeID]int{}, latest: map[protocol.NodeID]map[protocol.NodeID]int{},
	}
	p := plan{replicas: 4, clients: 2, seed: seed, weather: changeable}
	if w.uses(nemesis.Pause) {
		// Only where no time of sending and arrival is checked: a sync holds messages back as a pause does.
		p.disk.Sync.Max = 8 * ms
	}
	spec := p.spec()
	w.all = slices.Concat(spec.Config.Replicas, spec.Config.Clients)
	for _, id := range w.all {
		w.next[id], w.latest[id] = map[protocol.NodeID]int{}, map[protocol.NodeID]int{}
	}
	p.node = func(id protocol.NodeID) *puppet { return w.citizen(id) }
	spec = p.spec()
	spec.System.Messages = []protocol.Message{word{}}
	c, err := sim.New(o).Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	w.lab = &lab{t: t, cluster: c}
	return w
}

// citizen is a machine that writes, syncs, sends and plays with timers at random, and checks what it is told.
func (w *world) citizen(id protocol.NodeID) *puppet {
	set := map[protocol.Timer]time.Duration{}
	last := 0 // record
	live := func(env *protocol.Env) {
		for range 1 + env.Rand.IntN(2) {
			t := protocol.Timer('a' + rune(env.Rand.IntN(4)))
			after := env.Rand.Between(0, 9*ms)
			env.SetTimer(t, after)
			set[t] = w.now() + after
		}
		if env.Rand.Chance(200_000) {
			t := protocol.Timer('a' + rune(env.Rand.IntN(4)))
			env.CancelTimer(t)
			delete(set, t)
		}
		w.write(env, &last)
		to := prng.Pick(env.Rand, w.all)
		w.next[id][to]++
		env.Send(to, word{Number: w.next[id][to], Sent: w.now()})
	}
	return &puppet{
		start: func(env *protocol.Env, saved protocol.Saved) {
			last = w.restored(id, saved)
			env.SetTimer("pulse", ms)
			set["pulse"] = w.now() + ms
			live(env)
		},
		timeout: func(env *protocol.Env, t protocol.Timer) {
			due, ok := set[t]
			if !ok || due > w.now() || due < w.now() && !w.uses(nemesis.Pause) {
				w.t.Errorf("seed %d: %s is told of timer %s at %v; set: %v, for %v", w.seed, id, t, w.now(), ok, due)
			}
			delete(set, t)
			if t == "pulse" {
				env.SetTimer(t, 7*ms)
				set[t] = w.now() + 7*ms
			}
			live(env)
		},
		receive: func(env *protocol.Env, from protocol.NodeID, m protocol.Message) {
			w.arrived(from, id, m.(word))
			if env.Rand.Chance(100_000) {
				live(env)
			}
		},
	}
}

func (w *world) now() time.Duration { return w.lab.cluster.Now() }

func (w *world) uses(k nemesis.Kind) bool { return slices.Contains(w.kinds, k) }

// write appends the next number, sometimes puts a snapshot in place of all before, and sometimes syncs; the fact that
// follows a sync tells what must be durable.
func (w *world) write(env *protocol.Env, last *int) {
	for range env.Rand.IntN(3) {
		*last++
		env.Append([]byte(strconv.Itoa(*last)))
	}
	if env.Rand.Chance(100_000) {
		env.Snapshot([]byte(strconv.Itoa(*last)))
	}
	if env.Rand.Chance(300_000) {
		env.Sync()
		env.Note(protocol.Own{Name: "safe", Fields: *last})
	}
}

// restored checks what a machine finds at its start and returns the last record of it.
func (w *world) restored(id protocol.NodeID, saved protocol.Saved) int {
	if saved.Boot != w.boots[id] {
		w.t.Errorf("seed %d: %s starts with boot %d after %d starts", w.seed, id, saved.Boot, w.boots[id])
	}
	w.boots[id]++
	last := 0
	if saved.Snapshot != nil {
		last, _ = strconv.Atoi(string(saved.Snapshot))
	}
	for _, r := range saved.Log {
		if n, _ := strconv.Atoi(string(r)); n != last+1 {
			w.t.Errorf("seed %d: %s finds record %d after %d", w.seed, id, n, last)
		}
		last++
	}
	w.learn()
	if last < w.safe[id] {
		w.t.Errorf("seed %d: %s has synced up to %d and finds %d at %v", w.seed, id, w.safe[id], last, w.now())
	}
	// What survived without a sync has a number that may be given again.
	w.safe[id] = min(w.safe[id], last)
	return last
}

// learn reads the facts told so far.
func (w *world) learn() {
	for _, n := range w.lab.notices {
		if f, ok := n.(cluster.FactNoted); ok {
			if own, ok := f.Fact.(protocol.Own); ok {
				w.safe[f.Node] = own.Fields.(int)
			}
		}
	}
	w.lab.notices = slices.DeleteFunc(w.lab.notices, func(n cluster.Notice) bool { _, fact := n.(cluster.FactNoted); return fact })
}

// arrived checks that a message met no cut, and that it kept its order if nothing let it off.
func (w *world) arrived(from, to protocol.NodeID, m word) {
	if from == to {
		return
	}
	for i, f := range w.faults {
		if f.Kind != nemesis.Partition || !cuts(f, from, to) {
			continue
		}
		if !w.uses(nemesis.Pause) && (w.spans[i].holds(m.Sent) || w.spans[i].holds(w.now())) {
			w.t.Errorf("seed %d: message %d %s -> %s, sent at %v, crossed the cut %v at %v", w.seed, m.Number, from, to, m.Sent, w.spans[i], w.now())
		}
	}
	if !w.uses(nemesis.Reorder) && !w.uses(nemesis.Hold) && m.Number < w.latest[from][to] {
		w.t.Errorf("seed %d: message %d %s -> %s arrived after %d", w.seed, m.Number, from, to, w.latest[from][to])
	}
	w.latest[from][to] = max(w.latest[from][to], m.Number)
}

// cuts is a partition in the simplest words: front ends are always named.
func cuts(f nemesis.Fault, from, to protocol.NodeID) bool {
	for _, l := range f.Links {
		if l.From == from && l.To == to {
			return true
		}
	}
	for _, g := range f.Groups {
		if slices.Contains(g, from) && !slices.Contains(g, to) {
			return true
		}
	}
	return false
}

// draw makes a random fault.
func (w *world) draw() nemesis.Fault {
	r := w.rand
	f := nemesis.Fault{Kind: prng.Pick(r, w.kinds)}
	order := r.Perm(len(w.all))
	pick := func(i int) protocol.NodeID { return w.all[order[i]] }
	switch f.Kind {
	case nemesis.Partition:
		if r.IntN(2) == 0 {
			f.Links = []nemesis.Link{{From: pick(0), To: pick(1)}, {From: pick(2), To: pick(1)}}
			break
		}
		if r.IntN(3) == 0 {
			a, b := r.Between(0, 20*ms), r.Between(0, 20*ms)
			f.Clogs = nemesis.Clogs{{Node: pick(0), During: nemesis.Range{Min: a, Max: a + 30*ms}}, {Node: pick(1), During: nemesis.Range{Min: b, Max: b + 10*ms}}}
			break
		}
		split := 1 + r.IntN(len(order)-1)
		f.Groups = make(nemesis.Groups, 2)
		for i := range order {
			side := min(i/split, 1)
			f.Groups[side] = append(f.Groups[side], pick(i))
		}
	case nemesis.Crash, nemesis.Pause, nemesis.Slow, nemesis.Disk, nemesis.ClockSkew:
		f.Latency = nemesis.Range{Max: r.Between(0, 8*ms)}
		if f.Kind == nemesis.Disk {
			// A flip takes what is durable.
			f.Mode = prng.Pick(r, []nemesis.Mode{nemesis.Torn, nemesis.Full, nemesis.SlowSync})
		}
		f.Target.Nodes = ids{pick(0), pick(1)}
		f.Lose = prng.Pick(r, []nemesis.Lose{nemesis.LoseNothing, nemesis.LoseUnsynced})
		f.Offset = r.Between(-time.Second, time.Second)
		f.Strobe = r.Between(0, 20*ms)
	default:
		if f.Kind == nemesis.Corrupt {
			f.Mode = nemesis.Detected // no citizen understands what is damaged
		}
		f.Chance = prng.Ratio(r.Int64N(600_000))
		f.Latency = nemesis.Range{Max: r.Between(0, 40*ms)}
		f.Limit = nemesis.Limit(1 + r.Int64N(20_000))
		f.Count = r.IntN(30)
		if r.IntN(2) == 0 {
			f.Links = []nemesis.Link{{From: pick(0), To: nemesis.Anybody}}
		}
	}
	return f
}

// live runs the world for a while under random faults, heals it, and returns its digest.
func (w *world) live(steps int) string {
	for range steps {
		w.until(w.now() + w.rand.Between(0, 30*ms))
		if len(w.active) > 0 && w.rand.IntN(len(w.active)+2) > 1 {
			w.end(w.rand.IntN(len(w.active)))
			continue
		}
		w.active = append(w.active, len(w.faults))
		w.lab.cluster.Begin(len(w.faults), w.add(w.draw()))
	}
	for len(w.active) > 0 {
		w.until(w.now() + ms) // never two at one instant: a node that comes back sends over a link that is just healed
		w.end(w.rand.IntN(len(w.active)))
	}
	w.until(w.now() + 100*ms)
	return w.lab.cluster.Stats().Digest
}

func (w *world) add(f nemesis.Fault) nemesis.Fault {
	w.faults = append(w.faults, f)
	w.spans = append(w.spans, span{begun: w.now(), ended: forever})
	return f
}

func (w *world) end(i int) {
	index := w.active[i]
	w.active = slices.Delete(w.active, i, i+1)
	w.spans[index].ended = w.now()
	w.lab.cluster.End(index)
}

func (w *world) until(at time.Duration) {
	w.lab.until(at)
	w.learn()
}

func TestInvariantsUnderRandomFaults(t *testing.T) {
	every := make([]nemesis.Kind, 0, len(nemesis.Kinds()))
	for _, info := range nemesis.Kinds() {
		every = append(every, info.Kind)
	}
	for _, kinds := range [][]nemesis.Kind{
		{nemesis.Partition, nemesis.Crash, nemesis.Delay, nemesis.Loss, nemesis.ClockSkew, nemesis.Drop}, // strict times and order
		{nemesis.Crash, nemesis.Pause},
		{nemesis.Crash, nemesis.Pause, nemesis.Disk},
		every,
	} {
		t.Run(fmt.Sprintf("%d kinds", len(kinds)), func(t *testing.T) {
			for seed := range uint64(15) {
				digest := newWorld(t, seed, kinds, sim.Options{}).live(60)
				if again := newWorld(t, seed, kinds, sim.Options{Encode: true}).live(60); digest != again {
					t.Errorf("seed %d: digest %s, encoded %s", seed, digest, again)
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}
