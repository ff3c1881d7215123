package passive

import (
	"sunder/checkers/guarantee"
	"sunder/systems"
)

// The planted bugs. Each is one branch where the code takes the decision that the bug gets wrong.
const (
	mutantRepliesEarly  = "PB-M1"
	mutantMajority      = "PB-M2"
	mutantOwnTable      = "PB-M3"
	mutantReadsLocally  = "PB-M4"
	mutantAppliesEarly  = "PB-M5"
	mutantExecutesAgain = "PB-M6"
	mutantKeepsValue    = "PB-M7"
	mutantIgnoresToken  = "PB-M8"
	mutantNoFlush       = "PB-M9"
)

func mutants() []systems.Mutant {
	return []systems.Mutant{
		{
			Name: mutantRepliesEarly, About: "the primary answers before the backups have the update",
			CaughtBy: []guarantee.Name{guarantee.Durability, guarantee.Linearizable},
			Scenario: "passive/mutants/pb-m1",
		},
		{
			Name: mutantMajority, About: "the primary answers when a majority has the update, and the next view begins with what its proposer has",
			CaughtBy: []guarantee.Name{guarantee.Durability, guarantee.Linearizable},
			Scenario: "passive/mutants/pb-m2",
		},
		{
			Name: mutantOwnTable, About: "the table of executed updates is kept at the primary only",
			CaughtBy: []guarantee.Name{guarantee.ExactlyOnce, guarantee.Linearizable},
			Scenario: "passive/mutants/pb-m3",
		},
		{
			Name: mutantReadsLocally, About: "the primary answers reads without making sure that it still is the primary",
			CaughtBy: []guarantee.Name{guarantee.Linearizable},
			Scenario: "passive/mutants/pb-m4",
		},
		{
			Name: mutantAppliesEarly, About: "backups apply an update when they get it, and show it to readers",
			CaughtBy: []guarantee.Name{guarantee.Sequential},
			Scenario: "passive/mutants/pb-m5",
		},
		{
			Name: mutantExecutesAgain, About: "backups execute requests themselves, by their own clocks, and do not apply what came of them at the primary",
			CaughtBy: []guarantee.Name{guarantee.Convergence},
			Scenario: "passive/mutants/pb-m6",
		},
		{
			Name: mutantKeepsValue, About: "a replica that was excluded keeps its copy when it comes back",
			CaughtBy: []guarantee.Name{guarantee.Convergence, guarantee.Durability},
			Scenario: "passive/mutants/pb-m7",
		},
		{
			Name: mutantIgnoresToken, About: "a replica answers reads without what their front ends have seen",
			CaughtBy: []guarantee.Name{guarantee.Session, guarantee.Sequential},
			Scenario: "passive/mutants/pb-m8",
		},
		{
			Name: mutantNoFlush, About: "a new view begins without the updates that others have applied in the old one",
			CaughtBy: []guarantee.Name{guarantee.Linearizable, guarantee.ViewSynchrony},
			Scenario: "passive/mutants/pb-m9",
		},
	}
}
