package txn_test

import (
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/oracle"
	"sunder/checkers/txn"
)

// TestNamesOfCycles holds the names of cycles that take more than what was read to Elle's: what the order of processes closes
// is a -process of strong session and of strict serializability alike, and what takes real time a -realtime of the latter.
// Without either, each history is serializable.
func TestNamesOfCycles(t *testing.T) {
	for _, test := range []struct {
		history       string
		session, real guarantee.Anomaly // "" if it holds
	}{
		{"a(x,1) ; a(x,2) | r(x)[2 1]@0-9", guarantee.G0Process, guarantee.G0Process},
		{"r(x)2 w(x,1) ; w(x,2)", guarantee.G0Process, guarantee.G0Process},
		{"r(x)[1] ; a(x,1)", guarantee.G1cProcess, guarantee.G1cProcess},
		{"r(x)1 ; w(x,1)", guarantee.G1cProcess, guarantee.G1cProcess},
		{"a(x,1) ; r(x)[]", guarantee.GSingleProcess, guarantee.GSingleProcess},
		{"w(x,1) ; r(x)0", guarantee.GSingleProcess, guarantee.GSingleProcess},
		{"a(x,1) ; r(y)[] | a(y,1) ; r(x)[]", guarantee.GNonadjacentProcess, guarantee.GNonadjacentProcess},
		{"w(x,1) ; r(y)0 | w(y,1) ; r(x)0", guarantee.GNonadjacentProcess, guarantee.GNonadjacentProcess},
		{"a(y,1) ; r(x)[] | a(x,1) r(y)[]@0-9", guarantee.G2ItemProcess, guarantee.G2ItemProcess},
		{"w(y,1) ; r(x)0 | w(x,1) r(y)0@0-9", guarantee.G2ItemProcess, guarantee.G2ItemProcess},

		{"a(x,1)@0-1 | a(x,2)@2-3 | r(x)[2 1]@0-9", "", guarantee.G0Realtime},
		{"r(x)2 w(x,1)@0-1 | w(x,2)@2-3", "", guarantee.G0Realtime},
		{"r(x)[1]@0-1 | a(x,1)@2-3", "", guarantee.G1cRealtime},
		{"r(x)1@0-1 | w(x,1)@2-3", "", guarantee.G1cRealtime},
		{"a(x,1)@0-1 | r(x)[]@2-3", "", guarantee.GSingleRealtime},
		{"w(x,1)@0-1 | r(x)0@2-3", "", guarantee.GSingleRealtime},
		{"a(x,1)@0-1 | r(y)[]@2-3 | a(y,1)@0-9 | r(y)[1] r(x)[]@0-9", "", guarantee.GNonadjacentRealtime},
		{"w(x,1)@0-1 | r(y)0@2-3 | w(y,1)@0-9 | r(y)1 r(x)0@0-9", "", guarantee.GNonadjacentRealtime},
		{"a(y,1)@0-1 | r(x)[]@2-3 | a(x,1) r(y)[]@0-9", "", guarantee.G2ItemRealtime},
		{"w(y,1)@0-1 | r(x)0@2-3 | w(x,1) r(y)0@0-9", "", guarantee.G2ItemRealtime},
	} {
		in := oracle.ParseTransactions(test.history)
		for name, want := range map[guarantee.Name]guarantee.Anomaly{
			guarantee.Serializable: "", guarantee.StrongSessionSerializable: test.session, guarantee.StrictSerializable: test.real,
		} {
			c, _ := checkers.Find(txn.Checkers(), name)
			v := c.Run(in)
			found := guarantee.Anomaly("")
			if v.Witness != nil {
				found = v.Witness.Anomaly
			}
			if found != want || (v.Valid == checkers.Valid) != (want == "") {
				t.Errorf("%s: %s is %s by %q, want %q: %s", test.history, name, v.Valid, found, want, v.Reason)
			}
			if err := checkers.Certify(in, v); err != nil {
				t.Errorf("%s: %s: %v", test.history, name, err)
			}
		}
	}
}
