package gossip

import (
	"cmp"
	"fmt"
	"slices"
)

// entry is a record in a log, and whether it was applied here.
type entry struct {
	*Record
	applied bool
}

// causally orders records so that whatever comes before another in causal order also comes before it here: a record's
// Prev covers the TS, and so more than the Prev, of all that it depends on.
func causally(a, b *entry) int {
	return cmp.Or(
		cmp.Compare(a.Prev.sum(), b.Prev.sum()),
		cmp.Compare(a.Replica, b.Replica),
		cmp.Compare(a.TS.at(a.Replica), b.TS.at(b.Replica)),
	)
}

// updateLog is the update log of Fig 14.8: records that are not applied yet, and applied ones that some replica may
// still lack.
type updateLog struct {
	entries []*entry       // in the order of arrival
	waiting []*entry       // those not applied, causally
	byCID   map[CID]*entry // of several records of one update (it was sent to several replicas) the first to arrive
}

func newLog() updateLog { return updateLog{byCID: map[CID]*entry{}} }

// add appends a record that is not in the log.
func (l *updateLog) add(r *Record, applied bool) {
	e := &entry{Record: r, applied: applied}
	l.entries = append(l.entries, e)
	if _, known := l.byCID[r.CID]; !known && !r.isNoOp() {
		l.byCID[r.CID] = e
	}
	if !applied {
		i, _ := slices.BinarySearchFunc(l.waiting, e, causally)
		l.waiting = slices.Insert(l.waiting, i, e)
	}
}

// takeWaiting takes the entry at position i of those waiting out of them, as applied.
func (l *updateLog) takeWaiting(i int) *entry {
	e := l.waiting[i]
	e.applied = true
	l.waiting = slices.Delete(l.waiting, i, i+1)
	return e
}

// waitingAt returns the position of a record among those waiting. It panics if it is not there: a disk that tells of an
// application tells of the record first.
func (l *updateLog) waitingAt(id RecordID) int {
	i := slices.IndexFunc(l.waiting, func(e *entry) bool { return e.ID() == id })
	if i < 0 {
		panic(fmt.Sprintf("gossip: the disk tells that record %d of replica %d was applied, but not what it is", id.Number, id.Replica))
	}
	return i
}

// overtakes tells whether an earlier record of the same replica still waits.
func (l *updateLog) overtakes(e *entry) bool {
	return slices.ContainsFunc(l.waiting, func(w *entry) bool {
		return w.Replica == e.Replica && w.ID().Number < e.ID().Number
	})
}

// discard drops the entries that are to go and returns their names.
func (l *updateLog) discard(goes func(*entry) bool) []RecordID {
	var gone []RecordID
	l.entries = slices.DeleteFunc(l.entries, func(e *entry) bool {
		if !goes(e) {
			return false
		}
		gone = append(gone, e.ID())
		if l.byCID[e.CID] == e {
			delete(l.byCID, e.CID)
		}
		return true
	})
	if len(gone) > 0 {
		l.waiting = slices.DeleteFunc(l.waiting, goes)
	}
	return gone
}

// missing returns the records that a replica with the timestamp does not have, in the order of arrival.
func (l *updateLog) missing(known Timestamp) []*Record {
	lacks := func(e *entry) bool { return e.ID().Number > known.at(e.Replica) }
	count := 0
	for _, e := range l.entries {
		if lacks(e) {
			count++
		}
	}
	if count == 0 {
		return nil
	}
	records := make([]*Record, 0, count)
	for _, e := range l.entries {
		if lacks(e) {
			records = append(records, e.Record)
		}
	}
	return records
}

// list returns a copy of the log.
func (l *updateLog) list() []LogEntry {
	list := make([]LogEntry, len(l.entries))
	for i, e := range l.entries {
		list[i] = LogEntry{Record: *e.Record, Applied: e.applied}
	}
	return list
}
