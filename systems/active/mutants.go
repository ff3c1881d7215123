package active

import (
	"sunder/checkers/guarantee"
	"sunder/harness/protocol"
	"sunder/systems"
	"sunder/systems/group"
)

// The planted bugs. Each is one branch where the code takes the decision that the bug gets wrong.
const (
	mutantFIFO                = "AR-M1"
	mutantChance              = "AR-M2"
	mutantExecutesTwice       = "AR-M3"
	mutantAnswersEarly        = "AR-M4"
	mutantStateWithoutAnswers = "AR-M5"
	mutantTakesFirst          = "AR-M6"
	mutantSkipsGap            = "AR-M7"
)

// groupMutant returns the bug of the layer below that one of this system stands for, "" if it is none of that layer.
func groupMutant(name string) string {
	if name == mutantSkipsGap {
		return group.MutantSkipsGap
	}
	return ""
}

// chanced returns what is executed: the bug executes something that depends on chance, as code does that goes through a
// map or looks at a clock.
func (r *Replica) chanced(env *protocol.Env, op protocol.Op) protocol.Op {
	if n, isInt := op.Value.Int(); r.mutant == mutantChance && isInt && env.Rand.IntN(2) == 0 {
		op.Value = protocol.Int(n + 1_000_000)
	}
	return op
}

// foresee returns the answer of an execution before anything else, on the copy as it is.
func (r *Replica) foresee(op protocol.Op) protocol.Reply {
	if r.value.ReadOnly(op.F) {
		return r.value.Apply(op)
	}
	return protocol.Reply{Outcome: protocol.OK}
}

func mutants() []systems.Mutant {
	return []systems.Mutant{
		{
			Name: mutantFIFO, About: "keeps the order of each relay only, not one order of all",
			CaughtBy: []guarantee.Name{guarantee.Convergence, guarantee.Linearizable, guarantee.TotalOrder, guarantee.Invariant(oneOrderName)},
			Scenario: "active/mutants/ar-m1",
		},
		{
			Name: mutantChance, About: "executes operations that depend on chance",
			CaughtBy: []guarantee.Name{guarantee.Convergence},
			Scenario: "active/mutants/ar-m2",
		},
		{
			Name: mutantExecutesTwice, About: "does not look whether what is delivered was executed before",
			CaughtBy: []guarantee.Name{guarantee.ExactlyOnce, guarantee.Linearizable},
			Scenario: "active/mutants/ar-m3",
		},
		{
			Name: mutantAnswersEarly, About: "answers when a request comes, before it has its place in the order",
			CaughtBy: []guarantee.Name{guarantee.Linearizable},
			Scenario: "active/mutants/ar-m4",
		},
		{
			Name: mutantStateWithoutAnswers, About: "gives its state to who has joined without the table of what was executed",
			CaughtBy: []guarantee.Name{guarantee.ExactlyOnce, guarantee.Convergence},
			Scenario: "active/mutants/ar-m5",
		},
		{
			Name: mutantTakesFirst, About: "takes the first answer though some replicas lie",
			CaughtBy: []guarantee.Name{guarantee.Linearizable},
			Scenario: "active/mutants/ar-m6",
		},
		{
			Name: mutantSkipsGap, About: "goes on without a place of the order that does not come",
			CaughtBy: []guarantee.Name{guarantee.Convergence, guarantee.ViewSynchrony},
			Scenario: "active/mutants/ar-m7",
		},
	}
}
