package group

import (
	"sunder/checkers/guarantee"
	"sunder/systems"
)

// The planted bugs. Each is one branch where the code takes the decision that the bug gets wrong.
const (
	mutantNoMajority      = "GRP-M1"
	mutantNoSync          = "GRP-M2"
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

func mutants() []systems.Mutant {
	primary := guarantee.Invariant(primaryName)
	_ = primary
	return []systems.Mutant{}
}
