package all_test

import (
	"fmt"
	"maps"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// samples draws small histories of every object, about half of them wrong in some way, so many of each kind.
func samples(seed uint64, n int, visit func(kind string, in checkers.Input)) {
	r := prng.New(seed)
	for _, object := range []string{"register", "counter", "set", "board", "log", "bank", "queue", "mutex"} {
		o, _ := model.Lookup(object)
		for range n {
			visit(object, checkers.Input{Object: o, History: oracle.Random(r, oracle.Shape{Object: object, Ops: 6 + r.IntN(6), Processes: 3, Keys: 2, Unsure: 15, Scramble: true})})
		}
	}
	for range n {
		visit("transfers", checkers.Input{Object: model.Bank(), History: oracle.Random(r, oracle.Shape{Object: "bank", Ops: 6, Processes: 3, Keys: 1, Accounts: 2, Unsure: 15, Scramble: true})})
	}
	for _, object := range []string{"register", "set", "board"} {
		o, _ := model.Lookup(object)
		for range n {
			visit("tangled "+object, checkers.Input{Object: o, History: oracle.Tangled(r, oracle.Tangle{Object: object, Ops: 7, Processes: 3, Keys: 2, Unsure: 10})})
		}
	}
	for _, object := range []string{"list-append", "rw-register"} {
		for range n {
			visit(object, oracle.RandomTransactions(r, oracle.TransactionShape{Object: object, Transactions: 5, Processes: 3, Steps: 3, Keys: 2, Scramble: 15, Odd: 20}))
		}
	}
}

// describe writes a history for the output of a test.
func describe(in checkers.Input) string {
	if model.Transactional(in.Object.Name) {
		return oracle.FormatTransactions(in.History)
	}
	return oracle.Format(in.History)
}

// counted fails for kinds of histories of which there were none.
func counted(t *testing.T, of map[string]int, want ...string) {
	t.Helper()
	t.Log(of)
	for _, kind := range want {
		if of[kind] == 0 {
			t.Errorf("no history of the kind %q", kind)
		}
	}
}

// TestNamesDoNotMatter gives values, keys and processes other names. No verdict may change.
func TestNamesDoNotMatter(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	samples(41, 300, func(kind string, in checkers.Input) {
		before := judged(in)
		renamed := in
		renamed.History = oracle.Changed(in.History, func(op *history.Operation, _, _ *int) bool {
			op.Process = 1000 - op.Process
			if op.Key != "" {
				op.Key = "key " + string(rune('z'-(op.Key[0]-'a')))
			}
			op.Input, op.Output = other(in, op, op.Input), other(in, op, op.Output)
			return true
		})
		if after := judged(renamed); !maps.Equal(before, after) {
			t.Errorf("%s\nwas judged %v, and under other names %v\n%s", describe(in), before, after, describe(renamed))
		}
		for name, v := range before {
			count[fmt.Sprint(name, " ", v)]++
		}
	})
	counted(t, count, "linearizable valid", "linearizable invalid", "sequential invalid", "causal valid", "causal invalid", "session invalid",
		"strict-serializable valid", "strict-serializable invalid", "snapshot-isolation invalid", "conservation invalid")
}

// other returns a value under another name. Sums and amounts have none, and neither has the initial value.
func other(in checkers.Input, op *history.Operation, v protocol.Value) protocol.Value {
	switch in.Object.Name {
	case "counter", "mutex":
		return v
	case "bank":
		return otherAccounts(op, v)
	}
	if n, ok := v.Int(); ok && n != 0 {
		return protocol.String(fmt.Sprintf("value %03d", 999-n))
	}
	list, ok := v.List()
	if !ok {
		return v
	}
	out := make([]protocol.Value, len(list))
	for i, item := range list {
		switch text, named := item.Text(); {
		case model.Transactional(in.Object.Name) && named && i == 1 && len(list) == 3:
			out[i] = protocol.String("key " + string(rune('z'-(text[0]-'a'))))
		default:
			out[i] = other(in, op, item)
		}
	}
	return protocol.List(out...)
}

// otherAccounts gives accounts other names.
func otherAccounts(op *history.Operation, v protocol.Value) protocol.Value {
	list, ok := v.List()
	if !ok {
		return v
	}
	name := func(account protocol.Value) protocol.Value { return protocol.String("account " + account.String()) }
	out := make([]protocol.Value, len(list))
	for i, item := range list {
		pair, isPair := item.List()
		switch {
		case op.F == "transfer" && i < 2:
			out[i] = name(item)
		case isPair:
			out[i] = protocol.List(name(pair[0]), pair[1])
		default:
			out[i] = item
		}
	}
	return protocol.List(out...)
}

// TestWhatKeepsValid changes histories in ways that take only demands away. What was valid stays so.
func TestWhatKeepsValid(t *testing.T) {
	t.Parallel()
	r, count := prng.New(43), map[string]int{}
	samples(47, 300, func(kind string, in checkers.Input) {
		before := judged(in)
		for _, c := range changes(r, in) {
			changed := in
			changed.History = c.history
			if len(changed.History.Operations) == 0 {
				continue
			}
			after := judged(changed)
			for name, v := range before {
				if v == checkers.Valid && after[name] != checkers.Valid {
					t.Errorf("%s\nis %s, and %s after %s:\n%s", describe(in), name, after[name], c.name, describe(changed))
				}
				if v == checkers.Valid {
					count[c.name]++
				}
			}
		}
	})
	counted(t, count, "a read was dropped", "an unread update of unknown outcome was dropped", "an operation took longer")
}

// change is a history and what was done to it.
type change struct {
	name    string
	history *history.History
}

func changes(r *prng.Rand, in checkers.Input) []change {
	h := in.History
	var out []change
	pick := r.IntN(len(h.Operations))
	var reads []int
	for i := range h.Operations {
		op := &h.Operations[i]
		if op.F == "read" && op.Outcome == protocol.OK || readsOnly(in, op) {
			reads = append(reads, i)
		}
	}
	if len(reads) > 1 { // without any, nothing is said of what a bank conserves
		out = append(out, change{"a read was dropped", without(h, prng.Pick(r, reads))})
	}
	for i := range h.Operations {
		op := &h.Operations[i]
		if v, ok := puts(in, op); ok && op.Outcome == protocol.Info && !seen(in, i, v) {
			out = append(out, change{"an unread update of unknown outcome was dropped", without(h, i)})
			break
		}
	}
	return append(out, change{"an operation took longer", longer(h, pick)})
}

// readsOnly tells whether a transaction that ended ok only reads.
func readsOnly(in checkers.Input, op *history.Operation) bool {
	steps, ok := model.MicroOps(op.Output)
	for _, m := range steps {
		ok = ok && m.F == "r"
	}
	return ok && model.Transactional(in.Object.Name) && op.Outcome == protocol.OK
}

// without returns the history without an operation.
func without(h *history.History, i int) *history.History {
	at := -1
	return oracle.Changed(h, func(*history.Operation, *int, *int) bool {
		at++
		return at != i
	})
}

// puts returns what an update adds or writes, where that says all that others may depend on.
func puts(in checkers.Input, op *history.Operation) (protocol.Value, bool) {
	switch in.Object.Name {
	case "register":
		return op.Input, op.F == "write"
	case "set", "log":
		return op.Input, op.F == "add" || op.F == "append"
	}
	return protocol.Value{}, false
}

// seen tells whether anybody found or expected a value under the key of an operation.
func seen(in checkers.Input, i int, v protocol.Value) bool {
	for k := range in.History.Operations {
		op := &in.History.Operations[k]
		if k == i || op.Key != in.History.Operations[i].Key {
			continue
		}
		list, _ := op.Output.List()
		for _, item := range list {
			if item.Equal(v) {
				return true
			}
		}
		if op.F == "read" && op.Output.Equal(v) || op.F == "cas" {
			return true
		}
	}
	return false
}

// longer returns the history with an operation that is called right after the former one of its process has returned, and returns
// right before the next one is called.
func longer(h *history.History, i int) *history.History {
	earliest, latest := -1, 2*h.Len()
	process := h.Operations[i].Process
	for k := range h.Operations {
		op := &h.Operations[k]
		switch {
		case k == i || op.Process != process:
		case op.Precedes(&h.Operations[i]):
			earliest = max(earliest, op.Return)
		case h.Operations[i].Precedes(op):
			latest = min(latest, op.Call)
		}
	}
	at := -1
	return oracle.Changed(h, func(op *history.Operation, from, to *int) bool {
		if at++; at == i {
			*from = 10*earliest + 1
			if *to != history.Pending {
				*to = 10*latest - 1
			}
		}
		return true
	})
}

// TestAReadAtTheEnd adds to a history that was found valid, behind the order that proves it, a read of what is there in the end. It
// stays valid.
func TestAReadAtTheEnd(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	samples(53, 300, func(kind string, in checkers.Input) {
		for _, name := range []guarantee.Name{guarantee.Linearizable, guarantee.Sequential} {
			if info, _ := guarantee.Lookup(name); !info.AppliesTo(in.Object.Name) || kind == "transfers" {
				continue
			}
			v := verdict(t, in, name)
			if v.Valid != checkers.Valid {
				continue
			}
			for key, answer := range endOf(in, v.Certificate.Orders) {
				longer := in
				longer.History = withRead(in.History, key, answer)
				count[in.Object.Name]++
				if v := verdict(t, longer, name); v.Valid != checkers.Valid {
					t.Errorf("%s\nis %s, and with a read of %s = %s at the end %s: %s", describe(in), name, key, answer, v.Valid, v.Reason)
				}
			}
		}
	})
	counted(t, count, "register", "counter", "set", "board", "log", "bank")
}

// endOf returns what each key holds behind the orders, as a read answers it, of objects that have a read.
func endOf(in checkers.Input, orders [][]int) map[string]protocol.Value {
	states, out := map[string]model.State{}, map[string]protocol.Value{}
	for _, order := range orders {
		for _, i := range order {
			op := &in.History.Operations[i]
			if states[op.Key] == nil {
				states[op.Key] = in.Object.Init(in.History.Initial)
			}
			states[op.Key], _ = in.Object.Step(states[op.Key], checkers.CallOf(op))
		}
	}
	if !in.Object.ReadOnly("read") {
		return out
	}
	for key, state := range states {
		text := state.Key()
		switch in.Object.Name {
		case "set", "board", "log":
			text = "[" + text + "]"
		case "queue", "mutex":
			return nil
		}
		var v protocol.Value
		if err := v.UnmarshalJSON([]byte(text)); err == nil {
			out[key] = v
		}
	}
	return out
}

// withRead returns the history with a read by a new process behind everything.
func withRead(h *history.History, key string, answer protocol.Value) *history.History {
	op := history.Operation{Process: 5000, F: "read", Key: key, Output: answer, Outcome: protocol.OK}
	end := 20 * (h.Len() + 1)
	return oracle.Joined(h, op, end, end+1)
}
