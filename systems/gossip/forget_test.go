package gossip

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sunder/harness/protocol"
	"sunder/systems"
)

// deltaConfig is the configuration of a storm in which replicas forget executed updates.
func deltaConfig(i int) systems.Config {
	c := stormConfig(i)
	c.Options[optionExec] = deltaTable
	c.Options[optionDelta] = []string{"50ms", "200ms"}[i/8%2]
	return c
}

// drift lets the clocks of a storm run, each at its own rate, and jump now and then, where anybody looks at them.
func (s *storm) drift() {
	if s.config.Options[optionExec] == exactTable {
		return
	}
	for _, id := range slices.Concat(s.config.Replicas, s.config.Clients) {
		s.clocks[id] += s.drifts.Between(0, 10*time.Millisecond)
		if s.drifts.IntN(300) == 0 {
			s.clocks[id] += s.drifts.Between(0, time.Second) - 500*time.Millisecond
		}
	}
}

// setClocks makes all clocks right again, and later than any has ever been.
func (s *storm) setClocks() {
	for _, id := range slices.Concat(s.config.Replicas, s.config.Clients) {
		s.clocks[id] = time.Hour
	}
}

// TestDeltaStorms blows storms in which clocks are wrong and jump. However wrong they are, nothing takes effect twice.
func TestDeltaStorms(t *testing.T) {
	marks := map[string]bool{}
	for seed := range 400 {
		s := newStorm(deltaConfig(seed), uint64(seed))
		if wrong := s.blow(); wrong != "" {
			t.Fatalf("seed %d, %v: %s", seed, s.config.Options, wrong)
		}
		for _, mark := range notedMarks(s.facts) {
			marks[mark] = true
		}
	}
	for _, mark := range append(forgettingMarks(), markExecutedHit, markRecovered) {
		if !marks[mark] {
			t.Errorf("no storm noted %s", mark)
		}
	}
}

// TestForgettingByTheOwnClockIsNotSafe shows that the storms above can fail: a replica that trusts its own clock forgets too
// early in some.
func TestForgettingByTheOwnClockIsNotSafe(t *testing.T) {
	for seed := range 400 {
		c := deltaConfig(seed)
		c.Options[optionExec] = tableByClock
		if wrong := newStorm(c, uint64(seed)).blow(); wrong != "" {
			t.Logf("seed %d: %s", seed, wrong)
			return
		}
	}
	t.Error("400 storms found nothing")
}

// TestNothingIsKeptInTheEnd lets many updates end and all clocks pass delta: the executed table is empty again.
func TestNothingIsKeptInTheEnd(t *testing.T) {
	s := newStorm(deltaConfig(0), 1)
	if wrong := s.blow(); wrong != "" {
		t.Fatal(wrong)
	}
	for _, id := range s.config.Clients {
		s.request(id, protocol.Op{F: "add", Key: "k", Value: protocol.Int(1000)}) // what it acknowledges reaches all
	}
	for range 2 {
		if wrong := s.calm(); wrong != "" {
			t.Fatal(wrong)
		}
		for id := range s.clocks {
			s.clocks[id] += time.Second
		}
		for _, id := range s.config.Replicas {
			s.fire(id, timerGossip)
		}
		for len(s.network) > 0 {
			s.deliver(0, false)
		}
	}
	for _, id := range s.config.Replicas {
		if rows := s.replica(id).executed.rows(); len(rows) > 0 {
			t.Errorf("%s remembers %s", id, fmt.Sprint(rows))
		}
	}
}
