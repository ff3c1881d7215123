// Package cli is the command sunder: what it takes, what it prints, and its exit codes.
//
// Results go to standard output, everything else to standard error. One file holds one command.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sunder/checkers"
	checkersall "sunder/checkers/all"
	"sunder/docker"
	"sunder/harness"
	"sunder/harness/cluster"
	"sunder/harness/scenario"
	"sunder/harness/sim"
	"sunder/systems"
	systemsall "sunder/systems/all"
)

// The exit codes that no status has.
const (
	exitUsage = 254 // bad usage, scenario or history
	exitCrash = 255 // sunder itself failed
)

// app is what the commands work with.
type app struct {
	in       io.Reader
	out      *output
	err      io.Writer
	systems  []systems.System
	checkers []checkers.Checker
	backends []cluster.Backend
}

// Main runs the command with its arguments, without the program's name, and returns its exit code. A program of one's
// own passes the systems that sunder is to know besides its own.
func Main(args []string, in io.Reader, out, err io.Writer, more ...systems.System) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process, whatever it is at
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE) // so that a write to a closed pipe is an error, and the command can clear up
	defer signal.Stop(broken)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tuneMemory()
	a := &app{
		in: in, out: &output{to: out, stop: cancel}, err: err,
		systems:  append(systemsall.All(), more...),
		checkers: checkersall.All(),
		backends: []cluster.Backend{sim.New(sim.Options{}), docker.New(docker.Options{})},
	}
	return a.main(ctx, args)
}

// tuneMemory lets garbage lie longer than Go does by itself: a run makes some ten megabytes and keeps little of it, and
// collecting that was a third of its time. Where much is kept, the limit brings the collector back. GOGC and GOMEMLIMIT
// say otherwise.
func tuneMemory() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(400)
	}
	if _, set := os.LookupEnv("GOMEMLIMIT"); !set {
		debug.SetMemoryLimit(2 << 30)
	}
}

func (a *app) main(ctx context.Context, args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(a.err, "sunder: crashed: %v\n%s", p, debug.Stack())
			code = exitCrash
		}
	}()
	root := a.root()
	root.SetArgs(args)
	return a.exit(ctx, root.ExecuteContext(ctx))
}

// exit says what went wrong, if anything, and returns the code for it.
func (a *app) exit(ctx context.Context, err error) int {
	var ended statusError
	var usage usageError
	lost := a.out.failure()
	switch {
	case errors.Is(lost, syscall.EPIPE):
		return harness.Interrupted.Exit() // whoever read it has seen enough
	case lost != nil:
		a.complain(fmt.Errorf("standard output: %w", lost))
		return harness.Infra.Exit()
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return ended.code
	case errors.As(err, &usage):
		a.complain(usage.error)
		return exitUsage
	case ctx.Err() != nil:
		a.complain(errors.New("interrupted"))
		return harness.Interrupted.Exit()
	case errors.As(err, new(ioError)):
		a.complain(err)
		return harness.Infra.Exit()
	}
	a.complain(err)
	return exitUsage
}

// complain prints an error, each line of it after the program's name.
func (a *app) complain(err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(a.err, "sunder: %s\n", strings.TrimRight(line, "\n"))
	}
}

// statusError ends the command with a code; what there is to say has been said.
type statusError struct{ code int }

func (e statusError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// ended returns the error for a status, nil for a pass.
func ended(s harness.Status) error {
	if s == harness.Pass {
		return nil
	}
	return statusError{s.Exit()}
}

// interrupted says that the command was, and returns the error for it. If it was because nobody reads its output, nobody
// need be told.
func (a *app) interrupted() error {
	if a.out.failure() == nil {
		a.complain(errors.New("interrupted"))
	}
	return ended(harness.Interrupted)
}

// usageError is a mistake of whoever typed the command or wrote the file.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usagef returns a usageError.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// ioError is a failure of the machine: a folder that cannot be written, for instance.
type ioError struct{ error }

func (e ioError) Unwrap() error { return e.error }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "sunder",
		Short: "Break replicated systems on purpose and prove what they still guarantee",
		Long: `sunder runs replicated systems under faults, records what their clients see, and judges the history: which
guarantees hold, which are broken, and by which few operations.

Exit codes: 0 pass; 1 violation; 2 unknown; 3 vacuous (nothing wrong, nothing proven); 4 the harness or a node failed;
130 interrupted, or its output was closed; 254 bad usage or file; 255 sunder crashed.`,
		Example: `  sunder run                               the quick suite
  sunder run gossip/partition-heals        one scenario
  sunder run gossip/random-faults --seeds 1000
  sunder check history.jsonl --object register --guarantee linearizable
  sunder replay store/gossip/partition-heals/latest`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q; %s", args[0], meant(c.SuggestionsFor(args[0])))
			}
			return nil
		},
		RunE:                       func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE:          func(c *cobra.Command, _ []string) error { return valued(c) },
		SuggestionsMinimumDistance: 2,
	}
	root.Version = version()
	root.SetVersionTemplate(versionLine())
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%s; see `%s --help`", flagProblem(err), c.CommandPath())
	})
	root.AddCommand(a.runCommand(), a.checkCommand(), a.convertCommand(), a.lintCommand(), a.replayCommand(), a.mutantsCommand(), a.listCommand(),
		a.describeCommand(), a.schemaCommand(), a.versionCommand(), a.nodeCommand(),
		a.nemesisCommand(), a.doctorCommand())
	root.SetHelpCommand(helpCommand(root))
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args, c.RunE = nil, completionOfNothing
		}
	}
	return root
}

// meant says which of some commands may have been meant.
func meant(commands []string) string {
	if len(commands) == 0 {
		return "`sunder --help` lists them"
	}
	return "did you mean " + strings.Join(commands, " or ") + "?"
}

// valued refuses flags that were given nothing, as by a variable of a shell that is empty.
func valued(c *cobra.Command) error {
	var err error
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed && (f.Value.String() == "" || f.Value.String() == "[]") {
			err = usagef("--%s is given nothing; see `%s --help`", f.Name, c.CommandPath())
		}
	})
	return err
}

// flagProblem says what is wrong with a flag, in words for those who know no Go.
func flagProblem(err error) string {
	var number *strconv.NumError
	if !errors.As(err, &number) {
		return err.Error()
	}
	what := "it is not a whole number"
	switch {
	case errors.Is(number.Err, strconv.ErrRange):
		what = "it is too large or too small a number"
	case number.Func == "ParseUint":
		what += " from 0 on"
	}
	return strings.Replace(err.Error(), number.Error(), what, 1)
}

// helpCommand tells about a command; the library's own prints what there is and ends well if there is no such command.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about any command",
		ValidArgsFunction: func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, c := range root.Commands() {
				if c.IsAvailableCommand() && strings.HasPrefix(c.Name(), typed) {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 || c == root && len(args) > 0 {
				return usagef("there is no command %q to help with; `sunder --help` lists them", strings.Join(args, " "))
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
	}
}

// completionOfNothing is run when no known shell is named.
func completionOfNothing(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	var shells []string
	for _, shell := range c.Commands() {
		shells = append(shells, shell.Name())
	}
	return usagef("there is no completion for %q; there is: %s", args[0], strings.Join(shells, ", "))
}

// catalog is what scenarios may name.
func (a *app) catalog() scenario.Catalog {
	return scenario.Catalog{Systems: a.systems, Backends: a.backends}
}

// backend returns the backend of a name.
func (a *app) backend(name string) (cluster.Backend, error) {
	var names []string
	for _, b := range a.backends {
		if b.Name() == name {
			return b, nil
		}
		names = append(names, b.Name())
	}
	return nil, usagef("there is no backend %q; there is: %s", name, strings.Join(names, ", "))
}

// noArguments refuses arguments with the exit code for bad usage.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("`%s` takes no arguments, not %q", c.CommandPath(), args[0])
	}
	return nil
}
