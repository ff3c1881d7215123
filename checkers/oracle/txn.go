package oracle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Transactions tells whether a small history of transactions has a guarantee, by trying all orders of commits.
func Transactions(in checkers.Input, name guarantee.Name) (bool, error) {
	return checkers.ExplainsTransactions(in, name)
}

// ParseTransactions reads a history of transactions in the notation of the literature:
//
//	r(x)0 w(y,1) ; r(y)1 | r(x)[] a(x,2)
//
// Sessions are separated by "|", the transactions of a session by ";". Their steps are r, w and a, for append; a history
// with an append is of lists, else of registers, which hold 0 at first. "?" behind the last step says that the outcome is
// unknown, "!" that it failed, and "@5-9" when it ran; else the k-th transactions of all sessions are concurrent.
func ParseTransactions(text string) checkers.Input {
	var all []timed
	for p, session := range strings.Split(text, "|") {
		for k, transaction := range strings.Split(session, ";") {
			all = append(all, parseTransaction(strings.TrimSpace(transaction), p, k))
		}
	}
	h := assemble(all)
	object := "rw-register"
	if strings.Contains(text, "a(") || strings.Contains(text, "[") {
		object = "list-append"
	}
	specification, _ := model.Lookup(object)
	return checkers.Input{History: h, Object: specification}
}

func parseTransaction(text string, p, k int) timed {
	t := timed{from: 2 * k, to: 2*k + 1}
	t.Process, t.F, t.Outcome = p, "txn", protocol.OK
	if rest, at, explicit := strings.Cut(text, "@"); explicit {
		text = rest
		t.from, t.to = parseTimes(at)
	}
	text = parseOutcome(strings.TrimSpace(text), &t.Operation)
	var asked, answered []protocol.Value
	for _, word := range words(text) {
		name, rest, ok1 := strings.Cut(word, "(")
		arguments, answer, ok2 := strings.Cut(rest, ")")
		key, value, _ := strings.Cut(arguments, ",")
		f, known := map[string]string{"r": "r", "w": "w", "a": "append"}[name]
		if !ok1 || !ok2 || !known {
			panic(fmt.Sprintf("oracle: %q is no step of a transaction", word))
		}
		if f == "r" {
			asked = append(asked, step(f, key, protocol.Value{}))
			answered = append(answered, step(f, key, parseAnswer(answer)))
			continue
		}
		asked = append(asked, step(f, key, number(value)))
		answered = append(answered, step(f, key, number(value)))
	}
	t.Input, t.Output = protocol.List(asked...), protocol.List(asked...)
	if t.Outcome == protocol.OK {
		t.Output = protocol.List(answered...)
	}
	return t
}

func step(f, key string, v protocol.Value) protocol.Value {
	return protocol.List(protocol.String(f), protocol.String(key), v)
}

func number(text string) protocol.Value {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("oracle: %q is no number", text))
	}
	return protocol.Int(n)
}

// parseAnswer reads 5, [1 2] or null.
func parseAnswer(text string) protocol.Value {
	inner, isList := strings.CutPrefix(text, "[")
	switch {
	case text == "null":
		return protocol.Value{}
	case !isList:
		return number(text)
	}
	var out []protocol.Value
	for _, n := range strings.Fields(strings.TrimSuffix(inner, "]")) {
		out = append(out, number(n))
	}
	return protocol.List(out...)
}

// FormatTransactions writes a history of transactions in the notation that ParseTransactions reads, with times.
func FormatTransactions(h *history.History) string {
	sessions := map[int][]string{}
	var order []int
	for i := range h.Operations {
		op := &h.Operations[i]
		if _, seen := sessions[op.Process]; !seen {
			order = append(order, op.Process)
		}
		sessions[op.Process] = append(sessions[op.Process], formatTransaction(op))
	}
	slices.Sort(order)
	var out []string
	for _, p := range order {
		out = append(out, strings.Join(sessions[p], " ; "))
	}
	return strings.Join(out, " | ")
}

func formatTransaction(op *history.Operation) string {
	steps, _ := model.MicroOps(op.Output)
	var out []string
	for _, m := range steps {
		key, _ := m.Key.Text()
		switch m.F {
		case "r":
			out = append(out, fmt.Sprintf("r(%s)%s", key, strings.ReplaceAll(m.Value.String(), ",", " ")))
		default:
			out = append(out, fmt.Sprintf("%s(%s,%s)", m.F[:1], key, m.Value))
		}
	}
	sign := ""
	switch op.Outcome {
	case protocol.Info:
		sign = "?"
	case protocol.Fail:
		sign = "!"
	}
	end := op.Return
	if end == history.Pending {
		end = op.Call
	}
	return fmt.Sprintf("%s%s@%d-%d", strings.Join(out, " "), sign, op.Call, end)
}
