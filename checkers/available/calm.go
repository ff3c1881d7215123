package available

import (
	"encoding/json"
	"fmt"
	"time"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness/history"
)

// Bound is how long after all is healed an operation must have ended ok, if clients ask for any; checkers.Input.Slack comes
// on top.
const Bound = 2 * time.Second

// askedWithin is how soon after all is healed an operation must be asked for to say anything of that: later ones may be
// open for a good reason when the time is over. Those that are still open when all is healed count.
const askedWithin = time.Second

// calm is a stretch of a run in which no fault is in force.
type calm struct {
	healed time.Duration
	asked  int // position in Operations of the first that was open then or asked for soon after; -1: none
	served bool
}

// watch goes through the events of a run and looks at each stretch of calm that comes after a fault.
type watch struct {
	h     *history.History
	bound time.Duration
	of    map[int]int // by process: the operation that it is at
	ended []bool      // by operation
	first int         // the operations before this one have ended
	begun int         // so many have begun
	force int         // faults in force
	now   *calm       // nil: some are, or none was
	calms int
	late  *checkers.Witness // of the first stretch in which nothing was answered in time
}

// firstAnswers returns how many stretches of calm were looked at, and a witness of the first in which no operation ended
// ok in time though some were asked for.
func firstAnswers(h *history.History, bound time.Duration) (calms int, late *checkers.Witness) {
	w := &watch{h: h, bound: bound, of: map[int]int{}, ended: make([]bool, len(h.Operations))}
	for _, e := range h.Events() {
		w.see(&e)
		if w.late != nil {
			break
		}
	}
	if w.late == nil && h.Len() > 0 {
		w.end(h.Event(h.Len() - 1).Time)
	}
	return w.calms, w.late
}

func (w *watch) see(e *history.Event) {
	if e.Process == history.Nemesis {
		w.nemesis(e)
		return
	}
	if c := w.now; c != nil && !c.served && e.Time-c.healed > w.bound {
		w.end(e.Time)
	}
	if e.Type == history.Invoke {
		op := w.begun
		w.begun++
		w.of[e.Process] = op
		if c := w.now; c != nil && c.asked < 0 && e.Time-c.healed <= askedWithin {
			c.asked = op
		}
		return
	}
	w.ended[w.of[e.Process]] = true
	delete(w.of, e.Process)
	if e.Type == history.OK && w.now != nil {
		w.now.served = true
	}
}

// nemesis looks at what begins and ends: faults, and the phases of the run.
func (w *watch) nemesis(e *history.Event) {
	if e.F == "phase" {
		if phase, _ := json.Marshal(history.Final); string(e.Detail) == string(phase) {
			w.end(e.Time)
		}
		return
	}
	var detail struct {
		State string `json:"state"`
	}
	if json.Unmarshal(e.Detail, &detail) != nil {
		return // it is no fault of a run of sunder's
	}
	switch detail.State {
	case "begun":
		w.force++
		w.end(e.Time)
	case "ended":
		if w.force--; w.force == 0 {
			w.now = &calm{healed: e.Time, asked: w.oldest()}
		}
	}
}

// oldest returns the open operation that was asked for first, -1 if none is open.
func (w *watch) oldest() int {
	for ; w.first < w.begun; w.first++ {
		if !w.ended[w.first] {
			return w.first
		}
	}
	return -1
}

// end ends a stretch of calm: it was long enough to say something, or it was not.
func (w *watch) end(at time.Duration) {
	c := w.now
	w.now = nil
	if c == nil || c.asked < 0 || !c.served && at-c.healed <= w.bound {
		return
	}
	w.calms++
	if !c.served {
		w.late = w.witness(c)
	}
}

func (w *watch) witness(c *calm) *checkers.Witness {
	return &checkers.Witness{
		Anomaly: guarantee.Late, Operations: []int{c.asked},
		Sentence: fmt.Sprintf("no operation ended ok within %v after all was healed at %v, though %s by %s was asked for at %v",
			w.bound, c.healed, checkers.Short(&w.h.Operations[c.asked]), checkers.Actor(&w.h.Operations[c.asked]), w.h.Operations[c.asked].CallTime),
	}
}
