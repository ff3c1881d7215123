package systemtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"sunder/harness"
	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/harness/sim"
	"sunder/nemesis"
)

// restartSeeds is from how many seeds replicas are restarted.
const restartSeeds = 3

// busyRate is a rate of operations that fills logs, so that they are cut and snapshots taken.
const busyRate = 400

// bootTime is when every replica has been started and no operation has begun.
const bootTime = time.Nanosecond

// restTime is when a replica has come to rest, long after the last fault and the last operation.
const restTime = chaosTime + recoveryTime - time.Second

// restart sees that a replica at rest that is stopped and started again is what it was: all of its state is on disk. The
// network is cut before, so that it learns nothing from others. Operations must have left a trace, unless the system says that
// its disks keep nothing of them. What comes before the rest are many operations without
// faults, or some under all faults that the system survives, but for leaving: who has left is not started again.
func (s *suite) restart(r reporter) {
	for _, b := range s.subjects() {
		for seed := uint64(1); seed <= restartSeeds; seed++ {
			sc := s.draw(b, slices.DeleteFunc(s.system.Survived(), nemesis.Kind.ForGood)...)
			if seed == 1 {
				sc = s.draw(b)
				sc.Workload.Rate = busyRate
			}
			r.Run(fmt.Sprintf("%s/seed=%d", b.name(), seed), func(r reporter) {
				r.Parallel()
				s.restartEach(r, sc, seed)
			})
		}
	}
}

func (s *suite) restartEach(r reporter, sc *scenario.Scenario, seed uint64) {
	replicas := sc.Spec(seed).Config.Replicas
	var first, before, after []string
	s.stopAt(r, sc, seed, bootTime, func(c cluster.Cluster) (err error) {
		first, err = states(c, replicas)
		return err
	})
	s.stopAt(r, sc, seed, restTime, func(c cluster.Cluster) (err error) {
		if before, err = states(c, replicas); err != nil {
			return err
		}
		if err = restartAll(c, replicas); err != nil {
			return err
		}
		after, err = states(c, replicas)
		return err
	})
	if before != nil && slices.Equal(before, first) && !s.system.IsForgetful(sc.Options) {
		r.Errorf("the operations left no trace in the state of any replica: %v\n%s", before, replay(sc, seed))
	}
	for i := range min(len(before), len(after)) {
		if before[i] != after[i] {
			r.Errorf("%s is not what it was when it is started again:\n%s\n%s", replicas[i], difference(before[i], after[i]),
				replay(sc, seed, "--until", restTime.String(), "--inspect", string(replicas[i])))
		}
	}
}

// stopAt makes a run up to a time and looks at the cluster there.
func (s *suite) stopAt(r reporter, sc *scenario.Scenario, seed uint64, at time.Duration, look func(cluster.Cluster) error) {
	looked := false
	result := s.runOn(sim.New(sim.Options{}), sc, seed, harness.Options{Stop: at, AtStop: func(c cluster.Cluster) error {
		looked = true
		return look(c)
	}})
	switch why := broken(result); {
	case why != "":
		r.Errorf("%s\n%s", why, replay(sc, seed))
	case !looked:
		r.Errorf("the run ended at %v, before it could be looked at\n%s", result.Simulated, replay(sc, seed))
	}
}

// states returns what each replica shows of itself, as JSON.
func states(c cluster.Cluster, replicas []protocol.NodeID) ([]string, error) {
	out := make([]string, len(replicas))
	for i, id := range replicas {
		state, err := c.State(id)
		if err != nil {
			return nil, err
		}
		if state == nil {
			return nil, fmt.Errorf("%s shows nothing of its state: it is no protocol.Inspector", id)
		}
		data, err := json.Marshal(state)
		if err != nil {
			return nil, fmt.Errorf("the state of %s is not JSON: %w", id, err)
		}
		out[i] = string(data)
	}
	return out, nil
}

// faultsBefore is more than the faults that a run has had before its replicas are restarted; faults are numbered.
const faultsBefore = 1000

// restartAll cuts every link for good, and then stops and starts each replica. All of it takes no time.
func restartAll(c cluster.Cluster, replicas []protocol.NodeID) error {
	c.Begin(faultsBefore, nemesis.Fault{Kind: nemesis.Partition, Links: nemesis.Links{{From: nemesis.Anybody, To: nemesis.Anybody}}})
	for i, id := range replicas {
		c.Begin(faultsBefore+1+i, nemesis.Fault{Kind: nemesis.Crash, Target: nemesis.Target{Nodes: []protocol.NodeID{id}}, Lose: nemesis.LoseNothing})
		c.End(faultsBefore + 1 + i)
	}
	restarted := 0
	for {
		notice, err := c.Await(context.Background(), c.Now())
		if err != nil {
			return err
		}
		switch n := notice.(type) {
		case cluster.FaultEnded:
			restarted += int(n.Evidence["restarted"])
		case cluster.Reached:
			if restarted != len(replicas) {
				return errors.New("not every replica was restarted")
			}
			return nil
		}
	}
}

// difference shows two texts from a little before the place where they part.
func difference(a, b string) string {
	const around, shown = 60, 400
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	cut := func(text string) string {
		start := max(at-around, 0)
		return text[start:min(start+shown, len(text))]
	}
	return fmt.Sprintf("  before: ... %s\n  after:  ... %s", cut(a), cut(b))
}
