package gossip

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/object"
)

// storm is a random run of a small world: clients ask, messages are delivered in any order, lost and repeated, timers
// run out at any time, replicas crash and lose what they have not synced. Then all is healed, gossip goes round until
// nothing changes, and the run is compared with what the algorithm says of it.
type storm struct {
	*world
	rand     *prng.Rand
	drifts   *prng.Rand          // of clocks
	requests int                 // still to be asked
	records  map[RecordID]Record // all that were ever logged anywhere
	queries  map[QueryID]Query   // all that were ever sent
	answers  []QueryReply        // to them
	adds     map[protocol.RequestID]int64
	clash    string // two records of one name

	immediates map[protocol.RequestID]CID // immediate updates that were asked for
	earlier    map[QueryID][]CID          // those of them that were answered before the query was asked
}

func newStorm(c systems.Config, seed uint64) *storm {
	return &storm{
		world: newWorld(c, seed), rand: prng.New(seed).Split("storm"), requests: 40,
		drifts:  prng.New(seed).Split("drift"),
		records: map[RecordID]Record{},
		queries: map[QueryID]Query{}, adds: map[protocol.RequestID]int64{},
		immediates: map[protocol.RequestID]CID{}, earlier: map[QueryID][]CID{},
	}
}

// blow runs the storm and returns what is wrong with it, "" if nothing is.
func (s *storm) blow() string {
	for s.requests > 0 || s.rand.IntN(40) > 0 {
		s.drift()
		if wrong := s.gust(); wrong != "" {
			return wrong
		}
		s.watch()
	}
	if wrong := s.calm(); wrong != "" {
		return wrong
	}
	return s.judge()
}

// gust does one thing at random.
func (s *storm) gust() string {
	beats := 0
	if s.stops() {
		beats = 6
	}
	switch s.rand.Weighted([]int{12, 50, 6, 6, 20, 2, beats}) {
	case 0:
		s.ask()
	case 1:
		s.pass(func(i int) { s.deliver(i, false) })
	case 2:
		s.pass(func(i int) { s.deliver(i, true) })
	case 3:
		s.pass(func(i int) { s.network = slices.Delete(s.network, i, i+1) })
	case 4:
		s.ring()
	case 5:
		return s.crashOrStart()
	case 6:
		id := prng.Pick(s.rand, s.config.Replicas)
		for range s.rand.IntN(2 * flushBeats) {
			s.fire(id, timerHeartbeat)
		}
	}
	return ""
}

// ring lets a random timer run out.
func (s *storm) ring() {
	id := prng.Pick(s.rand, slices.Concat(s.config.Replicas, s.config.Clients))
	timers := slices.Sorted(maps.Keys(s.nodes[id].timers))
	if len(timers) == 0 {
		return
	}
	if t := prng.Pick(s.rand, timers); t != timerSuspect || !s.stops() || s.rand.IntN(10) == 0 {
		s.fire(id, t)
	}
}

// pass does something to a random packet, of the network's oldest more likely.
func (s *storm) pass(do func(i int)) {
	if n := len(s.network); n > 0 {
		do(min(s.rand.IntN(n), s.rand.IntN(n)))
	}
}

func (s *storm) ask() {
	if s.requests == 0 {
		return
	}
	s.requests--
	change := "add"
	if s.config.Object == "register" {
		change = "write"
	}
	ops := []protocol.Op{{F: "read", Key: "k"}, {F: change, Key: "k", Value: protocol.Int(int64(s.requests) + 1)}}
	op := prng.Pick(s.rand, ops)
	client := prng.Pick(s.rand, s.config.Clients)
	switch s.rand.IntN(8) {
	case 0:
		op = protocol.Op{F: tell, Value: protocol.String(string(prng.Pick(s.rand, s.config.Clients)))}
	case 1:
		op = protocol.Op{F: hear}
	case 2, 3:
		op.Via = prng.Pick(s.rand, s.config.Replicas)
	}
	var answered []CID
	for id, cid := range s.immediates {
		if s.replies[id].Outcome == protocol.OK {
			answered = append(answered, cid)
		}
	}
	id := s.request(client, op)
	f := s.frontEnd(client)
	if op.F == "read" {
		s.earlier[QueryID{f.id, f.queries}] = answered
	}
	if n, isInt := op.Value.Int(); isInt {
		s.adds[id] = n
		if f.order() == Immediate {
			s.immediates[id] = CID{f.id, f.updates}
		}
	}
}

// crashOrStart crashes a replica, or starts it if it is down: then it must be as it was.
func (s *storm) crashOrStart() string {
	id := prng.Pick(s.rand, s.config.Replicas)
	n := s.nodes[id]
	if n.machine == nil {
		s.start(id)
		return ""
	}
	before := s.durable(id)
	s.crash(id, true)
	s.start(id)
	if after := s.durable(id); after != before && s.config.Mutant == "" {
		return fmt.Sprintf("%s was %s and came back as %s", id, before, after)
	}
	if s.rand.IntN(2) == 0 {
		s.crash(id, true)
	}
	return ""
}

// durable is all of a replica's state that must survive a crash.
func (s *storm) durable(id protocol.NodeID) string {
	state := s.replica(id).State().(ReplicaState)
	state.Held = nil
	return string(encode(state))
}

// watch looks at what is new under way and in the logs.
func (s *storm) watch() {
	for _, id := range s.config.Replicas {
		if s.nodes[id].machine == nil {
			continue
		}
		for _, e := range s.replica(id).log.entries {
			if r, known := s.records[e.ID()]; known && r.CID != e.CID {
				s.clash = fmt.Sprintf("record %d of replica %d is update %s and update %s", e.ID().Number, e.Replica+1, r.CID, e.CID)
			}
			s.records[e.ID()] = *e.Record
		}
	}
	for _, p := range s.network {
		switch m := p.message.(type) {
		case Query:
			s.queries[m.ID] = m
		case QueryReply:
			s.answers = append(s.answers, m)
		}
	}
}

// calm heals everything and lets messages and timers run in turn until nobody waits and gossip has gone round thrice.
func (s *storm) calm() string {
	for _, id := range s.config.Replicas {
		if s.nodes[id].machine == nil {
			s.start(id)
		}
	}
	s.setClocks()
	quiet := 0
	for range 200 {
		for len(s.network) > 0 {
			s.deliver(0, false)
			s.watch()
		}
		waiting := false
		for _, id := range s.config.Clients {
			waiting = s.hurry(id) || waiting
		}
		for _, id := range s.config.Replicas {
			s.fire(id, timerGossip)
		}
		s.lead()
		if !waiting {
			quiet++
		}
		if quiet > 3 {
			return ""
		}
	}
	return "some request was not answered though all was healed"
}

// lead lets the primary of the highest ballot be heard, and elects one if there is none.
func (s *storm) lead() {
	led := s.config.Options[optionOrder] == causalOrder
	for _, id := range s.config.Replicas {
		led = s.fire(id, timerHeartbeat) || led
	}
	if !led {
		s.fire("r1", timerSuspect)
	}
}

// hurry sends again what a client waits for, and lets a hear end. It tells whether the client waits.
func (s *storm) hurry(id protocol.NodeID) bool {
	waiting := false
	for _, t := range slices.Sorted(maps.Keys(s.nodes[id].timers)) {
		if strings.HasPrefix(string(t), timerResend) {
			s.fire(id, t)
			waiting = true
		}
	}
	for _, r := range slices.Clone(s.frontEnd(id).open) {
		if r.kind == hearing {
			s.fire(id, timer(timerGiveUp, r.id))
		}
	}
	return waiting
}

// judge compares the end with the algorithm's own account, and asks the invariants.
func (s *storm) judge() string {
	if s.clash != "" {
		return s.clash
	}
	all := slices.Collect(maps.Values(s.records))
	want := s.replay(all)
	for _, id := range s.config.Replicas {
		if got := string(s.replica(id).value.Snapshot()); got != want {
			return fmt.Sprintf("%s ends with %s, the records make %s", id, got, want)
		}
	}
	if wrong := s.judgeTotal(); wrong != "" {
		return wrong
	}
	if wrong := s.judgeImmediate(all); wrong != "" {
		return wrong
	}
	if wrong := s.judgeRealTime(all); wrong != "" {
		return wrong
	}
	for _, a := range s.answers {
		if prev := s.queries[a.ID].Prev; !a.New.Covers(prev) {
			return fmt.Sprintf("a query that depends on %s was answered at %s", prev, a.New)
		}
		of := slices.DeleteFunc(slices.Clone(all), func(r Record) bool { return !a.New.Covers(r.TS) || r.isNoOp() })
		if made := s.replay(of); len(of) > 0 && made != fmt.Sprintf(`{"k":%s}`, a.Value) {
			return fmt.Sprintf("a query was answered %s at %s, the records make %s", a.Value, a.New, made)
		}
	}
	for _, invariant := range invariants() {
		if v := invariant.Check(s.facts); v != nil {
			return invariant.Name + ": " + v.Sentence
		}
	}
	return ""
}

// judgeTotal asks that a counter counts each addition that was answered ok once, and each of unknown outcome once or not
// at all. All numbers are different, but their sums are not: it finds most of what is counted twice, not all.
func (s *storm) judgeTotal() string {
	if s.config.Object != "counter" {
		return ""
	}
	var least, most int64
	for id, n := range s.adds {
		switch s.replies[id].Outcome {
		case protocol.OK:
			least += n
			most += n
		case protocol.Info:
			most += n
		}
	}
	got, _ := s.replica("r1").value.Apply(protocol.Op{F: "read", Key: "k"}).Value.Int()
	if got < least || got > most {
		return fmt.Sprintf("the counter is %d, the additions make %d to %d", got, least, most)
	}
	return ""
}

// precedes tells whether one record comes before another wherever both are applied.
func (s *storm) precedes(q, r Record) bool {
	forced := len(s.config.Replicas)
	return r.Prev.Covers(q.TS) || q.Replica == forced && r.Replica == forced && q.ID().Number < r.ID().Number
}

// replay is the oracle: the records in any order in which r comes before s when r.TS <= s.Prev, and forced records by
// position, each update once.
func (s *storm) replay(records []Record) string {
	o, _ := object.New(s.config.Object)
	left := slices.Clone(records)
	slices.SortFunc(left, func(a, b Record) int { return causally(&entry{Record: &a}, &entry{Record: &b}) })
	executed := map[CID]bool{}
	for len(left) > 0 {
		var free []int
		for i, r := range left {
			if !slices.ContainsFunc(left, func(q Record) bool { return q.ID() != r.ID() && s.precedes(q, r) }) {
				free = append(free, i)
			}
		}
		i := prng.Pick(s.rand, free)
		if !executed[left[i].CID] && !left[i].isNoOp() {
			executed[left[i].CID] = true
			o.Apply(left[i].Op)
		}
		left = slices.Delete(left, i, i+1)
	}
	return string(o.Snapshot())
}

func stormConfig(i int) systems.Config {
	c := configured([]string{"set", "counter"}[i%2], 3+i%3/2, 4)
	c.Options[optionFrontEnds] = []string{frontEndsPinned, frontEndsRoaming}[i/2%2]
	c.Options[optionCopies] = []string{"1", "2"}[i/4%2]
	return c
}

func TestStorms(t *testing.T) {
	marks := map[string]bool{}
	for seed := range 120 {
		s := newStorm(stormConfig(seed), uint64(seed))
		if wrong := s.blow(); wrong != "" {
			t.Fatalf("seed %d, %v: %s", seed, s.config.Options, wrong)
		}
		for _, mark := range notedMarks(s.facts) {
			marks[mark] = true
		}
	}
	for _, mark := range System().Marks {
		if !marks[mark] && mark != markSnapshot && slices.Contains(causalMarks(), mark) {
			t.Errorf("no storm noted %s", mark)
		}
	}
}

func notedMarks(facts []protocol.Noted) []string {
	var names []string
	for _, noted := range facts {
		if mark, isMark := noted.Fact.(protocol.Mark); isMark {
			names = append(names, mark.Name)
		}
	}
	return names
}

// TestStormsFindMutants shows that what a storm looks at can fail: each mutant of a replica is found by some storm.
func TestStormsFindMutants(t *testing.T) {
	for _, m := range System().Mutants {
		switch m.Name {
		case mutantForgetsRead, mutantBareSideChannel, mutantFailOnTimeout, mutantLateReply:
			continue // of the front end: what a client is told is not what a storm looks at
		case mutantLeavesOpen:
			continue // it takes three primaries, of which the first comes back: its own script makes them so
		}
		t.Run(m.Name, func(t *testing.T) {
			for seed := range 1000 {
				c := stormConfig(seed)
				switch {
				case slices.Contains([]string{mutantForcedGap, mutantNoMajority}, m.Name):
					c = forcedConfig(seed)
				case m.Name == mutantAnyAge:
					c = deltaConfig(seed)
				case slices.Contains(immediateMutants(), m.Name):
					c = immediateConfig(seed)
				}
				c.Mutant = m.Name
				if wrong := newStorm(c, uint64(seed)).blow(); wrong != "" {
					t.Logf("seed %d: %s", seed, wrong)
					return
				}
			}
			t.Error("1000 storms found nothing")
		})
	}
}
