package all_test

import (
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/all"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
)

// rungs are the guarantees of one object in the columns of the table: linearizable, sequential, CC, CM, CCv, and the four
// session guarantees together.
var rungs = []guarantee.Name{
	guarantee.Linearizable, guarantee.Sequential, guarantee.CausalWeak, guarantee.Causal, guarantee.CausalConvergent, guarantee.Session,
}

// litmus is the table of histories with known verdicts, all rungs of each in one row: "y" for valid, "n" for invalid.
// What is not sequential is not linearizable, whenever its operations ran.
var litmus = []struct{ name, history, verdicts string }{
	{"POPL'17 (a)", "w(x,1) r(x)2 | w(x,2) r(x)1", "n n y y n y"},
	{"POPL'17 (b)", "w(z,1) w(x,1) w(y,1) | w(x,2) r(z)0 r(y)1 r(x)2", "n n y n y y"},
	{"POPL'17 (c)", "w(x,1) r(y)0 w(y,1) r(x)1 | w(x,2) r(y)0 w(y,2) r(x)2", "n n y y y y"},
	{"POPL'17 (d)", "w(x,1) | w(x,2) r(x)1 r(x)2", "n n y n n y"},
	{"POPL'17 (e)", "w(x,1) w(y,1) | r(y)1 w(x,2) | r(x)2 r(x)1", "n n n n n n"},
	{"SB", "w(x,1) r(y)0 | w(y,1) r(x)0", "n n y y y y"},
	{"IRIW", "w(x,1) | w(y,1) | r(x)1 r(y)0 | r(y)1 r(x)0", "n n y y y y"},
	{"MP, stale", "w(x,1) w(y,1) | r(y)1 r(x)0", "n n n n n n"},
	{"MP", "w(x,1) w(y,1)@2-9 | r(y)1@4-5 r(x)1", "y y y y y y"},
	{"LB", "r(y)1 w(x,1) | r(x)1 w(y,1)", "n n n n n n"},
	{"CoWW", "w(x,1) w(x,2) | r(x)2 r(x)1", "n n n n n n"},
	{"CoRR", "w(x,1) | w(x,2) | r(x)1 r(x)2 | r(x)2 r(x)1", "n n y y n y"},
	{"WRC, stale", "w(x,1) | r(x)1 w(y,1) | r(y)1 r(x)0", "n n n n n n"},
	{"RYW", "w(x,1) r(x)0", "n n n n n n"},
	{"MR", "w(x,1) | r(x)1 r(x)0", "n n n n n n"},
	{"RYW and MW", "w(x,1) w(x,2) r(x)1", "n n n n n n"},
	{"CC, not CM, not CCv", "w(x,1) r(x)2 r(x)1 | w(x,2)", "n n y n n y"},
	{"CCv, not CM", "w(x,1) r(y)0 r(y)3 r(x)1 | w(y,2) w(x,2) w(y,3)", "n n y n y y"},
	{"CyclicCF over two keys", "w(x,1) w(y,1) r(y)2 | w(y,2) w(x,2) r(x)1", "n n y y n y"},
	{"one session sees 1, 2, 1", "w(x,1) r(x)1 r(x)2 r(x)1 | w(x,2)", "n n y n n y"},
	{"sixteen operations", "w(z,1) w(f,1) r(g)1 r(x)2 | w(z,2) w(g,1) r(f)1 r(x)1 | w(x,1) w(h,1) r(k)1 r(z)2 | w(x,2) w(k,1) r(h)1 r(z)1", "n n y y y y"},
	{"Coulouris: bank, B then A", "p1: w(x,1)@0-1 w(y,2)@2-3 | p2: r(y)2@4-5 r(x)0@6-7", "n n n n n n"},
	{"Coulouris: sequential, not linearizable", "p1: w(x,1)@0-1 w(y,2)@6-7 | p2: r(y)0@2-3 r(x)0@4-5", "n y y y y y"},
	{"failed cas with an unknown write", "w(x,1)?@0-1 | cas(x,0,2)~@2-3", "y y y y y y"},
	{"failed cas without one", "cas(x,0,2)~", "n n y y y y"},
}

// TestLitmus judges each row by every rung, and holds every violation to its certificate.
func TestLitmus(t *testing.T) {
	for _, row := range litmus {
		in := checkers.Input{History: oracle.Parse(row.history), Object: model.Register()}
		for k, want := range strings.Fields(row.verdicts) {
			c, _ := checkers.Find(all.All(), rungs[k])
			v := c.Run(in)
			if expected := map[string]checkers.Validity{"y": checkers.Valid, "n": checkers.Invalid}[want]; v.Valid != expected {
				t.Errorf("%s: %s is %s, not %s: %s", row.name, rungs[k], v.Valid, expected, v.Reason)
			}
			if err := checkers.Certify(in, v); err != nil && v.Valid == checkers.Invalid {
				t.Errorf("%s: %s: %v", row.name, rungs[k], err)
			}
		}
	}
}
