package causal_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/causal"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/checkers/session"
	"sunder/harness/prng"
)

func verdict(name guarantee.Name, in checkers.Input) checkers.Verdict {
	c, ok := checkers.Find(append(causal.Checkers(), session.Checkers()...), name)
	if !ok {
		panic(name)
	}
	return c.Run(in)
}

// TestReplicas checks histories of correct replicas, which are long enough for the checkers to have to work.
func TestReplicas(t *testing.T) {
	shapes := []struct {
		shape oracle.Replication
		holds []guarantee.Name
	}{
		{
			oracle.Replication{Object: "register", Ops: 2500, Replicas: 3, Clients: 6, Keys: 4, Unsure: 20},
			[]guarantee.Name{guarantee.Causal, guarantee.CausalWeak, guarantee.Session},
		},
		{
			oracle.Replication{Object: "register", Ops: 2500, Replicas: 5, Clients: 10, Keys: 10, Unsure: 20, Newest: true},
			[]guarantee.Name{guarantee.CausalConvergent, guarantee.CausalWeak, guarantee.Session},
		},
		{
			oracle.Replication{Object: "register", Ops: 2500, Replicas: 3, Clients: 6, Keys: 4, Unsure: 20, Roaming: true},
			[]guarantee.Name{guarantee.CausalWeak, guarantee.Session},
		},
		{
			oracle.Replication{Object: "register", Ops: 2500, Replicas: 3, Clients: 6, Keys: 4, Unsure: 20, Roaming: true, Newest: true},
			[]guarantee.Name{guarantee.CausalConvergent, guarantee.CausalWeak, guarantee.Session},
		},
		{
			oracle.Replication{Object: "set", Ops: 600, Replicas: 3, Clients: 6, Keys: 2, Unsure: 20},
			[]guarantee.Name{guarantee.Causal, guarantee.CausalConvergent, guarantee.CausalWeak, guarantee.Session},
		},
	}
	for _, s := range shapes {
		t.Run(s.shape.String(), func(t *testing.T) {
			object, _ := model.Lookup(s.shape.Object)
			for seed := range uint64(5) {
				in := checkers.Input{History: oracle.Gossip(prng.New(seed), s.shape), Object: object}
				for _, name := range s.holds {
					if v := verdict(name, in); v.Valid != checkers.Valid {
						t.Errorf("seed %d: %s: %s (%s)", seed, name, v.Valid, v.Reason)
					}
				}
			}
		})
	}
}

// TestFaultyReplicas checks that faults are found in long histories, and shown by few operations.
func TestFaultyReplicas(t *testing.T) {
	tests := []struct {
		name  string
		shape oracle.Replication
		wants guarantee.Name
	}{
		{"the last that was applied wins", oracle.Replication{Object: "register", Ops: 2500, Replicas: 3, Clients: 6, Keys: 4}, guarantee.CausalConvergent},
		{"clients roam", oracle.Replication{Object: "register", Ops: 2500, Replicas: 3, Clients: 6, Keys: 2, Reads: 90, Roaming: true}, guarantee.Causal},
		{"before their causes", oracle.Replication{Object: "register", Ops: 2500, Replicas: 3, Clients: 6, Keys: 4, Unsure: 20, Hasty: true}, guarantee.CausalWeak},
		{"before their causes", oracle.Replication{Object: "register", Ops: 2500, Replicas: 3, Clients: 6, Keys: 4, Hasty: true}, guarantee.Session},
		{"before their causes", oracle.Replication{Object: "set", Ops: 600, Replicas: 3, Clients: 6, Keys: 2, Hasty: true}, guarantee.Causal},
		{"before their causes", oracle.Replication{Object: "set", Ops: 600, Replicas: 3, Clients: 6, Keys: 2, Hasty: true}, guarantee.WritesFollowReads},
	}
	for _, test := range tests {
		t.Run(test.name+", "+string(test.wants), func(t *testing.T) {
			object, _ := model.Lookup(test.shape.Object)
			for seed := range uint64(3) {
				in := checkers.Input{History: oracle.Gossip(prng.New(seed), test.shape), Object: object}
				v := verdict(test.wants, in)
				if v.Valid != checkers.Invalid {
					t.Fatalf("seed %d: %s (%s)", seed, v.Valid, v.Reason)
				}
				if err := checkers.Certify(in, v); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
				t.Logf("seed %d: %s by %d operations: %s", seed, v.Witness.Anomaly, len(v.Witness.Operations), v.Reason)
				if len(v.Witness.Operations) > 12 {
					t.Errorf("seed %d: the witness has %d operations", seed, len(v.Witness.Operations))
				}
			}
		})
	}
}

// TestHierarchy checks that each guarantee implies what it must.
func TestHierarchy(t *testing.T) {
	r := prng.New(7)
	met := map[guarantee.Name]int{}
	for _, object := range []string{"register", "set"} {
		for range 800 {
			o, _ := model.Lookup(object)
			in := checkers.Input{Object: o, History: oracle.Tangled(r, oracle.Tangle{Object: object, Ops: 6, Processes: 3, Keys: 2})}
			verdicts := map[guarantee.Name]checkers.Validity{guarantee.Sequential: checkers.Invalid}
			if oracle.Sequential(in) {
				verdicts[guarantee.Sequential] = checkers.Valid
			}
			for _, c := range append(causal.Checkers(), session.Checkers()...) {
				verdicts[c.Guarantee] = c.Run(in).Valid
			}
			for a := range verdicts {
				if verdicts[a] != checkers.Valid {
					continue
				}
				met[a]++
				for b := range verdicts {
					if guarantee.Implies(a, b) && verdicts[b] != checkers.Valid {
						t.Fatalf("%s holds, and %s is %s: %s", a, b, verdicts[b], oracle.Format(in.History))
					}
				}
			}
		}
	}
	if met[guarantee.Sequential] < 100 || met[guarantee.CausalWeak] == 1600 {
		t.Errorf("too few of a kind: %v", met)
	}
}
