package systemtest

import (
	"fmt"
	"slices"
	"time"

	"sunder/checkers"
	"sunder/harness"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/harness/workload"
)

// faultFreeSeed is the seed of the runs in which nothing is done to the system.
const faultFreeSeed = 1

// faultFree sees that every operation ends ok where nothing is done to the system, and that all promises hold there.
func (s *suite) faultFree(r reporter) {
	for _, b := range s.subjects() {
		r.Run(b.name(), func(r reporter) {
			r.Parallel()
			s.allEndWell(r, s.draw(b))
		})
		told, heard := slices.Contains(b.service.Operations, workload.Tell), slices.Contains(b.service.Operations, workload.Hear)
		if told && heard {
			r.Run(b.name()+"/told", func(r reporter) {
				r.Parallel()
				s.allEndWell(r, s.telling(b))
			})
		}
	}
}

func (s *suite) allEndWell(r reporter, sc *scenario.Scenario) {
	result := s.run(sc, faultFreeSeed)
	if why := unkept(sc, result); why != "" {
		r.Errorf("though nothing was done to the system %s\n%s", why, replay(sc, faultFreeSeed))
		return
	}
	if result.Status != harness.Pass {
		r.Errorf("%s though nothing was done to the system: %s\n%s", result.Status, result.Reason, replay(sc, faultFreeSeed))
		return
	}
	for i := range result.History.Operations {
		op := &result.History.Operations[i]
		if op.Outcome != protocol.OK && !op.Refused() {
			r.Errorf("an operation did not end ok though nothing was done to the system: %s\n%s", checkers.Describe(op), replay(sc, faultFreeSeed))
			return
		}
	}
	if why := phasesMissing(&result); why != "" {
		r.Errorf("%s\n%s", why, replay(sc, faultFreeSeed))
	}
}

// phasesMissing tells of which operations the system does not say that they were asked for and answered, "" if it says it of
// all, or of none. What clients tell one another goes through no phases.
func phasesMissing(result *harness.Result) string {
	operations := 0
	for i := range result.History.Operations {
		if !workload.Aside(result.History.Operations[i].F) {
			operations++
		}
	}
	for _, name := range []protocol.PhaseName{protocol.RequestPhase, protocol.ResponsePhase} {
		i := slices.IndexFunc(result.Phases, func(p harness.PhaseTimes) bool { return p.Phase == name })
		switch {
		case len(result.Phases) == 0:
			return ""
		case i < 0:
			return fmt.Sprintf("no operation was ever noted in phase %s", name)
		case result.Phases[i].Count != operations:
			return fmt.Sprintf("%d operations were noted in phase %s and went on, of %d that ended", result.Phases[i].Count, name, operations)
		}
	}
	return ""
}

// telling is a scenario in which each client tells the next one something, with an update before it and a read after.
func (s *suite) telling(b subject) *scenario.Scenario {
	sc := s.draw(b)
	clients := sc.Spec(faultFreeSeed).Config.Clients
	at := 10 * time.Millisecond
	step := func(client protocol.NodeID, op protocol.Op) {
		sc.Workload.Script = append(sc.Workload.Script, workload.Step{
			At: at, Client: client, Op: op, Gives: workload.Answer{Outcome: protocol.OK},
		})
		at += 200 * time.Millisecond
	}
	update := workload.New(updatesOf(sc.Workload), clients, prng.New(faultFreeSeed))
	for i, from := range clients {
		to := clients[(i+1)%len(clients)]
		op := update.Next(from)
		step(from, op)
		step(from, protocol.Op{F: workload.Tell, Value: protocol.List(protocol.String(string(to)), protocol.Int(int64(i)))})
		step(to, protocol.Op{F: workload.Hear})
		step(to, protocol.Op{F: "read", Key: op.Key})
	}
	sc.Workload.Keys, sc.Workload.Rate, sc.Workload.Mix = 1, 0, nil
	sc.Duration = max(sc.Duration, at)
	return sc
}

// updatesOf is the workload with only the object's foremost update in it.
func updatesOf(w workload.Spec) workload.Spec {
	object, _ := workload.Lookup(w.Object)
	best := ""
	for _, op := range object.Operations {
		if !op.ReadOnly && w.Mix[op.F] > w.Mix[best] {
			best = op.F
		}
	}
	if best == "" {
		panic(fmt.Sprintf("systemtest: no update of a %s is served: %v", w.Object, w.Mix))
	}
	w.Mix = map[string]int{best: 1}
	return w
}
