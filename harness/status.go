package harness

// Status is how a run ended.
type Status string

// The statuses, with the exit codes of the command.
const (
	Pass        Status = "pass"        // 0: every expectation held, an expected violation too
	Violated    Status = "violation"   // 1: a guarantee that must hold is invalid, or another anomaly showed than the one named
	Unknown     Status = "unknown"     // 2: a checker ran out of its budget, or itself failed
	Vacuous     Status = "vacuous"     // 3: nothing is wrong and nothing is proven
	Infra       Status = "infra"       // 4: the harness, the engine or a node failed by itself
	Interrupted Status = "interrupted" // 130: somebody stopped it
)

// rank orders statuses from the best to the worst; among several runs the worst counts.
func (s Status) rank() int {
	switch s {
	case Pass:
		return 0
	case Vacuous:
		return 1
	case Unknown:
		return 2
	case Infra:
		return 3
	case Violated:
		return 5
	case Interrupted:
		return 6
	}
	return 4
}

// Exit returns the exit code of the command for the status; 255 for one that does not exist.
func (s Status) Exit() int {
	switch s {
	case Pass:
		return 0
	case Violated:
		return 1
	case Unknown:
		return 2
	case Vacuous:
		return 3
	case Infra:
		return 4
	case Interrupted:
		return 130
	}
	return 255
}

// Worse returns the worse of two statuses.
func Worse(a, b Status) Status {
	if b.rank() > a.rank() {
		return b
	}
	return a
}
