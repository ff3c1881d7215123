package etcd

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// deed is a request in terms of a register, or of all registers.
type deed struct {
	f, key string
	input  protocol.Value
	output protocol.Value // of a read, and of a transaction
	known  bool           // its client saw the answer
}

// written names what was put under a key in a revision.
type written struct {
	key      string
	revision int64
}

// translation makes deeds of requests.
type translation struct {
	values map[written]protocol.Value
	keys   []string // all there are, sorted, if some request is on several
}

// deedOf returns what a request did, or false if it says nothing of any register.
func (t *translation) deedOf(r *record) (deed, bool, error) {
	switch r.Input.Type {
	case "range":
		return t.rangeRead(r)
	case "txn":
		return t.transaction(r)
	case "defragment", "compact", "leaseGrant", "leaseRevoke":
		return deed{}, false, nil
	}
	return deed{}, false, flaw(r.line, "requests are range, txn, leaseGrant, leaseRevoke, defragment and compact", "there is no request %q", r.Input.Type)
}

// answered tells whether the client saw the answer.
func (r *record) answered() bool { return r.Output.Error == "" && r.Output.ClientError == "" }

func (t *translation) rangeRead(r *record) (deed, bool, error) {
	in := r.Input.Range
	switch {
	case in == nil:
		return deed{}, false, flaw(r.line, "", "a range without a Range")
	case in.Revision != 0 || r.Output.Revision < 0 || !r.answered():
		return deed{}, false, nil
	case r.Output.Range == nil:
		return deed{}, false, nil
	}
	return read(r, in.rangeOf, r.Output.Range)
}

// read returns the read that a range over one key was. Of one that asks for keys only, what it found is not known.
func read(r *record, of rangeOf, found *pairs) (deed, bool, error) {
	key := of.Start
	d := deed{f: "read", key: key, known: true}
	switch {
	case len(found.KVs) > 1 || len(found.KVs) == 1 && found.KVs[0].Key != key:
		return d, false, flaw(r.line, "", "a range over %q found other keys", key)
	case len(found.KVs) == 1 && of.KeysOnly:
		return d, false, nil
	case len(found.KVs) == 1:
		d.output = found.KVs[0].Value.value()
	}
	return d, true, nil
}

// value is a text; one of which only the hash is known is named by that.
func (v text) value() protocol.Value {
	if v.Hash != 0 {
		return protocol.String(fmt.Sprintf("fnv32a:%08x", v.Hash))
	}
	return protocol.String(v.Value)
}

// update returns the key that an operation changes and what it puts there, null if it deletes.
func (o *operation) update() (key string, v protocol.Value, changes bool) {
	switch o.Type {
	case "put-operation":
		return o.Put.Key, o.Put.Value.value(), true
	case "delete-operation":
		return o.Delete.Key, protocol.Value{}, true
	}
	return o.Range.Start, v, false
}

// check finds what cannot be told of in terms of registers.
func (r *record) check() error {
	txn := r.Input.Txn
	if txn == nil {
		return flaw(r.line, "", "a txn without a Txn")
	}
	all := slices.Concat(txn.OperationsOnSuccess, txn.OperationsOnFailure)
	for i := range all {
		key, _, changes := all[i].update()
		switch {
		case !changes && all[i].Type != "range-operation":
			return flaw(r.line, "operations are range-operation, put-operation and delete-operation", "there is no operation %q", all[i].Type)
		case all[i].Put.LeaseID != 0:
			return flaw(r.line, "a key with a lease may go away by itself, which registers do not", "a put under %q has lease %d", key, all[i].Put.LeaseID)
		}
	}
	return nil
}

// branch returns the operation of a branch of a transaction, which may be none.
func branch(of []operation) *operation {
	if len(of) == 0 {
		return &operation{}
	}
	return &of[0]
}

func (t *translation) transaction(r *record) (deed, bool, error) {
	if err := r.check(); err != nil {
		return deed{}, false, err
	}
	txn := r.Input.Txn
	then, otherwise := branch(txn.OperationsOnSuccess), branch(txn.OperationsOnFailure)
	key, v, changes := then.update()
	known := r.answered() && r.Output.Txn != nil
	switch {
	case known && r.Output.Txn.Failure:
		if otherwise.Type != "range-operation" {
			return deed{}, false, nil
		}
		return result(r, otherwise.Range)
	case !changes && (!known || then.Type == ""):
		return deed{}, false, nil
	case !changes:
		return result(r, then.Range)
	}
	d := deed{f: "write", key: key, input: v, known: known}
	if old, found := t.expected(txn.Conditions); found {
		d.f, d.input = "cas", protocol.List(old, v)
	}
	return d, true, nil
}

// expected returns the value that a key must have for a condition to hold, and whether it is known.
func (t *translation) expected(all []condition) (protocol.Value, bool) {
	if len(all) != 1 {
		return protocol.Value{}, false
	}
	return t.met(all[0])
}

// met returns the value that a key must have for one condition to hold, and whether it is known.
func (t *translation) met(c condition) (protocol.Value, bool) {
	switch {
	case c.ExpectedVersion != 0:
		return protocol.Value{}, false
	case c.ExpectedRevision == 0:
		return protocol.Value{}, true
	}
	v, found := t.values[written{c.Key, c.ExpectedRevision}]
	return v, found
}

// result returns the read that a transaction was.
func result(r *record, of rangeOf) (deed, bool, error) {
	if len(r.Output.Txn.Results) != 1 {
		return deed{}, false, flaw(r.line, "", "a transaction of one operation with %d results", len(r.Output.Txn.Results))
	}
	return read(r, of, &r.Output.Txn.Results[0])
}

// learn notes the values of revisions. One that two requests claim to have made is not known.
func (t *translation) learn(all []record) {
	t.values = map[written]protocol.Value{}
	twice := map[written]bool{}
	for i := range all {
		r := &all[i]
		if r.Input.Type != "txn" || r.Input.Txn == nil || !r.answered() || r.Output.Txn == nil {
			continue
		}
		done := r.done()
		for k := range done {
			if key, v, changes := done[k].update(); changes {
				at := written{key, r.Output.Revision}
				_, known := t.values[at]
				t.values[at], twice[at] = v, known || twice[at]
			}
		}
	}
	for at, again := range twice {
		if again {
			delete(t.values, at)
		}
	}
}

// moment is the beginning or the end of a deed.
type moment struct {
	at    int64
	ends  bool
	which int
}

// assemble makes a history of requests.
func assemble(all []record) (*history.History, error) {
	var t translation
	t.learn(all)
	deedOf := t.deedOf
	if slices.ContainsFunc(all, func(r record) bool { return r.several() }) {
		t.listKeys(all)
		deedOf = t.deedOfAll
	}
	slices.SortStableFunc(all, func(a, b record) int { return cmp.Compare(a.Call, b.Call) })
	var deeds []deed
	var moments []moment
	var of []*record
	for i := range all {
		d, says, err := deedOf(&all[i])
		if err != nil {
			return nil, err
		}
		if !says {
			continue
		}
		if d.known && all[i].Return < all[i].Call {
			return nil, flaw(all[i].line, "", "it returned at %d, before it was called at %d", all[i].Return, all[i].Call)
		}
		k := len(deeds)
		deeds, of = append(deeds, d), append(of, &all[i])
		moments = append(moments, moment{all[i].Call, false, k})
		if d.known {
			moments = append(moments, moment{all[i].Return, true, k})
		}
	}
	slices.SortStableFunc(moments, func(a, b moment) int {
		if a.at != b.at {
			return cmp.Compare(a.at, b.at)
		}
		return cmp.Compare(rank(a), rank(b))
	})
	return events(deeds, moments, of)
}

// rank puts beginnings ahead of ends at one time: what touches is concurrent.
func rank(m moment) int {
	if m.ends {
		return 1
	}
	return 0
}

// events writes the events of deeds. A client whose process has not ended is another process from then on.
func events(deeds []deed, moments []moment, of []*record) (*history.History, error) {
	var c history.Collector
	free := 0 // the first number that no process has
	for _, r := range of {
		free = max(free, r.ClientID+1)
	}
	process := map[int]int{} // of each client
	busy := map[int]bool{}   // by process
	runs := make([]int, len(deeds))
	for _, m := range moments {
		d, r := &deeds[m.which], of[m.which]
		e := history.Event{Time: time.Duration(m.at - moments[0].at), F: d.f, Key: d.key, Value: d.input}
		if m.ends {
			e.Process, e.Type = runs[m.which], history.OK
			if d.f == "read" || d.f == "txn" {
				e.Value = d.output
			}
			busy[e.Process] = false
		} else {
			p, known := process[r.ClientID]
			if !known {
				p = r.ClientID
			}
			if busy[p] {
				p, free = free, free+1
			}
			process[r.ClientID], busy[p], runs[m.which] = p, true, p
			e.Process, e.Type = p, history.Invoke
		}
		if err := c.Add(e, r.line); err != nil {
			return nil, err
		}
	}
	if len(deeds) == 0 {
		return nil, flaw(0, "", "no operation in it that is on a key")
	}
	return c.Finish(), nil
}
