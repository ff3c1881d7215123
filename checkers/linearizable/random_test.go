package linearizable

import (
	"slices"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

func shapes() []oracle.Shape {
	return []oracle.Shape{
		{Object: "register", Ops: 7, Processes: 3, Keys: 1, Unsure: 15, Scramble: true},
		{Object: "register", Ops: 7, Processes: 4, Keys: 2, Unsure: 15, Scramble: true},
		{Object: "register", Ops: 7, Processes: 3, Keys: 1, Values: 3, Unsure: 10, Scramble: true},
		{Object: "counter", Ops: 6, Processes: 3, Keys: 1, Unsure: 15, Scramble: true},
		{Object: "counter", Ops: 7, Processes: 4, Keys: 1, Values: 1, Unsure: 15, Scramble: true},
		{Object: "set", Ops: 6, Processes: 3, Keys: 1, Unsure: 15, Scramble: true},
		{Object: "set", Ops: 6, Processes: 3, Keys: 2, Values: 3, Unsure: 10, Scramble: true},
		{Object: "board", Ops: 6, Processes: 3, Keys: 1, Unsure: 15, Scramble: true},
		{Object: "log", Ops: 6, Processes: 3, Keys: 1, Unsure: 15, Scramble: true},
		{Object: "log", Ops: 6, Processes: 4, Keys: 1, Values: 2, Unsure: 10, Scramble: true},
		{Object: "bank", Ops: 7, Processes: 3, Keys: 1, Unsure: 15, Scramble: true},
		{Object: "bank", Ops: 6, Processes: 3, Keys: 1, Accounts: 2, Unsure: 15, Scramble: true},
		{Object: "queue", Ops: 8, Processes: 3, Keys: 1, Unsure: 10, Scramble: true},
		{Object: "queue", Ops: 8, Processes: 4, Keys: 1, Unsure: 30, Scramble: true},
		{Object: "queue", Ops: 7, Processes: 3, Keys: 2, Values: 2, Unsure: 10, Scramble: true},
		{Object: "mutex", Ops: 7, Processes: 3, Keys: 1, Unsure: 10, Scramble: true},
		{Object: "multi-register", Ops: 6, Processes: 3, Keys: 1, Unsure: 10, Scramble: true},
	}
}

// TestRandomHistories compares the engines with brute force on histories of every object, valid and scrambled.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	const perShape = 160_000 / 16
	for _, shape := range shapes() {
		object, _ := model.Lookup(shape.Object)
		counts := map[guarantee.Anomaly]int{}
		invalid := 0
		r := prng.New(1)
		for i := range perShape {
			in := checkers.Input{History: oracle.Random(r, shape), Object: object}
			in.Seek = []guarantee.Anomaly{"", guarantee.StaleRead, guarantee.ReadInversion}[i%3]
			if !compare(t, in, counts, i%16 == 0) {
				invalid++
			}
			if t.Failed() {
				t.Fatalf("%+v, history %d of %d", shape, i, perShape)
			}
		}
		t.Logf("%+v: %d of %d invalid: %v", shape, invalid, perShape, counts)
		if invalid < perShape/10 || invalid > perShape*2/3 {
			t.Errorf("%d of %d histories are invalid: too few of one kind", invalid, perShape)
		}
		for _, anomaly := range expected(shape) {
			if counts[anomaly] == 0 {
				t.Errorf("%+v: no history showed %s", shape, anomaly)
			}
		}
	}
}

// expected returns the anomalies that histories of a shape must show.
func expected(shape oracle.Shape) []guarantee.Anomaly {
	common := []guarantee.Anomaly{guarantee.StaleRead, guarantee.ReadInversion, guarantee.FutureRead, guarantee.ThinAirRead}
	switch shape.Object {
	case "bank":
		return []guarantee.Anomaly{guarantee.NotLinearizable}
	case "counter":
		return common
	case "mutex", "multi-register":
		return []guarantee.Anomaly{guarantee.NotLinearizable}
	case "queue":
		if shape.Values > 0 {
			return []guarantee.Anomaly{guarantee.ThinAirRead, guarantee.NotLinearizable}
		}
		return []guarantee.Anomaly{guarantee.ThinAirRead, guarantee.AbortedRead, guarantee.FutureRead, guarantee.Duplicated,
			guarantee.Overtaken, guarantee.Lost, guarantee.NotEmpty}
	case "register":
		common = append(common, guarantee.AbortedRead, guarantee.DirtyOrder, guarantee.NotLinearizable)
		if shape.Values == 0 {
			common = append(common, guarantee.LostUpdate)
		}
		return common
	}
	if shape.Object == "log" {
		common = append(common, guarantee.DirtyOrder)
	}
	return append(common, guarantee.AbortedRead, guarantee.Duplicated)
}

// TestFragmentsAreSound checks that what is left of a valid history stays valid, whatever is left out.
func TestFragmentsAreSound(t *testing.T) {
	for _, shape := range shapes() {
		shape.Scramble = false
		object, _ := model.Lookup(shape.Object)
		r := prng.New(2)
		for range 3000 {
			in := checkers.Input{History: oracle.Random(r, shape), Object: object}
			chosen := slices.DeleteFunc(checkers.Considered(in), func(int) bool { return r.IntN(3) == 0 })
			alone := checkers.NewFragments(in, checkers.InRealTime).Alone(chosen)
			if !oracle.Linearizable(alone) {
				report(t, in.History, "valid, but %v alone is not: %s", chosen, oracle.Format(alone.History))
				return
			}
		}
	}
}

// TestMetamorphic checks what must not change a verdict, or may only make it valid.
func TestMetamorphic(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		object, _ := model.Lookup(shape.Object)
		r := prng.New(3)
		for range 3000 {
			in := checkers.Input{History: oracle.Random(r, shape), Object: object}
			before := check(in).Valid
			if shape.Object == "register" {
				if after := check(renamed(in)).Valid; after != before {
					report(t, in.History, "%s, and %s with other names", before, after)
				}
			}
			if after := check(withoutRead(in, r)).Valid; before == checkers.Valid && after != before {
				report(t, in.History, "%s, and %s without a read", before, after)
			}
			if after := check(lengthened(in, r)).Valid; before == checkers.Valid && after != before {
				report(t, in.History, "%s, and %s with a longer operation", before, after)
			}
			if t.Failed() {
				return
			}
		}
	}
}

// renamed gives other names to processes, keys and values.
func renamed(in checkers.Input) checkers.Input {
	h := *in.History
	h.Operations = slices.Clone(h.Operations)
	h.Initial = newName(h.Initial)
	for i := range h.Operations {
		op := &h.Operations[i]
		op.Process, op.Key = 1000-op.Process, "key "+op.Key
		op.Input, op.Output = newName(op.Input), newName(op.Output)
	}
	in.History = &h
	return in
}

func newName(v protocol.Value) protocol.Value {
	if list, ok := v.List(); ok {
		out := make([]protocol.Value, len(list))
		for i := range list {
			out[i] = newName(list[i])
		}
		return protocol.List(out...)
	}
	if n, ok := v.Int(); ok && n%2 == 0 {
		return protocol.String("value " + v.String())
	}
	return v
}

func withoutRead(in checkers.Input, r *prng.Rand) checkers.Input {
	h := *in.History
	h.Operations = slices.Clone(h.Operations)
	if i := r.IntN(len(h.Operations)); h.Operations[i].F == "read" {
		h.Operations = slices.Delete(h.Operations, i, i+1)
	}
	in.History = &h
	return in
}

// lengthened lets an operation return later, at a place of its own.
func lengthened(in checkers.Input, r *prng.Rand) checkers.Input {
	h := *in.History
	h.Operations = slices.Clone(h.Operations)
	for i := range h.Operations {
		op := &h.Operations[i]
		op.Call *= 100
		if op.Outcome != protocol.Info {
			op.Return *= 100
		}
	}
	i := r.IntN(len(h.Operations))
	if op := &h.Operations[i]; op.Outcome != protocol.Info {
		op.Return += 50 + 100*r.IntN(10)
	}
	in.History = &h
	return in
}
