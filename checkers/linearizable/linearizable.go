// Package linearizable judges linearizability (Herlihy & Wing 1990): every operation takes effect at one instant
// between its call and its return.
//
// Keys are judged apart, for linearizability is local. Each is given to the first engine that can decide it: blocks
// and zones in linear time for registers whose values are unique, else a search. Porcupine is the second opinion. The
// package must not know of any other guarantee.
package linearizable

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// maxWorkers bounds how many keys are searched at once, and with it the memory of all searches.
const maxWorkers = 4

// Checker returns the checker of linearizability.
func Checker() checkers.Checker {
	return checkers.Checker{Guarantee: guarantee.Linearizable, Check: check}
}

func check(in checkers.Input) checkers.Verdict { return judge(in, engines()) }

// judge decides with the given engines: each key by the first that can.
func judge(in checkers.Input, by []engine) checkers.Verdict {
	keys, stranger := checkers.Survey(in)
	if stranger >= 0 {
		return unknown(fmt.Sprintf("%s is no operation of a %s", checkers.Short(&in.History.Operations[stranger]), in.Object.Name), "none", 0)
	}
	if reason := checkers.Overflow(in); reason != "" {
		return unknown(reason, "none", 0)
	}
	outcomes := decideAll(in, keys, by)
	if v, broken := violation(in, keys, outcomes); broken {
		return v
	}
	if k := slices.IndexFunc(outcomes, outcome.untried); k >= 0 && !in.Interrupted() {
		return unknown(noMethod(in, keys[k].Key, by), "none", steps(outcomes))
	}
	if slices.ContainsFunc(outcomes, outcome.undecided) {
		return givenUp(in, keys, outcomes)
	}
	orders := make([][]int, len(outcomes))
	for k, o := range outcomes {
		orders[k] = o.order
	}
	return checkers.Verdict{
		Guarantee:   guarantee.Linearizable,
		Valid:       checkers.Valid,
		Reason:      validReason(keys),
		Certificate: &checkers.Certificate{Orders: orders},
		Engine:      names(outcomes),
		Steps:       steps(outcomes),
	}
}

// violation returns the verdict on the first key that is invalid, or on the first that is so by the anomaly sought. A
// key whose violation is not confirmed gives way to one whose violation is.
func violation(in checkers.Input, keys []checkers.KeyOperations, outcomes []outcome) (first checkers.Verdict, broken bool) {
	for k, o := range outcomes {
		if o.valid != checkers.Invalid {
			continue
		}
		v := invalid(in, keys[k], outcomes[:k+1])
		confirmed := v.Valid == checkers.Invalid
		if confirmed && (!seeks(in) || v.Witness.Anomaly == in.Seek) {
			return v, true
		}
		if !broken || confirmed && first.Valid != checkers.Invalid {
			first, broken = v, true
		}
	}
	return first, broken
}

func seeks(in checkers.Input) bool { return in.Seek != "" && in.Seek != guarantee.Any }

// decideAll decides all keys, or all up to the first that is invalid if no anomaly is sought; what lies behind that one
// may stay undecided. So the first violation does not depend on which worker is the fastest.
func decideAll(in checkers.Input, keys []checkers.KeyOperations, by []engine) []outcome {
	outcomes := make([]outcome, len(keys))
	var next, bad atomic.Int64
	bad.Store(int64(len(keys)))
	work := func() {
		for k := next.Add(1) - 1; k < bad.Load() && !in.Interrupted(); k = next.Add(1) - 1 {
			outcomes[k] = decide(in, keys[k].Operations, by)
			if outcomes[k].valid == checkers.Invalid && !seeks(in) {
				lower(&bad, k)
			}
		}
	}
	var helpers sync.WaitGroup
	for range min(maxWorkers, runtime.GOMAXPROCS(0), len(keys)) - 1 {
		helpers.Go(work)
	}
	work()
	helpers.Wait()
	return outcomes
}

// lower makes the value at most k.
func lower(v *atomic.Int64, k int64) {
	for old := v.Load(); k < old; old = v.Load() {
		if v.CompareAndSwap(old, k) {
			return
		}
	}
}

// decide has the first engine that can decide one key do it.
func decide(in checkers.Input, ops []int, by []engine) outcome {
	for _, e := range by {
		if o, ok := e.decide(in, ops); ok {
			o.engine = e.name()
			return o
		}
	}
	return outcome{engine: "none"}
}

// untried tells whether no engine had a method for a key.
func (o outcome) untried() bool { return o.engine == "none" }

func unknown(reason, engine string, steps int64) checkers.Verdict {
	return checkers.Verdict{Guarantee: guarantee.Linearizable, Valid: checkers.Unknown, Reason: reason, Engine: engine, Steps: steps}
}

func validReason(keys []checkers.KeyOperations) string {
	n := 0
	for _, k := range keys {
		n += len(k.Operations)
	}
	if len(keys) == 1 {
		return fmt.Sprintf("one order of %d operations explains all answers and keeps real time", n)
	}
	return fmt.Sprintf("for each of %d keys one order explains all answers and keeps real time, %d operations in all", len(keys), n)
}

func steps(outcomes []outcome) int64 {
	sum := int64(0)
	for _, o := range outcomes {
		sum += o.steps
	}
	return sum
}

// names lists the engines that decided, each once.
func names(outcomes []outcome) string {
	var out []string
	for _, o := range outcomes {
		if !slices.Contains(out, o.engine) {
			out = append(out, o.engine)
		}
	}
	slices.Sort(out)
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, "+")
}
