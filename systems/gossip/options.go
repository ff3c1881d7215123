package gossip

import (
	"fmt"
	"strconv"
	"time"

	"sunder/systems"
)

// The options and their values.
const (
	optionFrontEnds  = "front-ends"
	frontEndsPinned  = "pinned"
	frontEndsRoaming = "roaming"

	optionOrder    = "order"
	causalOrder    = "causal"
	forcedOrder    = "forced"
	immediateOrder = "immediate"

	optionCausalFrontEnds = "causal-front-ends"
	noFrontEnds           = "none"
	evenFrontEnds         = "even"

	optionForcedFrontEnds = "forced-front-ends"
	thirdFrontEnds        = "third"

	optionExec   = "exec"
	exactTable   = "exact"
	deltaTable   = "delta"
	tableByClock = "delta-by-clock"

	optionDelta = "delta"

	optionGossipInterval = "gossip-interval"

	optionCopies = "copies"

	optionSideChannel = "side-channel"
	timestamped       = "timestamped"
	bare              = "bare"
)

func optionList() []systems.Option {
	return []systems.Option{
		{
			Name: optionFrontEnds, Default: frontEndsPinned, Values: []string{frontEndsPinned, frontEndsRoaming},
			About: "pinned: a front end uses the replica that it stands beside; roaming: any replica for each operation, the next one when there is no answer",
		},
		{
			Name: optionOrder, Default: causalOrder, Values: []string{causalOrder, forcedOrder, immediateOrder},
			About: "causal: updates take effect in causal order; forced: and all replicas agree on one order of them, which a primary chooses with a majority; immediate: and each has one place among all updates, for which the primary stops all replicas",
		},
		{
			Name: optionCausalFrontEnds, Default: noFrontEnds, Values: []string{noFrontEnds, evenFrontEnds},
			About: "even: the front ends of c2, c4 ... ask for causal order whatever the order is, so that updates of both kinds meet",
		},
		{
			Name: optionForcedFrontEnds, Default: noFrontEnds, Values: []string{noFrontEnds, thirdFrontEnds},
			About: "third: the front ends of c3, c6 ... ask for forced order where the order is immediate, unless they ask for causal order",
		},
		{
			Name: optionExec, Default: exactTable, Values: []string{exactTable, deltaTable, tableByClock},
			About: "how long the table of executed updates remembers one. exact: for ever, in few numbers; delta: until the clocks of all replicas are past its end by delta, and whoever gets a message older than that refuses it; delta-by-clock: until the replica's own clock is. In causal order only: with a primary the table is always exact",
		},
		{Name: optionDelta, Default: "2s", About: "how old a message for an update may be, where the table is not exact"},
		{Name: optionGossipInterval, Default: "100ms", About: "how often a replica sends gossip to each other replica"},
		{
			Name: optionCopies, Default: "1", Values: []string{"1", "2", "3"},
			About: "how many replicas have an update on disk before it is answered (f+1, to survive the loss of f replicas for good); an operation that names its replica goes to that one alone",
		},
		{
			Name: optionSideChannel, Default: timestamped, Values: []string{timestamped, bare},
			About: "whether messages between clients carry a timestamp (Fig 14.7); bare: clients talk past their front ends, and causality is lost",
		},
	}
}

// options are the options, read.
type options struct {
	roaming        bool
	gossipInterval time.Duration
	copies         int
	bare           bool
	order          string
	evenCausal     bool
	thirdForced    bool
	exec           string
	delta          time.Duration
}

// parseOptions reads what scenarios have checked against optionList; a value that is not allowed there is a bug of
// ours.
func parseOptions(values map[string]string) options {
	copies, err := strconv.Atoi(values[optionCopies])
	if err != nil || copies < 1 {
		panic(fmt.Sprintf("gossip: %s is %q", optionCopies, values[optionCopies]))
	}
	return options{
		roaming:        values[optionFrontEnds] == frontEndsRoaming,
		gossipInterval: duration(values, optionGossipInterval),
		copies:         copies,
		bare:           values[optionSideChannel] == bare,
		order:          values[optionOrder],
		evenCausal:     values[optionCausalFrontEnds] == evenFrontEnds,
		thirdForced:    values[optionForcedFrontEnds] == thirdFrontEnds,
		exec:           values[optionExec],
		delta:          duration(values, optionDelta),
	}
}

func duration(values map[string]string, name string) time.Duration {
	d, err := time.ParseDuration(values[name])
	if err != nil || d <= 0 {
		panic(fmt.Sprintf("gossip: %s is %q", name, values[name]))
	}
	return d
}
