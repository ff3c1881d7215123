package gossip

import (
	"encoding/json"
	"fmt"
	"time"

	"sunder/harness/protocol"
)

// change is what one event did to the state on disk: one record of the log, so that a crash leaves a state between two
// events.
type change struct {
	Accepted *Record
	Heard    *heard
	Promised *Ballot
	Prepared []Prepared
	Stopped  *Attempt
	Ended    *Attempt
	Forced   []*Record  // logged, behind what was heard
	Applied  []RecordID // in this order

	Forgotten []CID         // executed updates that are forgotten, each with all before it; before anything is applied
	Horizon   time.Duration // what the clock will not be behind after a restart, 0 if that is as it was
}

func (c *change) empty() bool {
	return c.Accepted == nil && c.Heard == nil && len(c.Applied) == 0 && !c.orders() && !c.forgets()
}

// forgets tells whether the change is of what replicas need in order to forget.
func (c *change) forgets() bool { return len(c.Forgotten) > 0 || c.Horizon != 0 }

// orders tells whether the change is of what only forced updates need.
func (c *change) orders() bool {
	return c.Promised != nil || len(c.Prepared) > 0 || len(c.Forced) > 0 || c.Stopped != nil || c.Ended != nil
}

// snapshotEvery is how many changes a log on disk holds before a snapshot takes their place.
const snapshotEvery = 256

// store writes a change to disk. All that is sent or noted after it waits for the disk.
func (r *Replica) store(env *protocol.Env, c change) {
	if c.empty() {
		return
	}
	r.stored++
	if r.stored >= snapshotEvery {
		r.stored = 0
		env.Snapshot(encode(r.snapshot()))
		env.Mark(markSnapshot)
	} else {
		env.Append(c.encode())
	}
	if r.mutant == mutantNoSync && c.Accepted != nil {
		return
	}
	env.Sync()
}

// snapshot is the whole state on disk.
type snapshot struct {
	Value    json.RawMessage `json:"value"`
	ValueTS  Timestamp       `json:"value_ts"`
	Table    []Timestamp     `json:"table"`
	Log      []LogEntry      `json:"log"`
	Executed []executedRow   `json:"executed"`
	Promised *Ballot         `json:"promised,omitempty"`
	Prepared []Prepared      `json:"prepared,omitempty"`
	Stop     *stopState      `json:"stop,omitempty"`
	Horizon  time.Duration   `json:"horizon,omitempty"`
}

func (r *Replica) snapshot() snapshot {
	s := snapshot{
		Value: r.value.Snapshot(), ValueTS: r.valueTS, Table: r.table, Log: r.log.list(), Executed: r.executed.rows(),
	}
	if o := r.ordering; o != nil {
		s.Promised, s.Prepared, s.Stop = &o.promised, o.preparedList(), &o.stopState
	}
	if r.forgetting != nil {
		s.Horizon = r.forgetting.horizon
	}
	return s
}

// recover makes the state what the disk tells. Records are applied in the order in which they were applied before: in
// another order, concurrent updates of a register would give a client 2, 1, 2.
func (r *Replica) recover(saved protocol.Saved) {
	if saved.Snapshot != nil {
		r.restore(decode[snapshot](saved.Snapshot))
	}
	for _, data := range saved.Log {
		r.replay(decodeChange(data))
	}
	r.log.discard(r.done)
	r.stored = len(saved.Log)
}

func (r *Replica) restore(s snapshot) {
	if err := r.value.Restore(s.Value); err != nil {
		panic(fmt.Sprintf("gossip: the disk kept a value that was never written: %v", err))
	}
	r.valueTS, r.table, r.executed = s.ValueTS, s.Table, executedFrom(s.Executed)
	for _, e := range s.Log {
		r.log.add(&e.Record, e.Applied)
	}
	r.replayForgetting(change{Horizon: s.Horizon})
	if s.Promised != nil {
		r.replayOrdering(change{Promised: s.Promised, Prepared: s.Prepared})
		r.ordering.stopState = *s.Stop
	}
}

func (r *Replica) replay(c change) {
	if c.Accepted != nil {
		r.accept(c.Accepted)
	}
	if c.Heard != nil {
		r.absorb(*c.Heard)
	}
	r.replayOrdering(c)
	r.replayForgetting(c)
	for _, id := range c.Applied {
		r.execute(r.log.takeWaiting(r.log.waitingAt(id)))
	}
}

// replayOrdering does what a change says of forced updates.
func (r *Replica) replayOrdering(c change) {
	if c.Promised != nil {
		r.ordering.promised = *c.Promised
	}
	for _, p := range c.Prepared {
		r.ordering.prepared[p.Record.ID().Number] = p
	}
	for _, record := range c.Forced {
		r.logForced(record)
	}
	if c.Stopped != nil {
		r.ordering.Stopped = *c.Stopped
	}
	if c.Ended != nil {
		r.ordering.Ended = *c.Ended
	}
}

// replayForgetting does what a change says of what is forgotten.
func (r *Replica) replayForgetting(c change) {
	for _, through := range c.Forgotten {
		r.executed.forget(through)
	}
	if c.Horizon != 0 {
		r.forgetting.clock, r.forgetting.horizon = c.Horizon, c.Horizon
	}
}

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("gossip: a state that is not JSON: %+v: %v", v, err))
	}
	return data
}

// decode reads what encode wrote: damaged records were cut off by whoever runs the replica.
func decode[T any](data []byte) T {
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		panic(fmt.Sprintf("gossip: the disk kept what was never written: %v: %.200q", err, data))
	}
	return v
}
