package group

import (
	"sunder/checkers/guarantee"
	"sunder/systems"
)

// The planted bugs. Each is one branch where the code takes the decision that the bug gets wrong.
const (
	mutantNoMajority      = "GRP-M1"
	mutantForgetsPromise  = "GRP-M2"
	mutantKeepsPID        = "GRP-M3"
	mutantIgnoresAccepted = "GRP-M4"
	mutantNeverSuspects   = "GRP-M5"
	mutantNoFlush         = "VS-M1"
	mutantLateDelivery    = "VS-M2"
	mutantKeepsDelivering = "VS-M3"
	mutantOwnCut          = "VS-M4"
	mutantOtherCut        = "VS-M5"
	mutantAppliesEarly    = "VS-M6"
	mutantLateSnapshot    = "VS-M7"
	mutantNoHoldBack      = "VS-M8"
	mutantTwoSequencers   = "VS-M9"
)

// The mutants that can be planted beneath another system.
const (
	NoFlush = mutantNoFlush
	OwnCut  = mutantOwnCut
)

func mutants() []systems.Mutant { //nolint:funlen // a list with an entry for each mutant
	primary := guarantee.Invariant(primaryName)
	return []systems.Mutant{
		{
			Name: mutantNoMajority, About: "installs a view that no majority has agreed to",
			CaughtBy: []guarantee.Name{guarantee.Membership, primary},
			Scenario: "group/mutants/grp-m1",
		},
		{
			Name: mutantForgetsPromise, About: "keeps promises and accepted views in memory only",
			CaughtBy: []guarantee.Name{guarantee.Membership},
			Scenario: "group/mutants/grp-m2",
		},
		{
			Name: mutantKeepsPID, About: "a replica that is started again goes on as the process that it was",
			CaughtBy: []guarantee.Name{guarantee.Membership, guarantee.ViewSynchrony},
			Scenario: "group/mutants/grp-m3",
		},
		{
			Name: mutantIgnoresAccepted, About: "proposes its own view though another one may have been decided",
			CaughtBy: []guarantee.Name{guarantee.Membership},
			Scenario: "group/mutants/grp-m4",
		},
		{
			Name: mutantNeverSuspects, About: "suspects nobody whom it can still send to, however long nothing has come back",
			CaughtBy: []guarantee.Name{guarantee.AlwaysAvailable},
			Scenario: "group/mutants/grp-m5",
		},
		{
			Name: mutantNoFlush, About: "goes on to the next view without the messages that others have delivered in the old one",
			CaughtBy: []guarantee.Name{guarantee.ViewSynchrony},
			Scenario: "group/mutants/vs-m1",
		},
		{
			Name: mutantLateDelivery, About: "delivers messages of the view before in the next one",
			CaughtBy: []guarantee.Name{guarantee.ViewSynchrony},
			Scenario: "group/mutants/vs-m2",
		},
		{
			Name: mutantKeepsDelivering, About: "goes on delivering when it has reported what it has",
			CaughtBy: []guarantee.Name{guarantee.ViewSynchrony},
			Scenario: "group/mutants/vs-m3",
		},
		{
			Name: mutantOwnCut, About: "counts in only the messages that the proposer itself has",
			CaughtBy: []guarantee.Name{guarantee.ViewSynchrony},
			Scenario: "group/mutants/vs-m4",
		},
		{
			Name: mutantOtherCut, About: "proposes again with the messages that it knows of itself, though others may have been decided",
			CaughtBy: []guarantee.Name{guarantee.ViewSynchrony, guarantee.Membership},
			Scenario: "group/mutants/vs-m5",
		},
		{
			Name: mutantAppliesEarly, About: "who has joined applies messages before it has the state",
			CaughtBy: []guarantee.Name{guarantee.Convergence, guarantee.Durability},
			Scenario: "group/mutants/vs-m6",
		},
		{
			Name: mutantLateSnapshot, About: "gives its state of now to who has joined, not that of the beginning of the view, and does not look for what is applied twice",
			CaughtBy: []guarantee.Name{guarantee.Convergence, guarantee.ExactlyOnce},
			Scenario: "group/mutants/vs-m7",
		},
		{
			Name: mutantNoHoldBack, About: "delivers messages before those that happened before them",
			CaughtBy: []guarantee.Name{guarantee.CausalOrder},
			Scenario: "group/mutants/vs-m8",
		},
		{
			Name: mutantTwoSequencers, About: "gives places in the total order as soon as it suspects the sequencer",
			CaughtBy: []guarantee.Name{guarantee.TotalOrder},
			Scenario: "group/mutants/vs-m9",
		},
	}
}
