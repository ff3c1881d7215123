package linearizable

import (
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// TestTransfers judges a bank of two accounts that hold ten each. Whether that is known at first makes no difference.
func TestTransfers(t *testing.T) {
	const first = "r(b)[[0 10] [1 10]]@0-1 "
	for _, test := range []struct {
		name, text string
		valid      bool
		sentence   string
	}{
		{"a transfer", first + "transfer(b,0,1,5)@2-3 r(b)[[0 5] [1 15]]@4-5", true, ""},
		{"a transfer that is read while it is made", first + "transfer(b,0,1,5)@2-9 | r(b)[[0 10] [1 10]]@3-4 r(b)[[0 5] [1 15]]@5-6", true, ""},
		{"an account with nothing is left out", first + "transfer(b,0,1,10)@2-3 r(b)[[1 20]]@4-5", true, ""},
		{"of unknown outcome, made", first + "transfer(b,0,1,5)?@2-3 | r(b)[[0 5] [1 15]]@4-5", true, ""},
		{"of unknown outcome, not made", first + "transfer(b,0,1,5)?@2-3 | r(b)[[0 10] [1 10]]@4-5", true, ""},
		{"of unknown outcome, made late", first + "transfer(b,0,1,5)?@2-3 | r(b)[[0 10] [1 10]]@4-5 r(b)[[0 5] [1 15]]@6-7", true, ""},
		{"failed", first + "transfer(b,0,1,5)!@2-3 r(b)[[0 10] [1 10]]@4-5", true, ""},
		{"refused", first + "transfer(b,0,1,11)~@2-3 r(b)[[0 10] [1 10]]@4-5", true, ""},
		{"to itself", first + "transfer(b,0,0,5)@2-3 r(b)[[0 10] [1 10]]@4-5", true, ""},
		{"a wrong total", first + "transfer(b,0,1,5)@2-3 r(b)[[0 5] [1 10]]@4-5", false, "process 1 (c1) read balances of 20 in all, and process 1 (c1) ones of 15"},
		{"money out of nowhere", first + "r(b)[[0 10] [1 10] [2 1]]@4-5", false, "process 1 (c1) read balances of 20 in all, and process 1 (c1) ones of 21"},
		{"a lost transfer", first + "transfer(b,0,1,5)@2-3 r(b)[[0 10] [1 10]]@4-5", false,
			"process 1 (c1) read the balance 10 of account 0, when it was 5 by process 1's read before and the transfers since"},
		{"a transfer made twice", first + "transfer(b,0,1,5)@2-3 r(b)[[0 0] [1 20]]@4-5", false, ""},
		{"a failed transfer that was made", first + "transfer(b,0,1,5)!@2-3 r(b)[[0 5] [1 15]]@4-5", false, ""},
		{"half a transfer", first + "transfer(b,0,1,5)@2-9 | r(b)[[0 5] [1 10]]@3-4", false, ""},
		{"of unknown outcome, made and undone", first + "transfer(b,0,1,5)?@2-3 | r(b)[[0 5] [1 15]]@4-5 r(b)[[0 10] [1 10]]@6-7", false, ""},
		{"more than there is", first + "transfer(b,0,1,11)@2-3", false, ""},
		{"less than nothing", first + "transfer(b,0,1,11)@2-3 r(b)[[0 -1] [1 21]]@4-5", false, "process 1 (c1) read the balance -1 of account 0"},
		{"refused for no reason", first + "transfer(b,0,1,10)~@2-3 r(b)[[0 10] [1 10]]@4-5", false, ""},
		{"no balance", "r(b)[[0 20] [1 null]]@4-5", false, "process 1 (c1) read no balance of account 1"},
	} {
		for _, initial := range []protocol.Value{{}, protocol.List(protocol.Ints(0, 10), protocol.Ints(1, 10))} {
			in := input("bank", oracle.Parse(test.text))
			in.History.Initial = initial
			v := check(in)
			if (v.Valid == checkers.Valid) != test.valid || v.Valid == checkers.Unknown {
				t.Errorf("%s, %v at first: %s: %s", test.name, initial, v.Valid, v.Reason)
				continue
			}
			if initial.IsNull() && !strings.Contains(v.Reason, test.sentence) {
				t.Errorf("%s: %s", test.name, v.Reason)
			}
			if err := checkers.Certify(in, v); err != nil {
				t.Errorf("%s: %s: %v", test.name, v.Reason, err)
			}
		}
	}
}

// TestWhatIsKnownAtFirst: a total, or a transfer, that agrees with the reads and not with what there was at first.
func TestWhatIsKnownAtFirst(t *testing.T) {
	for text, want := range map[string]string{
		"r(b)[[0 1] [1 1]]":  "process 1 (c1) read balances of 2 in all, where there was 20 at first",
		"transfer(b,0,1,11)": `no order of these 1 operations on "b" explains their answers`,
	} {
		in := input("bank", oracle.Parse(text))
		if v := check(in); v.Valid != checkers.Valid {
			t.Errorf("%s: %s: %s", text, v.Valid, v.Reason)
		}
		in.History.Initial = protocol.List(protocol.Ints(0, 10), protocol.Ints(1, 10))
		v := check(in)
		if v.Valid != checkers.Invalid || v.Reason != want {
			t.Errorf("%s: %s: %s", text, v.Valid, v.Reason)
		}
		if err := checkers.Certify(in, v); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestDebts: where accounts may hold less than nothing, no transfer is too large.
func TestDebts(t *testing.T) {
	in := input("bank", oracle.Parse("r(b)[[0 10] [1 10]]@0-1 transfer(b,0,1,11)@2-3 r(b)[[0 -1] [1 21]]@4-5"))
	if v := check(in); v.Valid != checkers.Invalid {
		t.Errorf("%s: %s", v.Valid, v.Reason)
	}
	in.Object = model.InDebt()
	if v := check(in); v.Valid != checkers.Valid {
		t.Errorf("with debts: %s: %s", v.Valid, v.Reason)
	}
	in = input("bank", oracle.Parse("r(b)[[0 10] [1 10]]@0-1 transfer(b,0,1,11)@2-3 r(b)[[0 10] [1 10]]@4-5"))
	in.Object = model.InDebt()
	v := check(in)
	if v.Valid != checkers.Invalid {
		t.Errorf("a lost transfer: %s: %s", v.Valid, v.Reason)
	}
	if err := checkers.Certify(in, v); err != nil {
		t.Error(err)
	}
}

// TestUnknownBalances compares what is said of a bank of which nothing is known at first with what is said of all banks that it
// may be.
func TestUnknownBalances(t *testing.T) {
	t.Parallel()
	shape := oracle.Shape{Object: "bank", Ops: 5, Processes: 3, Keys: 1, Accounts: 2, Unsure: 20, Scramble: true}
	r, counts := prng.New(7), map[checkers.Validity]int{}
	for range 4000 {
		in := input("bank", oracle.Random(r, shape))
		v := check(in)
		counts[v.Valid]++
		if want := oracle.LinearizableBank(in, shape.Accounts, 12); want != (v.Valid == checkers.Valid) {
			t.Fatalf("%s: %s: %s; for some balances: %v", oracle.Format(in.History), v.Valid, v.Reason, want)
		}
	}
	if counts[checkers.Valid] < 500 || counts[checkers.Invalid] < 500 || counts[checkers.Unknown] > 0 {
		t.Errorf("too few of one kind: %v", counts)
	}
}

// TestTooMuchMoney: where sums come near to what 64 bits hold, nothing is said.
func TestTooMuchMoney(t *testing.T) {
	for _, text := range []string{"transfer(b,0,1,4000000000000000000)", "r(b)[[0 4000000000000000000] [1 1]]", "r(b)[[0 9223372036854775807] [1 9223372036854775807]]"} {
		if v := check(input("bank", oracle.Parse(text))); v.Valid != checkers.Unknown || !strings.Contains(v.Reason, "what 64 bits hold") {
			t.Errorf("%s: %s: %s", text, v.Valid, v.Reason)
		}
	}
}

func TestOverdrawnIsNoAnomalyOfItsOwn(t *testing.T) {
	v := check(input("bank", oracle.Parse("r(b)[[0 -1]]")))
	if v.Valid != checkers.Invalid || v.Witness.Anomaly != guarantee.NotLinearizable {
		t.Errorf("%+v", v)
	}
}
