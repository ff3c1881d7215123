package harness

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/scenario"
	"sunder/nemesis"
)

// FaultReport is what became of one fault of the schedule.
type FaultReport struct {
	Planned  nemesis.Action   // as scheduled
	Resolved nemesis.Fault    // with names in place of words; the zero Fault if it could not begin
	Begun    time.Duration    // -1: never
	Ended    time.Duration    // -1: never
	Evidence nemesis.Evidence // what it did; `operations` counts those invoked meanwhile
	Bites    bool             // the evidence proves that it took effect
	Missing  string           // what the proof lacks
	Struck   map[string]int   // operations under way when it began, by the phase of Fig 14.1 in which each was
}

// faultState is a fault on its way.
type faultState struct {
	report  FaultReport
	asked   bool // the backend was asked to begin it
	ending  bool // and to end it
	invoked int64
}

// faults are the faults of a run.
type faults struct {
	schedule nemesis.Schedule
	mixes    []nemesis.Random // what was drawn for the recipes that are a swarm
	states   []faultState
	open     int   // asked to begin and not yet ended
	waiting  []int // to begin, until others of their kind have ended
	over     bool  // nothing begins any more
	rand     *prng.Rand
	minima   map[nemesis.Kind]nemesis.Evidence
}

func newFaults(s *scenario.Scenario, spec cluster.Spec, rand *prng.Rand) faults {
	f := faults{rand: rand.Split("targets"), minima: s.Evidence}
	f.schedule, f.mixes = nemesis.Expand(s.Nemesis, nemesis.Scene{
		Replicas: spec.Config.Replicas, Clients: spec.Config.Clients, Beside: spec.Config.Beside,
	}, rand.Split("schedule"))
	f.states = make([]faultState, len(f.schedule))
	for i, action := range f.schedule {
		f.states[i].report = FaultReport{Planned: action, Begun: -1, Ended: -1, Evidence: nemesis.Evidence{}}
	}
	return f
}

// invoked counts an operation for every fault in force.
func (f *faults) invoked() {
	if f.open == 0 {
		return
	}
	for i := range f.states {
		if s := &f.states[i]; s.report.Begun >= 0 && s.report.Ended < 0 {
			s.invoked++
		}
	}
}

// busy returns the nodes that are under a fault of the kind. One on links makes room for the next as soon as it is to end,
// even where messages that it let off the order are still on their way.
func (f *faults) busy(k nemesis.Kind) map[protocol.NodeID]bool {
	nodes := map[protocol.NodeID]bool{}
	if k.ForGood() {
		return nodes // who is in the cluster decides
	}
	info, _ := nemesis.Lookup(k)
	for i := range f.states {
		s := &f.states[i]
		if s.asked && s.report.Ended < 0 && !(s.ending && info.Scope == nemesis.OnLinks) && s.report.Planned.Kind == k {
			for _, n := range s.report.Resolved.Target.Nodes {
				nodes[n] = true
			}
		}
	}
	return nodes
}

// makesRoom tells whether a fault of the kind is about to end. Where real processes are started again that takes a while,
// and the next fault may need the nodes that this one had.
func (f *faults) makesRoom(k nemesis.Kind) bool {
	for i := range f.states {
		if s := &f.states[i]; s.ending && s.report.Ended < 0 && s.report.Planned.Kind == k {
			return true
		}
	}
	return false
}

// beginFault finds out whom the fault is for and starts it. A fault that can be done to nobody is left out, and its
// report says why: it has no evidence then, and cannot count. If another of its kind is about to end, it waits for that.
func (r *runner) beginFault(i int) error {
	s := &r.faults.states[i]
	planned := s.report.Planned
	if r.faults.over {
		return nil // what it waited for came too late
	}
	resolved, err := nemesis.Resolve(planned.Fault, nemesis.Scene{
		Replicas: r.members,
		Absent:   r.absent(),
		Clients:  r.spec.Config.Clients,
		Beside:   r.spec.Config.Beside,
		Primary:  r.primary,
		Lasts:    planned.For,
		Busy:     r.faults.busy(planned.Kind),
	}, r.faults.rand.Split(fmt.Sprint(i)))
	if err != nil {
		s.report.Missing = "it could not begin: " + err.Error()
		if r.faults.makesRoom(planned.Kind) {
			r.faults.waiting = append(r.faults.waiting, i)
		}
		return nil
	}
	s.report.Missing = ""
	s.report.Resolved = resolved
	s.asked = true
	r.move(resolved)
	r.faults.open++
	r.cluster.Begin(i, resolved)
	if planned.For > 0 {
		r.agenda.add(entry{at: r.pace.now(r.cluster.Now()) + planned.For, chore: endFault, index: i})
	}
	return nil
}

// absent returns the replicas that are not in the cluster, in the order of the configuration.
func (r *runner) absent() []protocol.NodeID {
	return slices.DeleteFunc(r.spec.Config.Everyone(), func(id protocol.NodeID) bool { return slices.Contains(r.members, id) })
}

// move keeps account of who is in the cluster when some are asked to leave it or to join it.
func (r *runner) move(f nemesis.Fault) {
	named := func(id protocol.NodeID) bool { return slices.Contains(f.Target.Nodes, id) }
	switch f.Kind {
	case nemesis.Leave:
		r.members = slices.DeleteFunc(r.members, named)
	case nemesis.Join:
		joined := slices.Concat(r.members, f.Target.Nodes)
		r.members = slices.DeleteFunc(r.spec.Config.Everyone(), func(id protocol.NodeID) bool { return !slices.Contains(joined, id) })
	}
}

// endFault starts to undo a fault that is in force; else it does nothing.
func (r *runner) endFault(i int) {
	s := &r.faults.states[i]
	if s.asked && !s.ending {
		s.ending = true
		r.cluster.End(i)
	}
}

func (r *runner) faultBegun(n cluster.FaultBegun) error {
	s := &r.faults.states[n.Index]
	s.report.Begun = n.Time
	return r.recordFault(n.Index, "begun", nil)
}

func (r *runner) faultEnded(n cluster.FaultEnded) error {
	s := &r.faults.states[n.Index]
	s.report.Ended = n.Time
	r.faults.open--
	for _, i := range r.faults.waiting {
		r.agenda.add(entry{at: r.pace.now(r.cluster.Now()), chore: beginFault, index: i})
	}
	r.faults.waiting = nil
	for name, count := range n.Evidence {
		s.report.Evidence[name] = count
	}
	s.report.Evidence["operations"] = s.invoked
	return r.recordFault(n.Index, "ended", s.report.Evidence)
}

// faultDetail is what checkers may know of a fault: the value of its event in the history.
type faultDetail struct {
	ID       int                 `json:"id"` // from 1, in the order of the schedule
	State    string              `json:"state"`
	Sides    [][]protocol.NodeID `json:"sides,omitempty"`
	Fault    string              `json:"fault,omitempty"`
	Evidence nemesis.Evidence    `json:"evidence,omitempty"`
}

func (r *runner) recordFault(i int, state string, evidence nemesis.Evidence) error {
	s := &r.faults.states[i]
	detail := faultDetail{ID: i + 1, State: state, Sides: s.report.Resolved.Groups, Evidence: evidence}
	if state == "begun" {
		detail.Fault = s.report.Resolved.String()
	}
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	r.record(history.Event{Process: history.Nemesis, Type: history.Info, F: string(s.report.Planned.Kind), Detail: text})
	return nil
}

// reports judges the evidence of every fault.
func (f *faults) reports() []FaultReport {
	reports := make([]FaultReport, len(f.states))
	for i := range f.states {
		report := f.states[i].report
		if report.Missing == "" {
			switch {
			case report.Begun < 0:
				report.Missing = "it never began: the run was over before"
			case report.Ended < 0:
				report.Missing = "it never ended"
			default:
				report.Bites, report.Missing = report.Evidence.Bites(report.Planned.Fault, f.minima[report.Planned.Kind])
			}
		}
		reports[i] = report
	}
	return reports
}
