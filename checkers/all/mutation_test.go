package all_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/all"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// verdict judges one guarantee, and holds the proof of the verdict to what certifiers ask.
func verdict(t *testing.T, in checkers.Input, name guarantee.Name) checkers.Verdict {
	t.Helper()
	c, ok := checkers.Find(all.All(), name)
	if !ok {
		t.Fatalf("there is no checker of %s", name)
	}
	v := c.Run(in)
	if err := checkers.Certify(in, v); err != nil && v.Witness != nil {
		t.Errorf("%s is %s: %s: the proof is none: %v\n%s", name, v.Valid, v.Reason, err, describe(in))
	}
	return v
}

// must judges a history by each guarantee and expects one verdict.
func must(t *testing.T, what string, in checkers.Input, want checkers.Validity, names ...guarantee.Name) {
	t.Helper()
	for _, name := range names {
		if v := verdict(t, in, name); v.Valid != want {
			t.Errorf("%s: %s is %s, not %s: %s\n%s", what, name, v.Valid, want, v.Reason, describe(in))
		}
	}
}

// TestMutationsAreFound changes histories that have every guarantee such that they certainly lack some.
func TestMutationsAreFound(t *testing.T) {
	t.Parallel()
	const runs = 300
	linearizable := []guarantee.Name{guarantee.Linearizable}
	sequential := []guarantee.Name{guarantee.Linearizable, guarantee.Sequential}
	causal := []guarantee.Name{guarantee.Linearizable, guarantee.Sequential, guarantee.Causal, guarantee.CausalConvergent, guarantee.CausalWeak}
	for _, test := range []struct {
		name, object string
		mutate       oracle.Mutation
		breaks       []guarantee.Name
	}{
		{"a stale read", "register", oracle.OlderRead, linearizable},
		{"a non-monotonic read", "register", oracle.BackwardsRead, append(causal[:len(causal):len(causal)], guarantee.Session)},
		{"a read of nothing after one of something", "register", oracle.ForgetfulRead, append(causal[:len(causal):len(causal)], guarantee.Session, guarantee.MonotonicReads)},
		{"a read ahead of the write", "register", oracle.EarlyRead, linearizable},
		{"a read out of thin air", "register", oracle.ReadOfNothing, causal},
		{"an aborted read", "register", oracle.FailedWrite, causal},
		{"a dequeue out of thin air", "queue", oracle.ReadOfNothing, sequential},
		{"a duplicate dequeue", "queue", oracle.SecondDequeue, sequential},
		{"swapped versions", "log", oracle.SwappedElements, linearizable},
		{"a lost append", "log", oracle.MissingElement, linearizable},
		{"a lost element", "set", oracle.MissingElement, linearizable},
		{"a lost increment", "counter", oracle.LostIncrement, linearizable},
		{"an increment executed twice", "counter", oracle.SecondIncrement, linearizable},
	} {
		object, _ := model.Lookup(test.object)
		r, made := prng.New(17), 0
		for seed := range uint64(runs) {
			load := oracle.Load{Object: test.object, Ops: 30 + r.IntN(90), Clients: 2 + r.IntN(4), Keys: 1 + r.IntN(2), Unknown: r.IntN(4)}
			in := checkers.Input{History: oracle.Large(load, seed), Object: object}
			if v := verdict(t, in, guarantee.Linearizable); v.Valid != checkers.Valid {
				t.Fatalf("%s: before anything was changed: %s: %s", test.object, v.Valid, v.Reason)
			}
			changed, ok := test.mutate(r, in.History)
			if !ok {
				continue
			}
			made++
			in.History = changed
			must(t, test.name, in, checkers.Invalid, test.breaks...)
			if t.Failed() {
				return
			}
		}
		t.Logf("%s: %d", test.name, made)
		if made < runs/2 {
			t.Errorf("%s: only %d of %d histories could be changed", test.name, made, runs)
		}
	}
}

// TestFaultyStoresAreFound judges what clients see of stores of registers that are wrong in a known way: whoever reads what had
// certainly been overwritten is found, and what the store still promises is not denied.
func TestFaultyStoresAreFound(t *testing.T) {
	t.Parallel()
	const runs = 150
	for _, test := range []struct {
		name  string
		fault oracle.Fault
		holds []guarantee.Name // whatever happens
	}{
		{"a sound store", oracle.Sound, []guarantee.Name{guarantee.Linearizable, guarantee.Sequential, guarantee.Causal, guarantee.CausalConvergent}},
		{"a store that loses writes", oracle.LosesWrites, nil},
		{"a split brain", oracle.SplitBrain, nil},
		{"a cache that writes behind", oracle.WriteBehind, nil},
		{"a write that is retried and executed again", oracle.Retries, nil},
		{"reads of followers", oracle.FollowerReads, []guarantee.Name{guarantee.Sequential, guarantee.Causal, guarantee.CausalConvergent, guarantee.Session}},
	} {
		r, outdated := prng.New(23), 0
		for range runs {
			store := oracle.Store{Fault: test.fault, Ops: 60 + r.IntN(60), Clients: 4 + r.IntN(3), Keys: 1 + r.IntN(2)}
			in := checkers.Input{History: store.Run(r), Object: model.Register()}
			must(t, test.name, in, checkers.Valid, test.holds...)
			if oracle.Outdated(in.History) || oracle.Resurfaced(in.History) {
				outdated++
				must(t, test.name, in, checkers.Invalid, guarantee.Linearizable)
			}
			if t.Failed() {
				return
			}
		}
		t.Logf("%s: %d of %d with an outdated read", test.name, outdated, runs)
		if (outdated == 0) != (test.fault == oracle.Sound) {
			t.Errorf("%s: %d of %d histories have a read that is certainly outdated", test.name, outdated, runs)
		}
	}
}

// TestSkewedClocks stamps what one process did too early. The order of each process is kept, and so is what does not ask for real
// time. A read that ends, as it is stamped, before its write begins is found.
func TestSkewedClocks(t *testing.T) {
	t.Parallel()
	r, ahead := prng.New(29), 0
	const runs = 300
	for seed := range uint64(runs) {
		h := oracle.Large(oracle.Load{Object: "register", Ops: 40 + r.IntN(60), Clients: 3, Keys: 2, Events: true}, seed)
		in := checkers.Input{History: oracle.Skewed(h, r.IntN(3), 5+r.IntN(40)), Object: model.Register()}
		must(t, "a skewed clock", in, checkers.Valid, guarantee.Sequential, guarantee.Causal, guarantee.CausalConvergent, guarantee.Session)
		if oracle.Ahead(in.History) || oracle.Outdated(in.History) {
			ahead++
			must(t, "a skewed clock", in, checkers.Invalid, guarantee.Linearizable)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d of %d are certainly not linearizable", ahead, runs)
	if ahead == 0 {
		t.Error("no history is certainly not linearizable")
	}
}
