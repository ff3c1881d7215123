package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sunder/checkers/model"
	"sunder/harness"
	"sunder/harness/history"
	"sunder/harness/history/formats"
	"sunder/harness/protocol"
)

func (a *app) lintCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "lint HISTORY...",
		Short: "Look for what makes verdicts on a history wrong or undecided",
		Long: `Look for what makes verdicts on a history wrong or undecided, mostly mistakes of whoever recorded it:

  - what no reader accepts: events out of order, completions without an invocation;
  - a process that goes on after an operation of unknown outcome, clocks that go backwards, an index that stands twice: most
    readers refuse them, and those of EDN and of elle-cli's JSON put right what is certain;
  - a value that is written twice under one key: it cannot be told which one was read;
  - a read of a value whose only write failed: was it really known to have failed?
  - an operation that no object has, or none that has the other operations;
  - in dbcop's forms, a write of 0: where nobody writes it, it is what all variables hold at first;
  - values that are all pairs where there is no key: the first of each may be one.

Each finding is one line with file and line. Exit code 0 if there are none, 1 if there are some, 254 for a file that cannot be
opened.`,
		Example: "  sunder lint history.edn",
		RunE: func(c *cobra.Command, args []string) error {
			return a.lint(c.Context(), args, format)
		},
	}
	c.Flags().StringVar(&format, "format", "", "the form of the files (default: what they look like)")
	return c
}

func (a *app) lint(ctx context.Context, files []string, format string) error {
	if len(files) == 0 {
		return usagef("lint what? files with histories")
	}
	if format != "" {
		if _, err := formats.Lookup(format); err != nil {
			return usageError{err}
		}
	}
	found := false
	for _, file := range files {
		findings, err := lintFile(ctx, file, format)
		if err != nil {
			return usageError{err}
		}
		for _, finding := range findings {
			found = true
			finding.File = file
			fmt.Fprintln(a.out, finding.Error())
		}
	}
	if found {
		return statusError{harness.Violated.Exit()}
	}
	return nil
}

// lintFile returns what is wrong with a file, in the order of its lines. The error is that it could not be read at all.
func lintFile(ctx context.Context, file, format string) ([]*history.LineError, error) {
	h, from, err := formats.ReadFile(ctx, filepath.Clean(file), format)
	if err != nil {
		var flaw *history.LineError
		if errors.As(err, &flaw) && flaw.Cause == nil {
			return []*history.LineError{flaw}, nil
		}
		return nil, err
	}
	out := slices.Concat(strangers(h), doubleWrites(h), pairs(h))
	for i := range h.Remarks {
		out = append(out, &h.Remarks[i])
	}
	if strings.HasPrefix(from.Name, "dbcop") {
		out = append(out, zeros(h)...)
	}
	slices.SortStableFunc(out, func(a, b *history.LineError) int { return cmp.Compare(a.Line, b.Line) })
	return out, nil
}

// zeros returns the writes of 0 in a history of dbcop, of each key the first.
func zeros(h *history.History) []*history.LineError {
	var out []*history.LineError
	known, transactions := map[string]bool{}, map[int]int{}
	for i := range h.Operations {
		op := &h.Operations[i]
		transactions[op.Process]++
		for _, p := range puts(op) {
			if p.value != "0" || known[p.key] {
				continue
			}
			known[p.key] = true
			out = append(out, finding(h, i, -1, fmt.Sprintf("transaction %d of session %d, counted from 1, writes 0 under %s", transactions[op.Process], op.Process+1, p.key),
				"where nobody writes 0, that is what a variable holds at first; here a read of 0 is taken for one of this write: write from 1 on"))
		}
	}
	return out
}

// put is a value that an operation puts under a key, or finds there, both as JSON.
type put struct{ key, value string }

// keyed is a put under the key of an operation.
func keyed(op *history.Operation, v protocol.Value) put {
	return put{protocol.String(op.Key).String(), v.String()}
}

// doubleWrites returns the values that are written twice under one key, and those that were read though their write failed.
func doubleWrites(h *history.History) []*history.LineError {
	var out []*history.LineError
	first, failed := map[put]int{}, map[put]int{}
	for i := range h.Operations {
		for _, p := range puts(&h.Operations[i]) {
			other, twice := first[p]
			switch {
			case h.Operations[i].Outcome == protocol.Fail:
				failed[p] = i
			case !twice:
				first[p] = i
			default:
				out = append(out, finding(h, i, other, fmt.Sprintf("%s is written twice under %s", p.value, p.key),
					"give every write a value of its own: else it cannot be told which one was read"))
			}
		}
	}
	for i := range h.Operations {
		for _, p := range finds(&h.Operations[i]) {
			write, aborted := failed[p]
			if _, written := first[p]; aborted && !written {
				out = append(out, finding(h, i, write, fmt.Sprintf("%s was read under %s, and its write failed", p.value, p.key),
					"either the read is wrong, or the write was not known to have failed: then it should have ended in info"))
			}
		}
	}
	return out
}

// finding is about an operation, and about another one that it is at odds with unless that is -1.
func finding(h *history.History, operation, other int, what, hint string) *history.LineError {
	e := &history.LineError{Line: h.Line(h.Operations[operation].Call), Problem: history.Problem{What: what, Hint: hint}}
	if other >= 0 {
		e.Earlier = h.Line(h.Operations[other].Call)
	}
	return e
}

// puts returns what an operation puts there if it takes effect. A counter's additions are no values.
func puts(op *history.Operation) []put {
	switch op.F {
	case "write":
		return []put{keyed(op, op.Input)}
	case "cas":
		if _, replacement, ok := model.CasArguments(op.Input); ok && !op.Refused() {
			return []put{keyed(op, replacement)}
		}
	case "txn":
		steps, _ := model.MicroOps(op.Input)
		var out []put
		for _, m := range steps {
			if m.F != "r" {
				out = append(out, put{m.Key.String(), m.Value.String()})
			}
		}
		return out
	}
	return nil
}

// finds returns what an operation that was answered found.
func finds(op *history.Operation) []put {
	if op.Outcome != protocol.OK {
		return nil
	}
	if op.F == "read" {
		return []put{keyed(op, op.Output)}
	}
	steps, _ := model.MicroOps(op.Output)
	var out []put
	for _, m := range steps {
		values := []protocol.Value{m.Value}
		if list, ok := m.Value.List(); ok {
			values = list
		}
		for _, v := range values {
			if op.F == "txn" && m.F == "r" {
				out = append(out, put{m.Key.String(), v.String()})
			}
		}
	}
	return out
}

// pairs notes a history without keys in which all values of clients are pairs.
func pairs(h *history.History) []*history.LineError {
	for i := range h.Operations {
		op := &h.Operations[i]
		list, isList := op.Input.List()
		if op.Key != "" || !isList || len(list) != 2 || op.F == "txn" || op.F == "tell" || op.F == "hear" {
			return nil
		}
	}
	if len(h.Operations) == 0 {
		return nil
	}
	return []*history.LineError{{
		Line: h.Line(h.Operations[0].Call), Problem: history.Problem{
			What: "all values are pairs, and no operation has a key",
			Hint: "is the first of each pair a key? then write it as one",
		},
	}}
}
