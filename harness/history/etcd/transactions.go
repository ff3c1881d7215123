package etcd

import (
	"slices"

	"sunder/harness/protocol"
)

// severally tells whether a range may be over several keys.
func (o rangeOf) severally() bool { return o.End != "" }

// includes tells whether a key is in a range. One that ends with a zero byte alone has no end.
func (o rangeOf) includes(key string) bool {
	if !o.severally() {
		return key == o.Start
	}
	return key >= o.Start && (key < o.End || o.End == "\x00")
}

// several tells whether a request cannot be told of as one on a single register. What says nothing is none.
func (r *record) several() bool {
	switch in := r.Input; {
	case in.Type == "range" && in.Range != nil:
		return in.Range.severally() && in.Range.Revision == 0 && r.answered()
	case in.Type != "txn" || in.Txn == nil:
		return false
	}
	txn := r.Input.Txn
	all := slices.Concat(txn.OperationsOnSuccess, txn.OperationsOnFailure)
	if len(all) == 0 {
		return false
	}
	first, _, _ := all[0].update()
	other := func(o operation) bool {
		key, _, changes := o.update()
		return key != first || !changes && o.Range.severally()
	}
	_, _, changes := branch(txn.OperationsOnFailure).update()
	return changes || len(txn.OperationsOnSuccess) > 1 || len(txn.OperationsOnFailure) > 1 || slices.ContainsFunc(all, other) ||
		slices.ContainsFunc(txn.Conditions, func(c condition) bool { return c.Key != first })
}

// done returns the operations of the branch that a transaction took, of which the answer is known.
func (r *record) done() []operation {
	if r.Output.Txn.Failure {
		return r.Input.Txn.OperationsOnFailure
	}
	return r.Input.Txn.OperationsOnSuccess
}

// listKeys finds all keys that are named or found.
func (t *translation) listKeys(all []record) {
	add := func(found *pairs) {
		for _, kv := range found.KVs {
			t.keys = append(t.keys, kv.Key)
		}
	}
	for i := range all {
		r := &all[i]
		if r.Input.Range != nil {
			t.keys = append(t.keys, r.Input.Range.Start)
		}
		if r.Output.Range != nil {
			add(r.Output.Range)
		}
		if r.Input.Txn != nil {
			for _, o := range slices.Concat(r.Input.Txn.OperationsOnSuccess, r.Input.Txn.OperationsOnFailure) {
				key, _, _ := o.update()
				t.keys = append(t.keys, key)
			}
			for _, c := range r.Input.Txn.Conditions {
				t.keys = append(t.keys, c.Key)
			}
		}
		if r.Output.Txn != nil {
			for k := range r.Output.Txn.Results {
				add(&r.Output.Txn.Results[k])
			}
		}
	}
	slices.Sort(t.keys)
	t.keys = slices.Compact(t.keys)
}

// deedOfAll returns what a request did as a transaction, or false if it says nothing.
func (t *translation) deedOfAll(r *record) (deed, bool, error) {
	if r.Input.Type != "txn" {
		return t.rangeOfAll(r)
	}
	if err := r.check(); err != nil {
		return deed{}, false, err
	}
	if !r.answered() || r.Output.Txn == nil {
		return r.perhaps()
	}
	steps, err := t.steps(r)
	return transaction(steps), len(steps) > 0, err
}

// rangeOfAll returns the reads of a range, and what deedOf says of any other request that is no transaction.
func (t *translation) rangeOfAll(r *record) (deed, bool, error) {
	in := r.Input.Range
	if r.Input.Type != "range" || in == nil || in.Revision != 0 || r.Output.Revision < 0 || !r.answered() || r.Output.Range == nil {
		_, _, err := t.deedOf(r)
		return deed{}, false, err
	}
	steps, err := t.reads(r, in.rangeOf, r.Output.Range)
	return transaction(steps), len(steps) > 0, err
}

// steps returns what a transaction that was answered read and wrote.
func (t *translation) steps(r *record) ([]protocol.Value, error) {
	var steps []protocol.Value
	if !r.Output.Txn.Failure {
		for _, c := range r.Input.Txn.Conditions {
			if v, known := t.met(c); known {
				steps = append(steps, step("r", c.Key, v))
			}
		}
	}
	done, results := r.done(), r.Output.Txn.Results
	if len(done) != len(results) {
		return nil, flaw(r.line, "", "a transaction that did %d operations, with %d results", len(done), len(results))
	}
	for i := range done {
		key, v, changes := done[i].update()
		if changes {
			steps = append(steps, step("w", key, v))
			continue
		}
		reads, err := t.reads(r, done[i].Range, &results[i])
		if err != nil {
			return nil, err
		}
		steps = append(steps, reads...)
	}
	return steps, nil
}

// perhaps returns the writes of a transaction of unknown outcome.
func (r *record) perhaps() (deed, bool, error) {
	then, otherwise := writes(r.Input.Txn.OperationsOnSuccess), writes(r.Input.Txn.OperationsOnFailure)
	if len(r.Input.Txn.Conditions) == 0 {
		otherwise = nil
	}
	if len(then) > 0 && len(otherwise) > 0 {
		return deed{}, false, flaw(r.line, "only one branch of a transaction without an answer may write", "it is not known which branch of a transaction was done, and either writes")
	}
	d := transaction(slices.Concat(then, otherwise))
	d.known = false
	return d, len(then)+len(otherwise) > 0, nil
}

func writes(all []operation) []protocol.Value {
	var out []protocol.Value
	for i := range all {
		if key, v, changes := all[i].update(); changes {
			out = append(out, step("w", key, v))
		}
	}
	return out
}

// reads returns what a range says of each key in it.
func (t *translation) reads(r *record, of rangeOf, found *pairs) ([]protocol.Value, error) {
	values, last := map[string]protocol.Value{}, ""
	for i, kv := range found.KVs {
		if !of.includes(kv.Key) || i > 0 && kv.Key <= last || of.Limit > 0 && int64(i) >= of.Limit {
			return nil, flaw(r.line, "a range finds keys that are in it, in their order, and no more than its limit", "a range from %q to %q found %q", of.Start, of.End, kv.Key)
		}
		values[kv.Key], last = kv.Value.value(), kv.Key
	}
	short := of.Limit > 0 && int64(len(found.KVs)) == of.Limit
	var out []protocol.Value
	for _, key := range t.keys {
		v, there := values[key]
		if of.includes(key) && !(short && key > last) && !(there && of.KeysOnly) {
			out = append(out, step("r", key, v))
		}
	}
	return out, nil
}

// transaction makes a deed of steps. What it asks for is the same without what the reads found.
func transaction(steps []protocol.Value) deed {
	asked := slices.Clone(steps)
	for i, s := range steps {
		parts, _ := s.List()
		if f, _ := parts[0].Text(); f == "r" {
			asked[i] = protocol.List(parts[0], parts[1], protocol.Value{})
		}
	}
	return deed{f: "txn", input: protocol.List(asked...), output: protocol.List(steps...), known: true}
}

func step(f, key string, v protocol.Value) protocol.Value {
	return protocol.List(protocol.String(f), protocol.String(key), v)
}
