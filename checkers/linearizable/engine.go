package linearizable

import (
	"fmt"
	"slices"
	"strings"

	"sunder/checkers"
	"sunder/checkers/guarantee"
)

// engine is a method to decide the linearizability of the operations under one key.
type engine interface {
	name() string
	// decide returns what it found, and whether the method applies at all. ops are those that checkers.Considered
	// selects, in the order of their calls.
	decide(in checkers.Input, ops []int) (outcome, bool)
}

// engines returns the engines that decide, the best first. The last one applies to everything.
func engines() []engine { return append(fast(), sparing{}, search{}) }

// fast returns the engines that decide in about linear time what each of them is made for.
func fast() []engine { return []engine{blocks{}, slots{}, chain{}, prefix{}, fifo{}, totals{}} }

// Engines returns the names that CheckerBy takes: auto, which leaves the choice to the checker, and single engines.
func Engines() []string { return []string{"auto", "fast", "search", "porcupine"} }

// CheckerBy returns the checker that uses the engines of one name only; what they cannot decide is unknown. It returns
// false if there is no engine of that name.
func CheckerBy(name string) (checkers.Checker, bool) {
	c := Checker()
	if name == "auto" {
		return c, true
	}
	var by []engine
	for _, e := range append(engines(), porcupineSearch{}) {
		if e.name() == name {
			by = append(by, e)
		}
	}
	c.Check = func(in checkers.Input) checkers.Verdict { return judge(in, by) }
	return c, len(by) > 0
}

// fastObjects are those of which a fast engine can decide some histories at least.
func fastObjects() []string {
	return []string{"register", "counter", "set", "board", "log", "queue", "bank"}
}

// noMethod says that the engines asked for cannot decide a key, and which can.
func noMethod(in checkers.Input, key string, by []engine) string {
	var asked, others []string
	for _, e := range by {
		if !slices.Contains(asked, e.name()) {
			asked = append(asked, e.name())
		}
	}
	for _, name := range Engines() {
		if !slices.Contains(asked, name) {
			others = append(others, name)
		}
	}
	what := "a " + in.Object.Name
	if slices.Contains(fastObjects(), in.Object.Name) {
		what = fmt.Sprintf("these operations on %s, though for others of a %s it has", checkers.Subject(key, "a "+in.Object.Name+" without a key"), in.Object.Name)
	}
	return fmt.Sprintf("engine %s has no method for %s; those that have one are %s", strings.Join(asked, ", "), what, strings.Join(others, ", "))
}

// outcome is what an engine found of one key.
type outcome struct {
	valid   checkers.Validity
	order   []int    // if valid: a linearization
	suspect []int    // if invalid: operations that contradict one another, not yet minimal
	found   *finding // if invalid, and the engine knows the anomaly
	steps   int64    // operations looked at, or calls of the specification
	placed  int      // if unknown: how many operations could be put in order
	until   int      // if unknown: the event before which all that has returned could be put in order; 0 if there is none
	reason  string   // if unknown
	engine  string
}

// finding is an anomaly with the operations that play a part in it: first those that the sentence is about.
type finding struct {
	anomaly  guarantee.Anomaly
	parts    []int
	sentence string // "": what the anomaly always says
}
