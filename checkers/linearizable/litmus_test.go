package linearizable

import (
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// TestLitmus has the histories that the literature argues about, and one of each anomaly with its sentence. An empty
// anomaly says that the history is linearizable.
func TestLitmus(t *testing.T) {
	tests := []struct {
		name, object, history string
		anomaly               guarantee.Anomaly
		sentence              string
	}{
		{"store buffering, all concurrent", "register", "w(x,1) r(y)0 | w(y,1) r(x)0", guarantee.StaleRead,
			"process 2 (c2) read x = 0 after process 1's write of x = 1 had returned"},
		{"Coulouris: bank, B then A", "register", "p1: w(x,1)@0-1 w(y,2)@2-3 | p2: r(y)2@4-5 r(x)0@6-7", guarantee.StaleRead,
			"process 2 (c2) read x = 0 after process 1's write of x = 1 had returned"},
		{"Coulouris: sequential only", "register", "p1: w(x,1)@0-1 w(y,2)@6-7 | p2: r(y)0@2-3 r(x)0@4-5", guarantee.StaleRead,
			"process 2 (c2) read x = 0 after process 1's write of x = 1 had returned"},
		{"a read beside a write may see either", "register", "w(x,1)@0-9 | r(x)1@1-2 | r(x)1@3-4", "", ""},
		{"new, then old", "register", "w(x,1)@0-9 | r(x)1@1-2 | r(x)0@3-4", guarantee.ReadInversion,
			"process 3 (c3) read x = 0 after process 2's read of x = 1 had returned, which is newer"},
		{"operations that touch are concurrent", "register", "w(x,1)@0-2 | r(x)0@2-3", "", ""},
		{"read before its write", "register", "w(x,1)@2-3 | r(x)1@0-1", guarantee.FutureRead,
			"process 2 (c2) read x = 1 and returned before process 1's write of x = 1 was called"},
		{"out of thin air", "register", "w(x,1) | r(x)7", guarantee.ThinAirRead, "process 2 (c2) read x = 7, which nobody wrote"},
		{"a failed write shows", "register", "w(x,1)! | r(x)1", guarantee.AbortedRead,
			"process 2 (c2) read x = 1 though process 1's write of x = 1 had failed"},
		{"an unknown write may show late", "register", "w(x,1)?@0-1 | r(x)0@2-3 r(x)1@4-5", "", ""},
		{"an unknown write does not come and go", "register", "w(x,1)?@0-1 | r(x)1@2-3 r(x)0@4-5", guarantee.ReadInversion,
			"process 2 (c2) read x = 0 after process 2's read of x = 1 had returned, which is newer"},
		{"two cas from one value", "register", "cas(x,0,1) | cas(x,0,2)", guarantee.LostUpdate,
			"process 1's cas of x from 0 to 1 and process 2's cas of x from 0 to 2 both succeeded from one value"},
		{"two readers, two orders", "register", "w(x,1)@0-9 | w(x,2)@0-9 | r(x)1@10-11 r(x)2@12-13 | r(x)2@10-11 r(x)1@12-13", guarantee.DirtyOrder,
			"process 4's read of x = 1 and the other answers on \"x\" fit no one order"},
		{"cas in a circle", "register", "cas(x,1,2) | cas(x,2,1)", guarantee.DirtyOrder,
			"process 1's cas of x from 1 to 2 and the other answers on \"x\" fit no one order"},
		{"an unknown write makes a cas fail", "register", "w(x,1)?@0-1 | cas(x,0,2)~@2-3", "", ""},
		{"a cas fails for no reason", "register", "cas(x,0,2)~@2-3", guarantee.NotLinearizable,
			"process 1's cas of x from 0 to 2 was refused, though by the other answers the value was the expected one all the while"},
		{"a write of the present value restores it", "register", "w(x,0)@0-9 | w(x,1)@0-1 | r(x)0@2-3", "", ""},
		{"a sum that counts too little", "counter", "add(x,2)@0-1 add(x,1)@2-3 | r(x)2@4-5", guarantee.StaleRead,
			"process 2 (c2) read x = 2 after additions of 3 in all had returned"},
		{"a sum that counts too much", "counter", "add(x,2)@0-1 | r(x)3@0-3", guarantee.ThinAirRead,
			"process 2 (c2) read x = 3, and all additions together make 2"},
		{"a sum that counts too early", "counter", "add(x,2)@5-6 | r(x)2@0-3", guarantee.FutureRead,
			"process 2 (c2) read x = 2 when additions of only 0 in all had been called"},
		{"a set forgets", "set", "add(x,1)@0-1 | r(x)[1]@0-3 r(x)[]@4-5", guarantee.StaleRead,
			"process 2 (c2) read x = [] after process 1's add of 1 to x had returned"},
		{"a set in any order", "set", "add(x,1)@0-9 | add(x,2)@0-9 | r(x)[2]@1-2 r(x)[2 1]@3-4", "", ""},
		{"two sets that fit no one order", "set", "add(x,1)@0-9 | add(x,2)@0-9 | r(x)[2]@1-5 | r(x)[1]@1-4", guarantee.DirtyOrder,
			"process 3's read of x = [2] and the other answers on \"x\" fit no one order"},
		{"a withdrawal of all there is", "bank", "deposit(x,5)@0-9 | withdraw(x,5)@1-2 r(x)0@3-4", "", ""},
		{"a withdrawal of more than there is", "bank", "deposit(x,5)@0-1 | withdraw(x,6)@2-3", guarantee.NotLinearizable,
			"process 2's withdrawal of 6 from x succeeded, when the balance was 5"},
		{"a withdrawal refused for no reason", "bank", "deposit(x,5)@0-1 withdraw(x,5)~@2-3 | r(x)5@4-5", guarantee.NotLinearizable,
			"process 1's withdrawal of 5 from x was refused, when the balance was 5"},
		{"a withdrawal refused while it was paid in", "bank", "deposit(x,5)@0-4 | withdraw(x,5)~@2-3 | r(x)5@5-6", "", ""},
		{"two withdrawals of one deposit", "bank", "deposit(x,5)@0-1 | withdraw(x,5)@2-5 | withdraw(x,5)@2-5", guarantee.NotLinearizable,
			"no order of these 2 operations on \"x\" explains their answers"},
		{"a log in real time", "log", "append(x,1)@0-9 | append(x,2)@0-9 | r(x)[2]@1-2 r(x)[2 1]@3-4", "", ""},
		{"a log with one element twice", "log", "append(x,1) append(x,1) | r(x)[1 1]@4-5", "", ""},
		{"a log against real time", "log", "append(x,1)@0-1 append(x,2)@2-3 | r(x)[2 1]@4-5", guarantee.DirtyOrder,
			"process 2 (c2) read x = [2,1], though process 1's append of 1 to x had returned before process 1's append of 2 to x was called"},
		{"two logs that fit no one order", "log", "append(x,1)@0-9 | append(x,2)@0-9 | r(x)[2 1]@10-11 | r(x)[1 2]@10-11", guarantee.DirtyOrder,
			"process 3's read of x = [2,1] and the other answers on \"x\" fit no one order"},
		{"a log forgets its end", "log", "append(x,1)@0-1 append(x,2)@2-3 | r(x)[1]@4-5", guarantee.StaleRead,
			"process 2 (c2) read x = [1] after process 1's append of 2 to x had returned"},
		{"a log goes back", "log", "append(x,1)@0-9 | r(x)[1]@0-1 r(x)[]@4-5", guarantee.ReadInversion,
			"process 2 (c2) read x = [] after process 2's read of x = [1] had returned, which is newer"},
		{"an element twice that was appended once", "log", "append(x,1)@0-1 | r(x)[1 1]@4-5", guarantee.Duplicated,
			"process 2 (c2) read x = [1,1], which shows 1 more than once"},
		{"Herlihy & Wing H1: two enqueues at a time", "queue", "enq(q,1)@0-3 deq(q)2@4-5 | enq(q,2)@1-2 deq(q)1@6-7", "", ""},
		{"Herlihy & Wing H2: the second enqueued leaves alone", "queue", "enq(q,1)@0-1 | enq(q,2)@2-3 deq(q)2@4-5", guarantee.Lost,
			"process 1's enqueue of 1 to q is lost: nobody dequeued it, but process 2 (c2) dequeued 2 from q, whose enqueue was called after it had returned"},
		{"Herlihy & Wing H3: an enqueue that has not returned", "queue", "enq(q,1)?@0-9 | deq(q)1@2-3", "", ""},
		{"Herlihy & Wing H4: one value leaves twice", "queue", "enq(q,1)@0-5 deq(q)2@6-7 | enq(q,2)@1-2 deq(q)2@8-9", guarantee.Duplicated,
			"process 1's dequeue of 2 from q and process 2's dequeue of 2 from q both took what was enqueued once"},
		{"a value leaves before it comes", "queue", "deq(q)1@0-1 | enq(q,1)@2-3", guarantee.FutureRead,
			"process 1 (c1) dequeued 1 from q and returned before process 2's enqueue of 1 to q was called"},
		{"a value from nowhere", "queue", "enq(q,1) | deq(q)7", guarantee.ThinAirRead, "process 2 (c2) dequeued 7 from q, which nobody enqueued"},
		{"a value whose enqueue failed", "queue", "enq(q,7)! | deq(q)7@2-3", guarantee.AbortedRead, "process 2 (c2) dequeued 7 from q though process 1's enqueue of 7 to q had failed"},
		{"the later value leaves first", "queue", "enq(q,1)@0-1 enq(q,2)@2-3 | deq(q)2@4-5 deq(q)1@6-7", guarantee.Overtaken,
			"process 2 (c2) dequeued 2 from q and returned before process 2's dequeue of 1 from q was called, though process 1's enqueue of 1 to q had returned before process 1's enqueue of 2 to q was called"},
		{"a queue is empty beside its dequeue", "queue", "enq(q,1)@0-1 | deq(q)1@2-9 | deq(q)null@3-4", "", ""},
		{"a queue is empty that was not", "queue", "enq(q,1)@0-1 | deq(q)null@2-3 | deq(q)1@4-5", guarantee.NotEmpty, "process 2 (c2) found q empty though 1 was there all the while"},
		{"a queue is empty between two values", "queue", "enq(q,1)@0-1 enq(q,2)@3-4 | deq(q)~@2-7 | deq(q)1@5-6 | deq(q)2@8-9", guarantee.NotEmpty,
			"process 2 (c2) found q empty though at each moment meanwhile one of 1, 2 was there"},
		{"an unknown dequeue makes room", "queue", "enq(q,1)@0-1 enq(q,2)@2-3 | deq(q)?@4-5 | deq(q)2@6-7", "", ""},
		{"an unknown dequeue comes too late", "queue", "enq(q,1)@0-1 enq(q,2)@2-3 | deq(q)2@4-5 | deq(q)?@6-7", guarantee.Lost,
			"process 1's enqueue of 1 to q is lost: nobody dequeued it, but process 2 (c2) dequeued 2 from q, whose enqueue was called after it had returned"},
		{"one unknown dequeue for two values", "queue", "enq(q,1)@0-1 enq(q,2)@2-3 enq(q,3)@4-5 | deq(q)?@6-7 | deq(q)3@8-9", guarantee.Lost,
			"process 1's enqueue of 2 to q is lost: 2 values must have been dequeued by when process 3 (c3) dequeued 3 from q, and only 1 of unknown outcome can have done that"},
		{"two have a mutex", "mutex", "acquire(m)@0-1 | acquire(m)@2-3 release(m)@4-5", guarantee.NotLinearizable,
			"process 2's acquire of m succeeded, though it was taken: acquires before it: 1, releases that can have been: 0"},
		{"nobody had the mutex", "mutex", "release(m)@0-1 | acquire(m)@2-3", guarantee.NotLinearizable, "process 1's release of m succeeded, though nobody had it: acquires that can have been before it: 0, releases: 0"},
		{"a mutex goes from one to the other", "mutex", "acquire(m)@0-1 release(m)@3-6 | acquire(m)@2-5", "", ""},
		{"an unknown release makes room", "mutex", "acquire(m)@0-1 release(m)?@2-3 | acquire(m)@4-5", "", ""},
		{"an unknown acquire need not have happened", "mutex", "acquire(m)?@0-1 | acquire(m)@2-3", "", ""},
		{"an unknown acquire must have happened", "mutex", "acquire(m)?@0-1 | release(m)@2-3", "", ""},
		{"an unknown acquire comes too late", "mutex", "release(m)@0-1 | acquire(m)?@2-3", guarantee.NotLinearizable,
			"process 1's release of m succeeded, though nobody had it: acquires that can have been before it: 0, releases: 0"},
		{"one unknown release for two acquires", "mutex", "acquire(m)@0-1 | release(m)?@2-3 | acquire(m)@4-5 | acquire(m)@6-7", guarantee.NotLinearizable,
			"process 4's acquire of m succeeded, though it was taken: acquires before it: 2, releases that can have been: 1"},
		{"two acquires with a release between", "mutex", "acquire(m)@0-5 | acquire(m)@1-4 | release(m)@2-3", "", ""},
		{"two acquires at a time", "mutex", "acquire(m)@0-5 | acquire(m)@1-4", guarantee.NotLinearizable,
			"no order of these 2 operations on \"m\" explains their answers"},
		{"two releases of one acquire", "mutex", "acquire(m)@0-1 | release(m)@2-5 | release(m)@3-4", guarantee.NotLinearizable,
			"no order of these 2 operations on \"m\" explains their answers"},
		{"an acquire refused while it is taken", "mutex", "acquire(m)@0-1 | acquire(m)~@2-3", "", ""},
		{"an acquire refused while it is let go", "mutex", "acquire(m)@0-1 release(m)@2-5 | acquire(m)~@3-4", "", ""},
		{"an acquire refused for no reason", "mutex", "acquire(m)@0-1 release(m)@2-3 | acquire(m)~@4-5", guarantee.NotLinearizable,
			"process 2's acquire of m was refused, though it was free"},
		{"an unknown acquire makes another fail", "mutex", "acquire(m)?@0-1 | acquire(m)~@2-3", "", ""},
		{"a release refused though it is taken", "mutex", "acquire(m)@0-1 | release(m)~@2-3", guarantee.NotLinearizable,
			"process 2's release of m was refused, though it was taken"},
		{"each mutex is apart", "mutex", "acquire(m)@0-1 acquire(n)@2-3 | acquire(k)@4-5", "", ""},
		{"both are written at once", "multi-register", "w(x,1) w(y,1)@0-1 | r(x)1 r(y)1@2-3", "", ""},
		{"one without the other", "multi-register", "w(x,1) w(y,1)@0-3 | r(x)1 r(y)0@1-2", guarantee.NotLinearizable,
			"no order of these 2 operations explains their answers"},
		{"one after the other, in two reads", "multi-register", "w(x,1) w(y,1)@0-9 | r(x)0@1-2 ; r(y)1@3-4", "", ""},
		{"one after the other, in the wrong order", "multi-register", "w(x,1) w(y,1)@0-9 | r(x)1@1-2 ; r(y)0@3-4", guarantee.NotLinearizable,
			"no order of these 3 operations explains their answers"},
		{"write skew", "multi-register", "r(x)0 w(y,1) | r(y)0 w(x,1)", guarantee.NotLinearizable,
			"no order of these 2 operations explains their answers"},
		{"no skew if one is first", "multi-register", "r(x)0 w(y,1)@0-9 | r(y)1 w(x,1)@1-8", "", ""},
		{"lost update", "multi-register", "r(x)0 w(x,1) | r(x)0 w(x,2)", guarantee.NotLinearizable,
			"no order of these 2 operations explains their answers"},
		{"long fork", "multi-register", "w(x,1)@0-9 | w(y,1)@0-9 | r(x)1 r(y)0@0-9 | r(x)0 r(y)1@0-9", guarantee.NotLinearizable,
			"no order of these 4 operations explains their answers"},
		{"stale in real time", "multi-register", "w(x,1)@0-1 | r(x)0@2-3", guarantee.NotLinearizable,
			"no order of these 2 operations explains their answers"},
		{"own write", "multi-register", "w(x,1) r(x)1 w(x,2)@0-1 | r(x)2@2-3", "", ""},
		{"own write unseen", "multi-register", "w(x,1) r(x)0@0-1", guarantee.NotLinearizable,
			"no order of these 1 operations explains their answers"},
		{"a value overwritten within is seen", "multi-register", "w(x,1) w(x,2)@0-9 | r(x)1@1-2", guarantee.NotLinearizable,
			"no order of these 2 operations explains their answers"},
		{"an unknown write may show late, whole", "multi-register", "w(x,1) w(y,2)?@0-1 | r(x)0@2-3 ; r(x)1 r(y)2@4-5", "", ""},
		{"an unknown write shows half", "multi-register", "w(x,1) w(y,2)?@0-1 | r(x)1 r(y)0@2-3", guarantee.NotLinearizable,
			"no order of these 2 operations explains their answers"},
		{"out of thin air", "multi-register", "w(x,1)@0-1 | r(x)7@2-3", guarantee.NotLinearizable,
			"no order of these 1 operations explains their answers"},
		{"a failed write shows", "multi-register", "w(x,1)!@0-1 | r(x)1@2-3", guarantee.NotLinearizable,
			"no order of these 1 operations explains their answers"},
		{"a post that failed shows", "board", "post(b,1)! | r(b)[1]", guarantee.AbortedRead,
			"process 2 (c2) read b = [1] though process 1's post of [1] to b had failed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			object, _ := model.Lookup(test.object)
			parse := oracle.Parse
			if test.object == "multi-register" {
				parse = func(text string) *history.History { return oracle.ParseTransactions(text).History }
			}
			in := checkers.Input{History: parse(test.history), Object: object}
			v := check(in)
			if want := oracle.Linearizable(in); want != (v.Valid == checkers.Valid) || want != (test.anomaly == "") {
				t.Fatalf("%s: %s; brute force says %v", v.Valid, v.Reason, want)
			}
			if err := checkers.Certify(in, v); err != nil {
				t.Errorf("not certified: %v", err)
			}
			if v.Witness == nil {
				return
			}
			if v.Witness.Anomaly != test.anomaly || v.Witness.Sentence != test.sentence {
				t.Errorf("got  %s: %s\nwant %s: %s", v.Witness.Anomaly, v.Witness.Sentence, test.anomaly, test.sentence)
			}
			if test.object == "register" && test.anomaly != guarantee.NotLinearizable && test.anomaly != guarantee.ThinAirRead &&
				test.anomaly != guarantee.AbortedRead && len(v.Witness.Edges) == 0 {
				t.Errorf("the witness has no edges: %+v", v.Witness)
			}
		})
	}
}

// TestFirstViolationInKeyOrder checks that the key that is shown depends on no worker.
func TestFirstViolationInKeyOrder(t *testing.T) {
	in := checkers.Input{History: oracle.Parse("w(z,1)@0-1 r(z)0@2-3 | w(y,1)@0-1 r(y)0@2-3 | w(a,1)@0-1 r(a)1@2-3"), Object: model.Register()}
	for range 50 {
		if v := check(in); v.Witness == nil || !strings.Contains(v.Reason, "y = 0") {
			t.Fatalf("got %s: %s", v.Valid, v.Reason)
		}
	}
}

// TestSeek checks that of several anomalies the one that is expected is shown, on one key and on several, and that
// what is sought changes no verdict.
func TestSeek(t *testing.T) {
	const (
		inversion = "w(x,1)@0-20 | r(x)1@1-2 r(x)0@3-4"
		both      = "w(x,1)@0-20 w(x,2)@21-22 | r(x)1@1-2 r(x)0@3-4 r(x)0@23-24 r(x)1@25-26"
		keys      = "w(a,1)@0-20 w(b,1)@21-22 | r(a)1@1-2 r(a)0@3-4 r(b)0@23-24"
	)
	tests := []struct {
		history    string
		seek, want guarantee.Anomaly
	}{
		{inversion, guarantee.ReadInversion, guarantee.ReadInversion},
		{inversion, guarantee.StaleRead, guarantee.ReadInversion},
		{inversion, guarantee.Any, guarantee.ReadInversion},
		{both, guarantee.StaleRead, guarantee.StaleRead},
		{both, guarantee.ReadInversion, guarantee.ReadInversion},
		{keys, guarantee.ReadInversion, guarantee.ReadInversion},
		{keys, guarantee.StaleRead, guarantee.StaleRead},
		{"w(x,1)@0-1 | r(x)1@2-3", guarantee.StaleRead, ""},
	}
	for _, test := range tests {
		in := checkers.Input{History: oracle.Parse(test.history), Object: model.Register(), Seek: test.seek}
		v := check(in)
		if err := checkers.Certify(in, v); err != nil {
			t.Errorf("%s: %v", test.history, err)
		}
		if (v.Valid == checkers.Valid) != (test.want == "") || v.Witness != nil && v.Witness.Anomaly != test.want {
			t.Errorf("%s, %s sought: %s, %+v", test.history, test.seek, v.Valid, v.Witness)
		}
	}
}

// TestBudget checks that a search that runs out of steps is unknown, and says how far it got.
func TestBudget(t *testing.T) {
	in := checkers.Input{History: oracle.Parse("add(x,2)@0-20 | add(x,4)@0-20 | add(x,8)@0-20 | r(x)6@0-9 r(x)7@10-11"), Object: model.Counter(), Budget: 3}
	v := check(in)
	if v.Valid != checkers.Unknown || !strings.Contains(v.Reason, `key "x": the budget of 3 steps is gone; at most`) {
		t.Errorf("got %s: %s", v.Valid, v.Reason)
	}
	in.Budget = 0
	if v := check(in); v.Valid != checkers.Invalid || v.Steps <= 3 {
		t.Errorf("got %s in %d steps: %s", v.Valid, v.Steps, v.Reason)
	}
}

// TestWhatIsNoOperation checks that a history of another object is not judged.
func TestWhatIsNoOperation(t *testing.T) {
	in := checkers.Input{History: oracle.Parse("add(x,1) | r(x)1"), Object: model.Register()}
	if v := check(in); v.Valid != checkers.Unknown || !strings.Contains(v.Reason, "add(x, 1) is no operation of a register") {
		t.Errorf("got %s: %s", v.Valid, v.Reason)
	}
}

// TestTellAndHearAreNotOfTheObject checks that what clients say to one another is passed over.
func TestTellAndHearAreNotOfTheObject(t *testing.T) {
	in := checkers.Input{History: oracle.Parse("w(x,1) tell(c2) | hear(c1) r(x)1"), Object: model.Register()}
	in.History.Operations[1].Output = protocol.Value{}
	if v := check(in); v.Valid != checkers.Valid {
		t.Errorf("got %s: %s", v.Valid, v.Reason)
	}
}
