package nemesis_test

import (
	"slices"
	"strings"
	"testing"

	"sunder/nemesis"
)

func TestClashes(t *testing.T) {
	for _, test := range []struct {
		schedule string
		replicas int
		want     string // "": no clash
	}{
		{"at=1s for=1s fault=crash target=r1; at=2s for=1s fault=crash target=r1", 3, ""},
		{"at=1s for=2s fault=crash target=r1; at=2s for=1s fault=crash target=r1", 3, "two faults of kind crash on r1"},
		{"at=2s for=1s fault=crash target=r1; at=1s for=2s fault=crash target=r1", 3, "two faults of kind crash on r1"},
		{"at=1s fault=crash target=r1; at=9s for=1s fault=crash target=\"r2 r1\"", 3, "two faults of kind crash on r1"},
		{"at=1s fault=crash target=r1; at=9s fault=pause target=r1", 3, ""},
		{"at=1s fault=crash target=r1; at=1s fault=crash target=r2", 3, ""},
		{"at=1s fault=crash target=one; at=1s fault=crash target=minority", 3, ""},
		{"at=1s fault=crash target=minority; at=1s fault=crash target=majority", 3, ""},
		{"at=1s fault=crash target=majority; at=1s fault=crash target=majority", 3, "more than the replicas"},
		{"at=1s fault=crash target=all; at=1s fault=crash target=one", 3, "more than the replicas"},
		{"at=1s fault=crash target=\"r1 r2\"; at=1s fault=crash target=majority", 3, "more than the replicas"},
		{"at=1s fault=crash target=each chance=50%; at=1s fault=crash target=all", 3, ""},
		{"at=1s fault=crash target=c1; at=1s fault=crash target=all", 3, ""},
		{"at=1s fault=clock-skew target=primary offset=1s; at=1s fault=clock-skew target=all offset=1s", 3, "more than the replicas"},
		{"at=1s for=2s fault=partition shape=halves; at=2s for=2s fault=partition link=\"r1 -> r2\"", 3, "two partitions at once"},
		{"at=1s for=1s fault=partition shape=halves; at=2s for=2s fault=partition shape=halves", 3, ""},
		{"at=1s fault=hold link=\"r1 -> r2\" message=A; at=1s fault=hold link=\"r1 -> r2\" message=B", 3, ""},
		{"at=1s fault=hold link=\"r1 -> r2\" message=A; at=1s fault=hold link=\"r1 -> *\"", 3, "two faults of kind hold on the link r1 -> r2"},
		{"at=1s fault=hold link=\"r1 -> r2\" message=A; at=1s fault=hold link=\"r2 -> r1\" message=A", 3, ""},
		{"at=1s fault=hold; at=1s fault=drop", 3, ""},
		{"at=1s fault=drop; at=1s fault=drop link=\"r1 -> r2\"", 3, "two faults of kind drop on the link * -> *"},
		{"at=1s fault=delay latency=1ms; at=1s fault=delay latency=1ms target=r1", 3, "two faults of kind delay on the link * -> *"},
		{"at=1s fault=delay latency=1ms target=r2; at=1s fault=delay latency=1ms target=r1", 3, ""},
		{"at=1s fault=delay latency=1ms target=one; at=1s fault=delay latency=1ms target=one", 3, ""},
		{"at=1s fault=delay latency=1ms target=one; at=1s fault=delay latency=1ms link=\"r1 -> r2\"", 3, ""},
		{"at=1s fault=delay latency=1ms target=r1; at=1s fault=delay latency=1ms link=\"r2 -> r1\"", 3, "on the link * -> r1"},
	} {
		s, err := nemesis.ParseSchedule(strings.ReplaceAll(test.schedule, "; ", "\n"))
		if err != nil {
			t.Fatal(err)
		}
		clashes := s.Clashes(test.replicas)
		switch {
		case test.want == "" && len(clashes) > 0:
			t.Errorf("%s: got %v", test.schedule, clashes)
		case test.want != "" && (len(clashes) != 1 || clashes[0].First != 0 || clashes[0].Second != 1 || !strings.Contains(clashes[0].Why, test.want)):
			t.Errorf("%s: got %v, want %q", test.schedule, clashes, test.want)
		}
	}
}

func TestEvidenceThatBites(t *testing.T) {
	for _, test := range []struct {
		fault            string
		evidence, minima nemesis.Evidence
		missing          string
	}{
		{"fault=partition shape=halves", nemesis.Evidence{"dropped": 1}, nil, ""},
		{"fault=partition shape=halves", nemesis.Evidence{"delayed": 1}, nil, "dropped: 0, needs 1"},
		{"fault=partition shape=halves", nemesis.Evidence{"dropped": 99}, nemesis.Evidence{"dropped": 100, "operations": 20}, "dropped: 99, needs 100; operations: 0, needs 20"},
		{"fault=clock-skew target=r1 offset=1s", nemesis.Evidence{"skewed": 1}, nil, ""},
		{"fault=clock-skew target=r1 offset=1s strobe=10ms", nemesis.Evidence{"skewed": 1}, nil, "jumps: 0, needs 1"},
		{"fault=clock-skew target=r1 rate=50%", nemesis.Evidence{"skewed": 1}, nil, "timers: 0, needs 1"},
		{"fault=disk target=r1 mode=full", nemesis.Evidence{"crashed": 1, "restarted": 1}, nil, "failed: 0, needs 1"},
		{"fault=disk target=r1 mode=torn", nemesis.Evidence{"crashed": 1, "restarted": 1}, nil, "torn: 0, needs 1"},
		{"fault=corrupt chance=1% mode=detected", nemesis.Evidence{"corrupted": 1, "dropped": 1}, nil, ""},
		{"fault=corrupt chance=1% mode=delivered", nemesis.Evidence{"corrupted": 9, "undecodable": 9}, nil, "delivered: 0, needs 1"},
		{"fault=crash target=r1", nemesis.Evidence{"crashed": 1}, nil, "restarted: 0, needs 1"},
		{"fault=crash target=r1 lose=nothing", nemesis.Evidence{"crashed": 1, "restarted": 1}, nil, ""},
		{"fault=crash target=r1 lose=unsynced", nemesis.Evidence{"crashed": 1, "restarted": 1}, nil, "records_lost: 0, needs 1"},
		{"fault=crash target=r1 lose=all", nemesis.Evidence{"crashed": 1, "restarted": 1, "records_lost": 2}, nil, ""},
	} {
		f, err := nemesis.ParseFault(test.fault)
		if err != nil {
			t.Fatal(err)
		}
		bites, missing := test.evidence.Bites(f, test.minima)
		if bites != (test.missing == "") || missing != test.missing {
			t.Errorf("%s with %v: got %t, %q, want %q", test.fault, test.evidence, bites, missing, test.missing)
		}
	}
}

// TestKindsAreWhole holds the table of kinds to what the rest of the house relies on.
func TestKindsAreWhole(t *testing.T) {
	for _, info := range nemesis.Kinds() {
		if len(info.Proof)+len(info.Modes) == 0 || info.About == "" || len(info.Fields) == 0 {
			t.Errorf("%s lacks proof, words or fields: %+v", info.Kind, info)
		}
		for _, name := range info.Fields {
			if !slices.Contains(nemesis.FieldNames(), name) {
				t.Errorf("%s takes %s, which no fault has", info.Kind, name)
			}
		}
		proof := info.Proof
		for _, m := range info.Modes {
			if len(info.Proof)+len(m.Proof) == 0 {
				t.Errorf("%s %s needs no proof", info.Kind, m.Mode)
			}
			proof = append(proof, m.Proof...)
		}
		if (len(info.Modes) > 0) != info.Takes("mode") {
			t.Errorf("%s has %d modes, and takes mode: %t", info.Kind, len(info.Modes), info.Takes("mode"))
		}
		for _, name := range proof {
			if !slices.Contains(info.Counts(), name) {
				t.Errorf("%s does not report %s, which proves it", info.Kind, name)
			}
		}
	}
}

func TestWhatFewReplicasCannotSuffer(t *testing.T) {
	for _, test := range []struct {
		fault    string
		replicas int
		fits     bool
	}{
		{"fault=partition shape=halves", 1, false},
		{"fault=partition shape=halves", 2, true},
		{"fault=partition shape=majority-minority", 2, false},
		{"fault=partition shape=majority-minority", 3, true},
		{"fault=partition groups=\"r1 | c1\"", 1, true},
		{"fault=crash target=minority", 2, false},
		{"fault=loss target=minority chance=5%", 3, true},
		{"fault=crash target=majority", 1, true},
		{"fault=pause target=primary", 1, true},
	} {
		f, err := nemesis.ParseFault(test.fault)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Fits(test.replicas); (err == nil) != test.fits {
			t.Errorf("%s to %d replicas: got %v", test.fault, test.replicas, err)
		}
	}
}
