package available_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sunder/checkers"
	"sunder/checkers/available"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// record makes a history of lines such as "100 c0 invoke", "200 c0 ok", "300 fault begun", "400 fault ended" and "500 final",
// the times in milliseconds. In the final phase one read is answered.
func record(t *testing.T, lines ...string) *history.History {
	t.Helper()
	var b history.Builder
	add := func(e history.Event) {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	phase := func(at time.Duration, name string) {
		add(history.Event{Time: at, Process: history.Nemesis, Type: history.Info, F: "phase", Detail: []byte(`"` + name + `"`)})
	}
	phase(0, history.Chaos)
	for _, line := range lines {
		var ms, process int
		var who, what string
		if _, err := fmt.Sscan(line, &ms, &who, &what); err != nil {
			t.Fatal(line, err)
		}
		at := time.Duration(ms) * time.Millisecond
		if who == "fault" {
			detail := fmt.Sprintf(`{"id":1,"state":%q}`, what)
			add(history.Event{Time: at, Process: history.Nemesis, Type: history.Info, F: "partition", Detail: []byte(detail)})
			continue
		}
		if who == "phase" {
			phase(at, what)
			continue
		}
		if _, err := fmt.Sscanf(who, "c%d", &process); err != nil {
			t.Fatal(line, err)
		}
		e := history.Event{Time: at, Process: process, F: "read", Key: "x", Node: "c1"}
		switch what {
		case "invoke":
			e.Type = history.Invoke
		case "ok":
			e.Type, e.Value = history.OK, protocol.Int(0)
		default:
			e.Type = history.Info
		}
		add(e)
	}
	phase(100*time.Second, history.Final)
	add(history.Event{Time: 101 * time.Second, Process: 99, Type: history.Invoke, F: "read", Key: "x", Node: "c1", Via: "r1"})
	add(history.Event{Time: 102 * time.Second, Process: 99, Type: history.OK, F: "read", Key: "x", Value: protocol.Int(0), Node: "c1", Via: "r1"})
	return b.Finish()
}

func TestTheFirstAnswer(t *testing.T) {
	t.Parallel()
	fault := []string{"1000 fault begun", "5000 fault ended"}
	for _, test := range []struct {
		name  string
		lines []string
		want  checkers.Validity
	}{
		{"in time", append(fault, "5100 c0 invoke", "6900 c0 ok"), checkers.Valid},
		{"of one that was open already", []string{"500 c0 invoke", "1000 fault begun", "5000 fault ended", "6000 c0 ok"}, checkers.Valid},
		{"too late", append(fault, "5100 c0 invoke", "7100 c0 ok"), checkers.Invalid},
		{"none", append(fault, "5100 c0 invoke", "6100 c0 info"), checkers.Invalid},
		{"none to one that was open already", []string{"500 c0 invoke", "1000 fault begun", "5000 fault ended", "5500 c0 info"}, checkers.Invalid},
		{"nobody asked soon enough", append(fault, "6100 c0 invoke", "9000 c0 info"), checkers.Valid},
		{"another fault came", append(fault, "5100 c0 invoke", "6500 fault begun", "8000 c0 info"), checkers.Valid},
		{"another fault came, and was in force first", []string{"1000 fault begun", "2000 fault begun", "5000 fault ended", "5100 c0 invoke", "8000 c0 info"}, checkers.Valid},
		{"no fault", []string{"100 c0 invoke", "5000 c0 info"}, checkers.Valid},
		{"the second time", append(fault, "5100 c0 invoke", "5200 c0 ok", "6000 fault begun", "7000 fault ended", "7100 c0 invoke", "9500 c0 ok"), checkers.Invalid},
		{"in time at first", append(fault, "5100 c0 invoke", "5200 c0 ok", "5300 c0 invoke", "9000 c0 info"), checkers.Valid},
	} {
		in := checkers.Input{History: record(t, test.lines...), Object: model.Register()}
		v := available.Checkers()[0].Run(in)
		if v.Valid != test.want {
			t.Errorf("%s: %s (%s)", test.name, v.Valid, v.Reason)
		}
		if v.Valid != checkers.Invalid {
			continue
		}
		if v.Witness.Anomaly != guarantee.Late || !strings.Contains(v.Reason, "no operation ended ok within 2s after all was healed at ") {
			t.Errorf("%s: %s: %s", test.name, v.Witness.Anomaly, v.Reason)
		}
		if err := checkers.Certify(in, v); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestLateIsCertifiedAndNothingElse draws runs: what the checker says is what the certificate, which is found in another
// way, agrees with for some operation.
func TestLateIsCertifiedAndNothingElse(t *testing.T) {
	t.Parallel()
	r := prng.New(1)
	counts := map[checkers.Validity]int{}
	for range 3000 {
		var lines []string
		open, force := map[int]bool{}, 0
		process := 0
		for at := 0; len(lines) < 12; at += r.IntN(900) {
			switch r.IntN(4) {
			case 0:
				if force > 0 && r.IntN(3) > 0 {
					force--
					lines = append(lines, fmt.Sprintf("%d fault ended", at))
				} else if r.IntN(2) == 0 {
					force++
					lines = append(lines, fmt.Sprintf("%d fault begun", at))
				}
			case 1, 2:
				process++
				open[process] = true
				lines = append(lines, fmt.Sprintf("%d c%d invoke", at, process))
			case 3:
				if p := 1 + r.IntN(max(process, 1)); open[p] {
					delete(open, p)
					lines = append(lines, fmt.Sprintf("%d c%d %s", at, p, []string{"ok", "info", "info"}[r.IntN(3)]))
				}
			}
		}
		in := checkers.Input{History: record(t, lines...), Object: model.Register()}
		v := available.Checkers()[0].Run(in)
		counts[v.Valid]++
		if v.Valid == checkers.Invalid {
			if err := checkers.Certify(in, v); err != nil {
				t.Fatalf("%q: %v", lines, err)
			}
			continue
		}
		for i := range in.History.Operations {
			w := &checkers.Witness{Anomaly: guarantee.Late, Operations: []int{i}}
			if checkers.Certify(in, checkers.Verdict{Guarantee: guarantee.Available, Valid: checkers.Invalid, Witness: w}) == nil {
				t.Fatalf("%q: valid, but operation %d is certified as late", lines, i)
			}
		}
	}
	if counts[checkers.Valid] < 200 || counts[checkers.Invalid] < 200 {
		t.Errorf("the runs are too much alike: %v", counts)
	}
}

// TestAnswersInRealTimeMayTakeLonger gives a slack, within which an answer comes, or does not.
func TestAnswersInRealTimeMayTakeLonger(t *testing.T) {
	object, _ := model.Lookup("register")
	for answered, want := range map[string]checkers.Validity{"14900 c0 ok": checkers.Valid, "15100 c0 ok": checkers.Invalid} {
		in := checkers.Input{Object: object, History: record(t, "1000 fault begun", "5000 fault ended", "5100 c0 invoke", answered), Slack: 8 * time.Second}
		if v := available.Checkers()[0].Run(in); v.Valid != want {
			t.Errorf("%s: %s (%s), want %s", answered, v.Valid, v.Reason, want)
		}
	}
}
