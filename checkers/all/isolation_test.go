package all_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

// levels says of each level of isolation what a store has that keeps it, and what it lacks now and then.
func levels() []struct {
	name    string
	level   oracle.Isolation
	objects []string
	has     guarantee.Name
	lacks   []guarantee.Name
} {
	registers, both := []string{"rw-register"}, []string{"rw-register", "list-append"}
	return []struct {
		name    string
		level   oracle.Isolation
		objects []string
		has     guarantee.Name
		lacks   []guarantee.Name
	}{
		{"serial", oracle.Serial, both, guarantee.StrictSerializable, nil},
		{"serial with old reads", oracle.StaleSerial, both, guarantee.Serializable, []guarantee.Name{guarantee.StrictSerializable}},
		{"snapshots", oracle.Snapshots, both, guarantee.SnapshotIsolation, []guarantee.Name{guarantee.Serializable}},
		{"parallel snapshots", oracle.ParallelSnapshots, both, guarantee.ParallelSnapshotIsolation, []guarantee.Name{guarantee.SnapshotIsolation}},
		{"causal reads", oracle.CausalReads, registers, guarantee.Causal, []guarantee.Name{guarantee.ParallelSnapshotIsolation}},
		{"atomic reads", oracle.AtomicReads, registers, guarantee.ReadAtomic, []guarantee.Name{guarantee.Causal, guarantee.ParallelSnapshotIsolation}},
		{"committed reads", oracle.CommittedReads, both, guarantee.ReadCommitted, []guarantee.Name{guarantee.ReadAtomic}},
		{"dirty reads", oracle.DirtyReads, registers, "", []guarantee.Name{guarantee.ReadCommitted}},
	}
}

// TestEnginesHaveTheirLevel judges stores of several versions by the level of isolation that they keep, and by all that this
// implies.
func TestEnginesHaveTheirLevel(t *testing.T) {
	t.Parallel()
	const runs = 120
	for _, test := range levels() {
		for _, object := range test.objects {
			r, committed := prng.New(31), 0
			for range runs {
				engine := oracle.Engine{Level: test.level, Object: object, Transactions: 30, Clients: 4, Steps: 4, Keys: 3}
				in := engine.Run(r)
				committed += len(checkers.Considered(in))
				for _, name := range implied(test.has) {
					if v := verdict(t, in, name); v.Valid != checkers.Valid {
						t.Fatalf("%s: %s is %s: %s\n%s", test.name, name, v.Valid, v.Reason, describe(in))
					}
				}
			}
			if committed < runs*5 {
				t.Errorf("%s: only %d transactions were committed", test.name, committed)
			}
		}
	}
}

// implied returns a guarantee of transactions and those that it implies.
func implied(name guarantee.Name) []guarantee.Name {
	var out []guarantee.Name
	for _, info := range guarantee.All() {
		if name != "" && info.AppliesTo("rw-register") && !info.Final && !info.Facts && guarantee.Implies(name, info.Name) {
			out = append(out, info.Name)
		}
	}
	return out
}

// TestEnginesLackTheNextLevel compares what is said of the next level with brute force on small histories of the same stores, some
// of which must lack it.
func TestEnginesLackTheNextLevel(t *testing.T) {
	t.Parallel()
	const runs = 3000
	for _, test := range levels() {
		for _, object := range test.objects {
			lacking := map[guarantee.Name]int{}
			r := prng.New(37)
			for range runs {
				engine := oracle.Engine{Level: test.level, Object: object, Transactions: 6, Clients: 4, Steps: 3, Keys: 2}
				in := engine.Run(r)
				for _, name := range test.lacks {
					v := verdict(t, in, name)
					holds, err := oracle.Transactions(in, name)
					if err != nil || holds != (v.Valid == checkers.Valid) || v.Valid == checkers.Unknown {
						t.Fatalf("%s: %s is %s: %s; by brute force %v, %v\n%s", test.name, name, v.Valid, v.Reason, holds, err, describe(in))
					}
					if !holds {
						lacking[name]++
					}
				}
			}
			t.Logf("%s on %s: of %d histories lack %v", test.name, object, runs, lacking)
			for _, name := range test.lacks {
				if lacking[name] == 0 {
					t.Errorf("%s on %s: no history lacks %s", test.name, object, name)
				}
			}
		}
	}
}

// TestEnginesAgainstBruteForce compares every verdict on small histories of all these stores, of many shapes, with brute force, and
// rechecks every proof.
func TestEnginesAgainstBruteForce(t *testing.T) {
	t.Parallel()
	const runs = 400
	for _, test := range levels() {
		for _, object := range test.objects {
			r := prng.New(59)
			for range runs {
				engine := oracle.Engine{Level: test.level, Object: object, Transactions: 3 + r.IntN(4), Clients: 2 + r.IntN(3), Steps: 1 + r.IntN(4), Keys: 1 + r.IntN(3)}
				in := engine.Run(r)
				for _, name := range implied(guarantee.StrictSerializable) {
					v := verdict(t, in, name)
					holds, err := oracle.Transactions(in, name)
					if err != nil || holds != (v.Valid == checkers.Valid) || v.Valid == checkers.Unknown {
						t.Errorf("%s: %s is %s: %s; by brute force %v, %v\n%s", test.name, name, v.Valid, v.Reason, holds, err, describe(in))
					}
					if t.Failed() {
						return
					}
				}
			}
		}
	}
}
