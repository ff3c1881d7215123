package active

import (
	"fmt"

	"sunder/harness/protocol"
	"sunder/systems"
)

const factExecuted = "active/executed"

// executed is the fact that a replica has executed a request that all members have. Where replicas execute what others may
// lack, it is not noted: those who crash then may have executed something else.
type executed struct {
	Index uint64    `json:"index"` // its place among all executions, from 1
	ID    RequestID `json:"id"`
}

const oneOrderName = "one-order"

func oneOrder() systems.Invariant {
	return systems.Invariant{
		Name: oneOrderName, About: "no two replicas ever execute different requests in one place of the order", Check: inOneOrder,
	}
}

func inOneOrder(facts []protocol.Noted) *systems.Violation {
	first := map[uint64]int{}
	for i, noted := range facts {
		e, is := executionOf(noted)
		if !is {
			continue
		}
		at, known := first[e.Index]
		if !known {
			first[e.Index] = i
			continue
		}
		if other, _ := executionOf(facts[at]); other.ID != e.ID {
			return &systems.Violation{
				Sentence: fmt.Sprintf("%s has executed request %d of %s as number %d, and %s request %d of %s",
					facts[at].Node, other.ID.Seq, other.ID.From.Node, e.Index, noted.Node, e.ID.Seq, e.ID.From.Node),
				Facts: []int{at, i},
			}
		}
	}
	return nil
}

func executionOf(noted protocol.Noted) (executed, bool) {
	own, isOwn := noted.Fact.(protocol.Own)
	if !isOwn || own.Name != factExecuted {
		return executed{}, false
	}
	e, is := own.Fields.(executed)
	return e, is
}
