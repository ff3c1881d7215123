// Package oracle judges tiny histories by brute force, straight from the definitions. It is the implementation that
// every checker is compared with, and it holds what such comparisons need: a notation for histories, and iterators
// over all small ones.
//
// The package must stay simple rather than fast, and must not use any checker.
package oracle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Parse reads a history in the notation of the literature's litmus tests:
//
//	p1: w(x,1) r(y)0 | p2: w(y,1) r(x)0
//
// Sessions are separated by "|". A session may be named pN: it is process N then, else its position from 1. The
// front end of process N is cN. Every register holds 0 at first.
//
//	w(x,1)         write(x, 1) → ok
//	r(x)1          read(x) → 1; a list is written r(x)[1 2], no value r(x)null
//	cas(x,0,1)     cas(x, 0, 1) → ok
//	add(x,5)       add of a counter or a set
//	append(x,5)    append to a log
//	deposit(x,5)   deposit to an account; withdraw(x,5) withdrawal from one
//	transfer(b,0,1,5)  transfer of 5 from account 0 to account 1 of the bank b; r(b)[[0 5] [1 7]] a read of all its accounts
//	enq(x,5)       enqueue to a queue; deq(x)5 dequeue from one, deq(x)null if it was empty
//	acquire(x)     acquire of a mutex; release(x) release of one
//	post(x,3,1,2)  post to a board of item 3 in reply to 1 and 2
//	tell(c2)       c1 tells c2; hear(c1) hears from c1
//
// A sign after that says how it ended, if not well: "?" info, "!" fail, "~" refused by its precondition.
//
// Operations of a session follow one another. The k-th operations of all sessions are concurrent, and precede all
// (k+1)-th ones; where real time matters, "@5-9" at the end says that it was called at 5 and returned at 9.
// Without it the k-th operation has @2k-2k+1, counted from 0. Of events at one time, calls come first: operations
// that touch are concurrent.
//
// Parse is for tests; it panics on text that is not in the notation.
func Parse(text string) *history.History {
	var all []timed
	for i, session := range strings.Split(text, "|") {
		process := i + 1
		if name, rest, ok := strings.Cut(session, ":"); ok {
			n, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(name), "p"))
			if err != nil {
				panic(fmt.Sprintf("oracle: a session is named p1, p2 ..., not %q", name))
			}
			process, session = n, rest
		}
		for k, word := range words(session) {
			all = append(all, parseOperation(word, process, k))
		}
	}
	return assemble(all)
}

// timed is an operation with the times between which it ran.
type timed struct {
	history.Operation
	from, to int
}

// words splits a session at blanks that are outside of brackets.
func words(session string) []string {
	depth := 0
	return strings.FieldsFunc(session, func(r rune) bool {
		switch r {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		}
		return depth == 0 && r == ' '
	})
}

func parseOperation(word string, process, k int) timed {
	op := timed{from: 2 * k, to: 2*k + 1}
	op.Process = process
	op.Note(history.Notes{Node: client(process)})
	op.Outcome = protocol.OK
	rest, at, explicit := strings.Cut(word, "@")
	if explicit {
		op.from, op.to = parseTimes(at)
	}
	rest = parseOutcome(rest, &op.Operation)
	name, rest, ok1 := strings.Cut(rest, "(")
	arguments, answer, ok2 := strings.Cut(rest, ")")
	if !ok1 || !ok2 {
		panic(fmt.Sprintf("oracle: %q is no operation", word))
	}
	fill(&op.Operation, name, strings.Split(arguments, ","), answer)
	return op
}

func parseTimes(at string) (from, to int) {
	call, end, _ := strings.Cut(at, "-")
	from, err1 := strconv.Atoi(call)
	to, err2 := strconv.Atoi(end)
	if err1 != nil || err2 != nil || to < from {
		panic(fmt.Sprintf("oracle: a time is written @5-9, not @%s", at))
	}
	return from, to
}

func parseOutcome(word string, op *history.Operation) string {
	for sign, outcome := range map[string]protocol.Outcome{"?": protocol.Info, "!": protocol.Fail, "~": protocol.Fail} {
		if rest, ok := strings.CutSuffix(word, sign); ok {
			op.Outcome = outcome
			if sign == "~" {
				op.Note(history.Notes{Node: op.Node(), Error: protocol.Refused})
			}
			return rest
		}
	}
	return word
}

func fill(op *history.Operation, name string, arguments []string, answer string) {
	op.Key = arguments[0]
	values := make([]protocol.Value, len(arguments))
	for i, a := range arguments {
		values[i] = parseValue(a)
	}
	switch name {
	case "w":
		op.F, op.Input = "write", values[1]
	case "add", "append", "deposit", "withdraw", "multicast":
		op.F, op.Input = name, values[1]
	case "cas", "post", "transfer":
		op.F, op.Input = name, protocol.List(values[1:]...)
	case "enq":
		op.F, op.Input = "enqueue", values[1]
	case "acquire", "release":
		op.F = name
	case "tell", "hear", "create", "destroy":
		op.F, op.Key, op.Input = name, "", values[0]
	case "r", "deq":
		op.F = map[string]string{"r": "read", "deq": "dequeue"}[name]
		if op.Outcome == protocol.OK {
			op.Output = parseValue(answer)
		}
		return
	default:
		panic(fmt.Sprintf("oracle: no operation is named %q", name))
	}
	op.Output = op.Input
}

func parseValue(text string) protocol.Value {
	if list, ok := strings.CutPrefix(text, "["); ok {
		fields := words(strings.TrimSuffix(list, "]"))
		values := make([]protocol.Value, len(fields))
		for i, f := range fields {
			values[i] = parseValue(f)
		}
		return protocol.List(values...)
	}
	if text == "null" {
		return protocol.Value{}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return protocol.Int(n)
	}
	return protocol.String(text)
}

func client(process int) protocol.NodeID { return protocol.NodeID(fmt.Sprintf("c%d", process)) }

// moment is an end of an operation: its call or its return.
type moment struct {
	op, at int
	end    bool
}

// assemble turns operations with times into a history with the events that make it up.
func assemble(ops []timed) *history.History {
	var moments []moment
	for i, op := range ops {
		moments = append(moments, moment{i, op.from, false})
		if op.Outcome != protocol.Info {
			moments = append(moments, moment{i, op.to, true})
		}
	}
	slices.SortStableFunc(moments, func(a, b moment) int {
		switch {
		case a.at != b.at:
			return a.at - b.at
		case a.end != b.end && a.end:
			return 1
		case a.end != b.end:
			return -1
		}
		return 0
	})
	h := &history.History{Initial: protocol.Int(0)}
	place := make([]int, len(ops)) // of each operation in h.Operations
	for _, m := range moments {
		op := &ops[m.op].Operation
		if m.end {
			h.Operations[place[m.op]].ReturnTime = time.Duration(m.at)
			h.End(place[m.op])
			continue
		}
		place[m.op] = len(h.Operations)
		begin(h, *op, m.at)
	}
	return h
}

func begin(h *history.History, op history.Operation, at int) {
	op.CallTime = time.Duration(at)
	op.Return, op.ReturnTime = history.Pending, -1
	h.Operations = append(h.Operations, op)
	h.Begin()
}

// Format writes a history of register operations, counters, sets, boards, logs, banks, queues or mutexes in the notation of Parse, with the
// positions of events as times.
func Format(h *history.History) string {
	var processes []int
	sessions := map[int][]string{}
	for i := range h.Operations {
		op := &h.Operations[i]
		if sessions[op.Process] == nil {
			processes = append(processes, op.Process)
		}
		sessions[op.Process] = append(sessions[op.Process], formatOperation(op))
	}
	parts := make([]string, len(processes))
	for i, p := range processes {
		parts[i] = fmt.Sprintf("p%d: %s", p, strings.Join(sessions[p], " "))
	}
	return strings.Join(parts, " | ")
}

func formatOperation(op *history.Operation) string {
	name, sign, to := op.F, "", op.Return
	switch op.F {
	case "write":
		name = "w"
	case "read":
		name = "r"
	case "enqueue":
		name = "enq"
	case "dequeue":
		name = "deq"
	}
	switch {
	case op.Outcome == protocol.Info:
		sign, to = "?", op.Call+1
	case op.Refused():
		sign = "~"
	case op.Outcome == protocol.Fail:
		sign = "!"
	}
	return fmt.Sprintf("%s(%s)%s%s@%d-%d", name, formatArguments(op), formatAnswer(op), sign, op.Call, to)
}

func formatArguments(op *history.Operation) string {
	switch op.F {
	case "read", "dequeue", "acquire", "release":
		return op.Key
	case "tell", "hear", "create", "destroy":
		return formatValue(op.Input)
	case "cas", "post", "transfer":
		list, _ := op.Input.List()
		texts := []string{op.Key}
		for _, v := range list {
			texts = append(texts, formatValue(v))
		}
		return strings.Join(texts, ",")
	}
	return op.Key + "," + formatValue(op.Input)
}

func formatAnswer(op *history.Operation) string {
	if op.F != "read" && op.F != "dequeue" || op.Outcome != protocol.OK {
		return ""
	}
	return formatValue(op.Output)
}

func formatValue(v protocol.Value) string {
	if list, ok := v.List(); ok {
		texts := make([]string, len(list))
		for i, item := range list {
			texts[i] = formatValue(item)
		}
		return "[" + strings.Join(texts, " ") + "]"
	}
	if s, ok := v.Text(); ok {
		return s
	}
	return v.String()
}
