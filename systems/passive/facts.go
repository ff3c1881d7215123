package passive

import (
	"fmt"

	"sunder/harness/protocol"
	"sunder/systems"
)

const factApplied = "passive/applied"

// applied is the fact that a replica has applied an update.
type applied struct {
	Index uint64    `json:"index"`
	ID    RequestID `json:"id"`
}

const oneOrderName = "one-order"

func oneOrder() systems.Invariant {
	return systems.Invariant{
		Name: oneOrderName, About: "no two replicas ever have different updates in one place of the order", Check: inOneOrder,
	}
}

func inOneOrder(facts []protocol.Noted) *systems.Violation {
	type first struct {
		id RequestID
		at int
	}
	seen := map[uint64]first{}
	for i, noted := range facts {
		own, isOwn := noted.Fact.(protocol.Own)
		if !isOwn || own.Name != factApplied {
			continue
		}
		a, isApplied := own.Fields.(applied)
		if !isApplied {
			continue
		}
		f, known := seen[a.Index]
		if !known {
			seen[a.Index] = first{a.ID, i}
			continue
		}
		if f.id != a.ID {
			return &systems.Violation{
				Sentence: fmt.Sprintf("%s has applied update %d of %s as number %d, and %s update %d of %s",
					facts[f.at].Node, f.id.Seq, f.id.From.Node, a.Index, noted.Node, a.ID.Seq, a.ID.From.Node),
				Facts: []int{f.at, i},
			}
		}
	}
	return nil
}
