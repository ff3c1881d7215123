package all_test

import (
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/all"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
)

// TestSumsBeyond64Bits: what additions come to that 64 bits do not hold no read can answer, so nobody can tell a counter
// that wraps from one that stays right. No checker of sums may give a verdict; just below the bound all must.
func TestSumsBeyond64Bits(t *testing.T) {
	object, _ := model.Lookup("counter")
	for _, test := range []struct {
		text   string
		beyond bool
	}{
		{"add(n,9223372036854775807) add(n,1) r(n)-9223372036854775808@10-11", true},
		{"add(n,-9223372036854775808) add(n,-1) r(n)9223372036854775807@10-11", true},
		{"add(n,9223372036854775807) add(n,1)? r(n)9223372036854775807@10-11", true},
		{"add(n,9223372036854775807) add(n,1) add(n,-1) r(n)9223372036854775807@10-11", true},
		{"add(n,9223372036854775806) add(n,1) r(n)9223372036854775807@10-11", false},
		{"add(n,9223372036854775807) add(n,1)! r(n)9223372036854775807@10-11", false},
		{"add(n,9223372036854775807) add(m,1) r(n)9223372036854775807@10-11 r(m)1@12-13", false},
		{"add(n,-9223372036854775808) add(n,9223372036854775807) r(n)-1@10-11", false},
	} {
		in := checkers.Input{History: oracle.ParseRun(test.text, 10), Object: object}
		judged := 0
		for _, v := range checkers.Ladder(all.All(), in) {
			if !strings.Contains("linearizable sequential durability exactly-once", string(v.Guarantee)) {
				continue
			}
			judged++
			want := checkers.Valid
			if test.beyond {
				want = checkers.Unknown
			}
			if v.Valid != want || test.beyond && !strings.Contains(v.Reason, "more than 64 bits hold") {
				t.Errorf("%s: %s is %s: %s", test.text, v.Guarantee, v.Valid, v.Reason)
			}
		}
		if judged != 4 {
			t.Errorf("%s: %d guarantees were judged, not 4", test.text, judged)
		}
	}
}

// TestWrongSumsNearTheBound: what is plainly wrong is found to be so with the largest numbers, too.
func TestWrongSumsNearTheBound(t *testing.T) {
	object, _ := model.Lookup("counter")
	for _, text := range []string{
		"add(n,9223372036854775807) r(n)-9223372036854775808",
		"add(n,3) add(n,-9223372036854775808) | r(n)9223372036854775807",
		"add(n,-3) add(n,5) | r(n)-9223372036854775808",
	} {
		in := checkers.Input{History: oracle.Parse(text), Object: object}
		for _, v := range checkers.Ladder(all.All(), in) {
			if v.Valid != checkers.Invalid {
				t.Errorf("%s: %s is %s: %s", text, v.Guarantee, v.Valid, v.Reason)
			} else if err := checkers.Certify(in, v); err != nil {
				t.Errorf("%s: %s: %v", text, v.Guarantee, err)
			}
		}
	}
}
