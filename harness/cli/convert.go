package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"sunder/harness/history"
	"sunder/harness/history/formats"
)

// convertFlags are the flags of convert.
type convertFlags struct {
	format    string
	key       string
	keyed     bool // --key was given
	processes []int
	from, to  time.Duration
}

func (a *app) convertCommand() *cobra.Command {
	var f convertFlags
	c := &cobra.Command{
		Use:   "convert HISTORY",
		Short: "Write a history, or a part of it, as JSON lines",
		Long: `Read a history in any form that sunder knows and write it to standard output as JSON lines. Flags leave operations out: an
operation that stays keeps both of its events. What was done to the system stays, unless processes are named; phases always
stay.

A part of a history can look wrong where the whole is right: a read whose write was left out has no source. Parts by key are
sound for objects that hold each key by itself.`,
		Example: `  sunder convert history.edn > history.jsonl
  sunder convert history.jsonl --key x --from 2s --to 5s`,
		RunE: func(c *cobra.Command, args []string) error {
			f.keyed = c.Flags().Changed("key")
			return a.convert(c.Context(), args, &f)
		},
	}
	c.Flags().StringVar(&f.format, "format", "", "the form of the file (default: what it looks like)")
	c.Flags().StringVar(&f.key, "key", "", "only operations on this key")
	c.Flags().IntSliceVar(&f.processes, "process", nil, "only operations of these processes")
	c.Flags().DurationVar(&f.from, "from", 0, "only what began at this time or later")
	c.Flags().DurationVar(&f.to, "to", 0, "only what began before this time (0: to the end)")
	return c
}

func (a *app) convert(ctx context.Context, files []string, f *convertFlags) error {
	if len(files) != 1 {
		return usagef("convert one history at a time, not %d", len(files))
	}
	if f.from < 0 || f.to < 0 || f.to > 0 && f.to <= f.from {
		return usagef("--from %v --to %v is no stretch of time", f.from, f.to)
	}
	h, _, err := formats.ReadFile(ctx, filepath.Clean(files[0]), f.format)
	if err != nil {
		return usageError{err}
	}
	keep, operations, err := f.choose(h)
	if err != nil {
		return usageError{history.InFile(files[0], err)}
	}
	if operations == 0 {
		return usagef("%s: none of its %d operations is chosen", files[0], len(h.Operations))
	}
	if h.Untimed {
		fmt.Fprintf(a.err, "sunder: %s tells nothing of real time, and JSON lines cannot say so: do not ask for linearizable or strict-serializable of what is written\n", files[0])
	}
	a.remark(files[0], h)
	if begins := history.InitialOf(kept(h, keep)); registers(h) && !begins.Equal(h.Initial) {
		fmt.Fprintf(a.err, "sunder: registers of %s hold %s at first, and JSON lines cannot say so: check what is written with --initial %s\n", files[0], h.Initial, h.Initial)
	}
	out := history.NewWriter(a.out)
	for i, e := range h.Events() {
		if keep[i] {
			if err := out.Write(&e); err != nil {
				return ioError{err}
			}
		}
	}
	if err := out.Flush(); err != nil {
		return ioError{err}
	}
	return nil
}

// kept returns the operations whose invocations stay.
func kept(h *history.History, keep []bool) []history.Operation {
	var out []history.Operation
	for i := range h.Operations {
		if keep[h.Operations[i].Call] {
			out = append(out, h.Operations[i])
		}
	}
	return out
}

// registers tells whether what registers hold at first may matter.
func registers(h *history.History) bool {
	return slices.ContainsFunc(h.Operations, func(op history.Operation) bool { return op.F == "write" || op.F == "cas" })
}

// choose tells of each event whether it stays, and how many operations do.
func (f *convertFlags) choose(h *history.History) (keep []bool, operations int, err error) {
	keep = make([]bool, h.Len())
	within := func(t time.Duration) bool { return t >= f.from && (f.to == 0 || t < f.to) }
	owner := map[int]bool{} // of each process: whether its open operation stays
	for i, e := range h.Events() {
		switch {
		case e.Process == history.Nemesis:
			keep[i] = e.F == "phase" || within(e.Time) && len(f.processes) == 0
		case e.Type != history.Invoke:
			keep[i] = owner[e.Process]
		case f.keyed && e.F == "txn":
			return nil, 0, &history.LineError{Line: h.Line(i), Problem: history.Problem{
				What: "a transaction has its keys inside", Hint: "leave --key out",
			}}
		default:
			keep[i] = within(e.Time) && (!f.keyed || e.Key == f.key) && (len(f.processes) == 0 || slices.Contains(f.processes, e.Process))
			owner[e.Process] = keep[i]
			if keep[i] {
				operations++
			}
		}
	}
	return keep, operations, nil
}
