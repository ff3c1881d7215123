package checkers_test

import (
	"errors"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/history"
)

// TestAdmit reads histories as their recorders wrote them and holds each to the operations of its object.
func TestAdmit(t *testing.T) {
	for _, test := range []struct {
		name, object string
		events       []string // the members of each event after the process
		says         string   // "": it is admitted
	}{
		{"a write answered with null", "register", []string{`0,"type":"invoke","f":"write","value":5`, `0,"type":"ok","f":"write"`}, ""},
		{"a write answered with itself", "register", []string{`0,"type":"invoke","f":"write","value":5`, `0,"type":"ok","f":"write","value":5`}, ""},
		{"a write answered with another value", "register", []string{`0,"type":"invoke","f":"write","value":5`, `0,"type":"ok","f":"write","value":6`},
			`line 2: write(5) ended ok with 6, but of a register it answers null, or what it was given (see line 1)`},
		{"a write that may have happened says nothing more", "register", []string{`0,"type":"invoke","f":"write","value":5`, `0,"type":"info","f":"write","value":"timeout"`}, ""},
		{"a read that asks for a value", "register", []string{`0,"type":"invoke","f":"read","value":5`}, `line 1: read is given 5, but of a register it takes null`},
		{"reads of anything", "register", []string{`0,"type":"invoke","f":"read"`, `0,"type":"ok","f":"read","value":["a",[1]]`}, ""},
		{"an operation of another object", "register", []string{`0,"type":"invoke","f":"read"`, `0,"type":"ok","f":"read","value":1`, `0,"type":"invoke","f":"add","value":1`},
			`line 3: a register has no operation "add" (it has read, write, cas: `},
		{"a cas of one", "cas-register", []string{`0,"type":"invoke","f":"cas","value":[1]`}, `line 1: cas is given [1], but of a register it takes a list [old, new]`},
		{"a cas of three", "register", []string{`0,"type":"invoke","f":"cas","value":[1,2,3]`}, `takes a list [old, new]`},
		{"a cas that is told of in four ways", "register", []string{
			`0,"type":"invoke","f":"cas","value":[1,2]`, `0,"type":"ok","f":"cas"`,
			`0,"type":"invoke","f":"cas","value":[1,2]`, `0,"type":"ok","f":"cas","value":[1,2]`,
			`0,"type":"invoke","f":"cas","value":[1,2]`, `0,"type":"ok","f":"cas","value":true`,
			`0,"type":"invoke","f":"cas","value":[1,2]`, `0,"type":"ok","f":"cas","value":2`,
		}, ""},
		{"a cas that is told not to have been one", "register", []string{`0,"type":"invoke","f":"cas","value":[1,2]`, `0,"type":"ok","f":"cas","value":false`},
			`line 2: cas(1, 2) ended ok with "false"`},
		{"a cas that ends as another", "register", []string{`0,"type":"invoke","f":"cas","value":[1,2]`, `0,"type":"ok","f":"cas","value":[1,3]`},
			`line 2: cas(1, 2) ended ok with [1,3]`},
		{"a set that is a number", "set", []string{`0,"type":"invoke","f":"read"`, `0,"type":"ok","f":"read","value":5`},
			`line 2: read() ended ok with 5, but of a set it answers a list of all elements (see line 1)`},
		{"an empty set", "set", []string{`0,"type":"invoke","f":"read"`, `0,"type":"ok","f":"read","value":null`}, ""},
		{"a counter that is a list", "counter", []string{`0,"type":"invoke","f":"read"`, `0,"type":"ok","f":"read","value":[5]`}, `of a counter it answers a whole number`},
		{"a counter that is null", "counter", []string{`0,"type":"invoke","f":"read"`, `0,"type":"ok","f":"read"`}, `ended ok with null, but of a counter it answers a whole number`},
		{"an addition of text", "counter", []string{`0,"type":"invoke","f":"add","value":"1"`}, `add is given "1", but of a counter it takes a whole number`},
		{"a post without an id", "board", []string{`0,"type":"invoke","f":"post","value":[]`}, `post is given [], but of a board it takes a list [id, parent...]`},
		{"clients that talk", "set", []string{
			`0,"type":"invoke","f":"tell","value":"c2"`, `0,"type":"ok","f":"tell"`,
			`1,"type":"invoke","f":"hear"`, `1,"type":"ok","f":"hear","value":["c1",7]`,
		}, ""},
		{"a message to nobody", "set", []string{`0,"type":"invoke","f":"tell","value":7`}, `tell is given 7`},
		{"a message from nobody", "set", []string{`1,"type":"invoke","f":"hear"`, `1,"type":"ok","f":"hear"`}, `ended ok with null`},
		{"the first of two is told of", "set", []string{
			`0,"type":"invoke","f":"read"`, `1,"type":"invoke","f":"add","value":1`, `1,"type":"ok","f":"add","value":2`, `0,"type":"ok","f":"read","value":5`,
		}, `line 3: add(1) ended ok with 2`},
		{"and not the one that was called first", "set", []string{
			`0,"type":"invoke","f":"read"`, `1,"type":"invoke","f":"sub","value":1`, `0,"type":"ok","f":"read","value":5`,
		}, `line 2: a set has no operation "sub"`},
		{"lines are those of the file", "set", []string{"", "", `0,"type":"invoke","f":"read"`, "", `0,"type":"ok","f":"read","value":5`}, `line 5: read() ended ok with 5, but of a set it answers a list of all elements (see line 3)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var text strings.Builder
			for _, e := range test.events {
				if e != "" {
					e = `{"process":` + e + `}`
				}
				text.WriteString(e + "\n")
			}
			h, err := history.Read(strings.NewReader(text.String()))
			if err != nil {
				t.Fatal(err)
			}
			object, known := model.Lookup(test.object)
			if !known {
				t.Fatalf("no object %s", test.object)
			}
			err = checkers.Admit(h, object)
			if test.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var flaw *history.LineError
			if !errors.As(err, &flaw) || flaw.Hint == "" || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v", err)
			}
		})
	}
}
