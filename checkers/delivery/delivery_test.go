package delivery_test

import (
	"slices"
	"testing"

	"sunder/checkers"
	"sunder/checkers/delivery"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
)

const valid guarantee.Anomaly = ""

// unknown stands for a verdict that is not known; its reason is in the table.
const unknown guarantee.Anomaly = "unknown"

type test struct {
	name, object, history string
	want                  guarantee.Anomaly
	reason                string
	operations            []int
}

func TestDurability(t *testing.T) {
	run(t, guarantee.Durability, []test{
		{"set: all is there", "set", "add(s,1) r(s)[1 2]@10-11 | add(s,2) r(s)[2 1]@10-11", valid, "2 final reads agree with all updates", nil},
		{
			"set: one is lost", "set", "add(s,1) r(s)[1 2]@10-11 | add(s,2) r(s)[1]@10-11", guarantee.Lost,
			`r2 does not show in the end what was answered ok: add(s, 2) → ok by process 2 (c2) (1 of 2 updates of "s" are lost)`,
			[]int{1, 3},
		},
		{"set: of unknown outcome and lost", "set", "add(s,1) r(s)[1]@10-11 | add(s,2)?", valid, "", nil},
		{"set: of unknown outcome and there", "set", "add(s,1) r(s)[1 2]@10-11 | add(s,2)?", valid, "", nil},
		{
			"set: failed and there", "set", "add(s,1)! r(s)[1]@10-11", guarantee.Phantom,
			`r1 shows 1 under "s" in the end, though the only try to put it there failed: add(s, 1) → failed by process 1 (c1)`,
			[]int{0, 1},
		},
		{"set: failed, tried again and there", "set", "add(s,1)! add(s,1) r(s)[1]@10-11", valid, "", nil},
		{"set: never asked for", "set", "add(s,1) r(s)[1 7]@10-11", guarantee.Phantom, `r1 shows 7 under "s" in the end, which nobody ever asked for`, []int{1}},
		{"set: under another key", "set", "add(t,1) r(s)[1]@10-11", guarantee.Phantom, "", []int{1}},
		{"set: lost in between is no matter", "set", "add(s,1) r(s)[]@4-5 r(s)[1]@10-11", valid, "", nil},
		{"set: added while it was read", "set", "add(s,1)@10-13 | r(s)[]@11-12", valid, "", nil},
		{"set: one replica did not answer", "set", "add(s,1) r(s)[1]@10-11 | r(s)?@10-11", unknown, `no final read of "s" from r2 ended ok`, nil},
		{"set: lost though another replica did not answer", "set", "add(s,1) r(s)[]@10-11 | r(s)?@10-11", guarantee.Lost, "", []int{0, 1}},
		{"set: no final reads", "set", "add(s,1) r(s)[1]", unknown, "no final reads", nil},
		{"set: no list", "set", "add(s,1) r(s)1@10-11", unknown, "a set was read as 1", nil},
		{"log: one is lost", "log", "append(l,1) append(l,2) r(l)[1]@10-11", guarantee.Lost, "", []int{1, 2}},
		{"log: failed and there", "log", "append(l,1)! r(l)[1]@10-11", guarantee.Phantom, "", []int{0, 1}},
		{"log: in another order", "log", "append(l,1) append(l,2) r(l)[2 1]@10-11", valid, "", nil},
		{"group: a message is lost", "multicast", "multicast(m,1) multicast(m,2) r(m)[1]@10-11", guarantee.Lost, "", []int{1, 2}},
		{"group: gone with the group", "multicast", "multicast(m,1) destroy(null) create(null) multicast(m,2) r(m)[2]@10-11", valid, "", nil},
		{"group: perhaps gone with the group", "multicast", "multicast(m,1) r(m)[]@10-11 | destroy(null)?", valid, "", nil},
		{"group: it was not destroyed", "multicast", "multicast(m,1) r(m)[]@10-11 | destroy(null)~", guarantee.Lost, "", []int{0, 2}},
		{"group: lost from the next one", "multicast", "destroy(null) create(null) multicast(m,2) r(m)[]@10-11", guarantee.Lost, "", []int{2, 3}},
		{"board: a post is lost", "board", "post(b,1) post(b,2,1) r(b)[1]@10-11", guarantee.Lost, "", []int{1, 2}},
		{"counter: all is there", "counter", "add(n,1) add(n,2) r(n)3@10-11", valid, "", nil},
		{
			"counter: one is lost", "counter", "add(n,1) add(n,2) add(n,4) r(n)5@10-11", guarantee.Lost,
			"r1 answered n = 5 in the end, though the additions that ended ok come to 7",
			[]int{1, 2, 3},
		},
		{"counter: nothing was added", "counter", "add(m,1) r(n)0@10-11", valid, "", nil},
		{"counter: of unknown outcome", "counter", "add(n,1) r(n)1@10-11 | add(n,5)?", valid, "", nil},
		{"counter: failed", "counter", "add(n,1) add(n,5)! r(n)1@10-11", valid, "", nil},
		{"counter: too much is the business of exactly-once", "counter", "add(n,1) r(n)2@10-11", valid, "", nil},
		{"counter: both signs, in bounds", "counter", "add(n,5) add(n,-2) r(n)3@10-11", valid, "", nil},
		{
			"counter: both signs, out of bounds", "counter", "add(n,5) add(n,-2) r(n)1@10-11", unknown,
			"n was read as 1 and must be between 3 and 3, but as additions of both signs were made it is unclear whether some are missing or some counted twice", nil,
		},
		{"register", "register", "w(x,1) r(x)1@10-11", unknown, "durability is not judged of a register", nil},
	})
}

func TestExactlyOnce(t *testing.T) {
	run(t, guarantee.ExactlyOnce, []test{
		{"counter: all once", "counter", "add(n,1) add(n,2) r(n)3@10-11", valid, "", nil},
		{
			"counter: one twice", "counter", "add(n,1) add(n,2) r(n)4@10-11", guarantee.Duplicated,
			"process 1 (c1 at r1) read n = 4, though all additions that can have happened come to 3",
			[]int{2},
		},
		{"counter: twice, seen in between", "counter", "add(n,1) r(n)2 r(n)1@10-11", guarantee.Duplicated, "", []int{1}},
		{"counter: of unknown outcome, once", "counter", "add(n,1) r(n)3@10-11 | add(n,2)?", valid, "", nil},
		{"counter: of unknown outcome, twice", "counter", "add(n,1) r(n)5@10-11 | add(n,2)?", guarantee.Duplicated, "", []int{2}},
		{"counter: failed and there", "counter", "add(n,1) add(n,2)! r(n)3@10-11", guarantee.Duplicated, "", []int{2}},
		{"counter: too little is the business of durability", "counter", "add(n,1) r(n)0@10-11", valid, "", nil},
		{"counter: a late removal", "counter", "add(n,5) add(n,-2) r(n)5 r(n)3@10-11", valid, "", nil},
		{"counter: both signs, more than all that was added", "counter", "add(n,5) add(n,-2) r(n)6 r(n)3@10-11", guarantee.Duplicated, "", []int{2}},
		{"counter: both signs, out of bounds in the end", "counter", "add(n,5) add(n,-2) r(n)5@10-11", unknown, "", nil},
		{"counter: read before it was added", "counter", "r(n)1@0-1 | add(n,1)@2-3 | r(n)1@10-11", guarantee.Duplicated, "", []int{0}},
		{"counter: no number", "counter", "add(n,1) r(n)null@10-11", unknown, "a counter was read as null", nil},
		{"counter: no final reads", "counter", "add(n,1) r(n)1", unknown, "no final reads", nil},
		{"board: all once", "board", "post(b,1) post(b,2,1) r(b)[1 2]@10-11", valid, "", nil},
		{
			"board: one twice", "board", "post(b,1) post(b,2,1) r(b)[1 2 1]@10-11", guarantee.Duplicated,
			`process 1 (c1 at r1) saw 1 more than once under "b"`,
			[]int{0, 2},
		},
		{"board: twice, seen in between", "board", "post(b,1) r(b)[1 1] r(b)[1]@10-11", guarantee.Duplicated, "", []int{0, 1}},
		{"log: each as often as it was appended", "log", "append(l,1) append(l,1) r(l)[1 1]@10-11", valid, "", nil},
		{
			"log: one twice", "log", "append(l,1) r(l)[1 1] r(l)[1]@10-11", guarantee.Duplicated,
			`process 1 (c1) saw 1 more than once under "l"`,
			[]int{0, 1},
		},
		{
			"log: one three times", "log", "append(l,1) append(l,1)? | append(l,1)! r(l)[1 1 1]@10-11", guarantee.Duplicated,
			`process 2 (c2 at r2) saw 1 more than 2 times under "l"`,
			[]int{0, 2, 3},
		},
		{"set: all once", "set", "add(s,1) add(s,1) r(s)[1]@10-11", valid, "", nil},
		{
			"set: one twice", "set", "add(s,1) r(s)[1 1]@10-11", guarantee.Duplicated,
			`process 1 (c1 at r1) saw 1 more than once under "s"`,
			[]int{0, 1},
		},
		{"group: each as often as it was sent", "multicast", "multicast(m,1) multicast(m,1) r(m)[1 1]@10-11", valid, "", nil},
		{
			"group: one twice", "multicast", "multicast(m,1) r(m)[1 1]@10-11", guarantee.Duplicated,
			`process 1 (c1 at r1) saw 1 more than once under "m"`,
			[]int{0, 1},
		},
		{"register", "register", "w(x,1) r(x)1@10-11", unknown, "exactly-once is not judged of a register", nil},
	})
}

func run(t *testing.T, name guarantee.Name, tests []test) {
	c, _ := checkers.Find(delivery.Checkers(), name)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			object, _ := model.Lookup(test.object)
			in := checkers.Input{History: oracle.ParseRun(test.history, 10), Object: object}
			v := c.Run(in)
			got := valid
			switch v.Valid {
			case checkers.Unknown:
				got = unknown
			case checkers.Invalid:
				got = v.Witness.Anomaly
			}
			if got != test.want || test.reason != "" && v.Reason != test.reason {
				t.Fatalf("%s %s (%s), want %s (%s)", v.Valid, got, v.Reason, test.want, test.reason)
			}
			if v.Valid == checkers.Invalid {
				recheck(t, in, v, test.operations)
			}
		})
	}
}

// recheck requires the operations of the witness, that Certify accepts it, and that it accepts none of operations that
// are not in it.
func recheck(t *testing.T, in checkers.Input, v checkers.Verdict, want []int) {
	t.Helper()
	if !slices.Equal(v.Witness.Operations, want) {
		t.Errorf("witness %v, want %v", v.Witness.Operations, want)
	}
	if err := checkers.Certify(in, v); err != nil {
		t.Error(err)
	}
	forged := *v.Witness
	forged.Operations = nil
	for i := range in.History.Operations {
		if !slices.Contains(want, i) {
			forged.Operations = append(forged.Operations, i)
		}
	}
	v.Witness = &forged
	if checkers.Certify(in, v) == nil {
		t.Errorf("a witness of %v was accepted too", forged.Operations)
	}
}
