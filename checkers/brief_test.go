package checkers_test

import (
	"fmt"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/all"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// TestLongValuesAreCut judges histories that break everything there is, under keys and with values of thousands of
// characters: what is written for people stays readable, and says how long the rest is.
func TestLongValuesAreCut(t *testing.T) {
	long := strings.Repeat("ä", 5000)
	lists := strings.Repeat("7 ", 400)
	broken := map[string][]string{
		"register": {
			"w(x,1) w(x,2)@10-11 | r(x)2@10-11 r(x)1 r(x)2 r(x)0", "r(x)3", "w(x,3)! | r(x)3", "w(x,1) | w(x,2) r(x)1 | r(x)1 r(x)2 | r(x)2 r(x)1",
			"cas(x,0,1) | cas(x,0,2)", "w(x,1) r(x)1@10-11 | r(x)2@10-11",
		},
		"set": {
			"add(x,1) r(x)[]", "add(x,1) r(x)[1 1]", "r(x)[2]@10-11", "add(x,2)! r(x)[2]@10-11", "add(x,1) r(x)[]@10-11 | r(x)[1]@10-11",
			"add(x,1) | add(x,2) | r(x)[1] r(x)[2]", "r(x)[" + lists + "]",
		},
		"board": {"post(x,1) | r(x)[1] post(x,2,1) | r(x)[2]", "post(x,1) r(x)[1 1]@10-11", "post(x,1) r(x)[]@10-11", "post(x,1," + strings.TrimSuffix(strings.Repeat("9,", 400), ",") + ") r(x)[]"},
		"bank":  {"deposit(x,1) r(x)0@10-11", "withdraw(x,1)", "deposit(x,3) withdraw(x,2)~ r(x)4@10-11"},
		"log": {
			"append(x,1) append(x,2) r(x)[2 1]@10-11", "append(x,1) r(x)[1 1]@10-11", "append(x,1) r(x)[]@10-11", "r(x)[2]@10-11",
			"append(x,1) | append(x,2) | r(x)[1 2] | r(x)[2 1]",
		},
		"counter": {"add(x,1) r(x)0@10-11", "add(x,1) r(x)7@10-11", "add(x,1) r(x)1@4-5 r(x)0@10-11"},
	}
	written := 0
	for name, texts := range broken {
		object, _ := model.Lookup(name)
		for _, text := range texts {
			in := checkers.Input{History: withLongNames(oracle.ParseRun(text, 10), long, name != "counter" && name != "bank"), Object: object}
			for _, v := range checkers.Ladder(all.All(), in) {
				sentences := []string{v.Reason}
				if v.Witness != nil {
					sentences = append(sentences, v.Witness.Sentence)
					for _, i := range v.Witness.Operations {
						sentences = append(sentences, checkers.Describe(&in.History.Operations[i]))
					}
					for _, e := range v.Witness.Edges {
						sentences = append(sentences, e.Why)
					}
				}
				for _, s := range sentences {
					if len(s) > 2500 {
						t.Errorf("%s: %s: %d bytes: %.300s", text, v.Guarantee, len(s), s)
					}
					if strings.Contains(s, "… (500") {
						written++
					}
				}
			}
		}
	}
	if written < 100 {
		t.Errorf("only %d sentences have been cut", written)
	}
}

// withLongNames puts long names in the place of keys and, if so asked, of values.
func withLongNames(h *history.History, long string, values bool) *history.History {
	var stretch func(v protocol.Value) protocol.Value
	stretch = func(v protocol.Value) protocol.Value {
		if list, ok := v.List(); ok {
			out := make([]protocol.Value, len(list))
			for i := range list {
				out[i] = stretch(list[i])
			}
			return protocol.List(out...)
		}
		if n, ok := v.Int(); ok && values {
			return protocol.String(fmt.Sprintf("%s%d", long, n))
		}
		return v
	}
	h.Initial = stretch(h.Initial)
	for i := range h.Operations {
		op := &h.Operations[i]
		op.Key, op.Input, op.Output = long+op.Key, stretch(op.Input), stretch(op.Output)
	}
	return h
}
