package checkers

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// Describe writes an operation in one line: "write(x, 1) → ok by process 3 (c2)".
func Describe(op *history.Operation) string {
	if op.F == "txn" {
		return describeTransaction(op)
	}
	return fmt.Sprintf("%s → %s by %s", Short(op), answer(op), Actor(op))
}

// What is written of long things.
const (
	briefRunes = 60 // of a text
	briefList  = 8  // of the arguments of an operation
)

// Cut returns a text, of a long one its beginning and how long it is. Sentences and proofs are for people; the whole is
// in the history.
func Cut(text string) string { return cut(text, "characters", utf8.RuneCountInString(text)) }

func cut(text, of string, length int) string {
	if len(text) <= briefRunes || utf8.RuneCountInString(text) <= briefRunes {
		return text
	}
	end := 0
	for range briefRunes {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	return fmt.Sprintf("%s… (%d %s)", text[:end], length, of)
}

// Brief writes a value as JSON, of a long one its beginning and how many characters it has, or elements.
func Brief(v protocol.Value) string {
	if list, ok := v.List(); ok {
		return cut(v.String(), "elements", len(list))
	}
	if text, ok := v.Text(); ok {
		return cut(v.String(), "characters", utf8.RuneCountInString(text))
	}
	return v.String()
}

// Subject names what is under a key, for sentences; unnamed is what it is called if the key is empty.
func Subject(key, unnamed string) string {
	if key == "" {
		return unnamed
	}
	return Cut(key)
}

// Short writes what an operation asked for: "cas(x, 0, 1)".
func Short(op *history.Operation) string {
	var arguments []string
	if op.Key != "" {
		arguments = append(arguments, Cut(op.Key))
	}
	list, isList := op.Input.List()
	switch {
	case isList:
		for _, v := range list[:min(len(list), briefList)] {
			arguments = append(arguments, Brief(v))
		}
		if len(list) > briefList {
			arguments = append(arguments, fmt.Sprintf("… (%d values)", len(list)))
		}
	case !op.Input.IsNull():
		arguments = append(arguments, Brief(op.Input))
	}
	return fmt.Sprintf("%s(%s)", op.F, strings.Join(arguments, ", "))
}

// answer says how an operation ended: "ok", the value of a read, "refused", "failed" or "unknown".
func answer(op *history.Operation) string {
	switch {
	case op.Refused():
		return "refused"
	case op.Outcome == protocol.Fail:
		return "failed"
	case op.Outcome != protocol.OK:
		return "unknown"
	case op.F == "read" || op.F == "dequeue":
		return Brief(op.Output)
	}
	return "ok"
}

// Actor names who ran an operation, and at which replica if one was asked for by name: "process 4 (c2 at r2)".
func Actor(op *history.Operation) string {
	where := string(op.Node())
	if op.Via() != "" {
		where = strings.TrimSpace(where + " at " + string(op.Via()))
	}
	if where == "" {
		return fmt.Sprintf("process %d", op.Process)
	}
	return fmt.Sprintf("process %d (%s)", op.Process, where)
}

// Phrase writes what an operation did as a noun: "write of x = 1", "read of x = 0", "cas of x from 0 to 1".
func Phrase(op *history.Operation) string {
	subject := Subject(op.Key, "the object")
	list, isList := op.Input.List()
	if isList && op.F == "cas" && len(list) == 2 {
		return fmt.Sprintf("cas of %s from %s to %s", subject, Brief(list[0]), Brief(list[1]))
	}
	switch {
	case op.F == "read" && op.Outcome == protocol.OK:
		return fmt.Sprintf("read of %s = %s", subject, Brief(op.Output))
	case op.F == "write":
		return fmt.Sprintf("write of %s = %s", subject, Brief(op.Input))
	case op.F == "withdraw":
		return fmt.Sprintf("withdrawal of %s from %s", Brief(op.Input), subject)
	case op.F == "transfer" && isList && len(list) == 3:
		return fmt.Sprintf("transfer of %s from %s to %s", Brief(list[2]), Brief(list[0]), Brief(list[1]))
	case op.F == "dequeue" && op.Outcome == protocol.OK && !op.Output.IsNull():
		return fmt.Sprintf("dequeue of %s from %s", Brief(op.Output), subject)
	case op.F == "dequeue" && (op.Refused() || op.Outcome == protocol.OK):
		return fmt.Sprintf("dequeue of nothing from %s", subject)
	case op.F == "dequeue":
		return fmt.Sprintf("dequeue from %s", subject)
	case op.F == "acquire" || op.F == "release":
		return fmt.Sprintf("%s of %s", op.F, Subject(op.Key, "the mutex"))
	case op.Input.IsNull():
		return fmt.Sprintf("%s of %s", op.F, subject)
	}
	return fmt.Sprintf("%s of %s to %s", op.F, Brief(op.Input), subject)
}

// Noun names an operation by who did it: "process 1's write of x = 1".
func Noun(op *history.Operation) string {
	return fmt.Sprintf("process %d's %s", op.Process, Phrase(op))
}

// Deed says what an operation did, and who did it: "process 4 (c2 at r2) read x = 0".
func Deed(op *history.Operation) string {
	switch {
	case op.F == "read" && op.Outcome == protocol.OK:
		return fmt.Sprintf("%s read %s", Actor(op), strings.TrimPrefix(Phrase(op), "read of "))
	case op.F == "write":
		return fmt.Sprintf("%s wrote %s", Actor(op), strings.TrimPrefix(Phrase(op), "write of "))
	case op.F == "dequeue" && (op.Refused() || op.Outcome == protocol.OK && op.Output.IsNull()):
		return fmt.Sprintf("%s found %s empty", Actor(op), Subject(op.Key, "the queue"))
	case op.F == "dequeue" && op.Outcome == protocol.OK:
		return fmt.Sprintf("%s dequeued %s", Actor(op), strings.TrimPrefix(Phrase(op), "dequeue of "))
	}
	return fmt.Sprintf("%s did a %s", Actor(op), Phrase(op))
}
