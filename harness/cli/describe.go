package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sunder/harness/scenario"
	"sunder/systems"
)

func (a *app) describeCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "describe NAME",
		Short:             "Tell all about a system, scenario, mutant, fault, guarantee, object or format",
		ValidArgsFunction: a.completeScenarios,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("describe what? a name that `sunder list` prints")
			}
			return a.describe(args[0])
		},
	}
}

func (a *app) describe(name string) error {
	found := false
	for _, s := range a.systems {
		if s.Name == name {
			describeSystem(a.out, s)
			found = true
		}
		if m, ok := s.Mutant(name); ok {
			fmt.Fprintf(a.out, "%s, a bug planted in %s: %s\n  caught by  %s\n  trigger    %s\n", m.Name, s.Name, m.About, join(m.CaughtBy), m.Scenario)
			found = true
		}
	}
	scenarios, err := a.builtIn()
	if err != nil {
		return err
	}
	for _, s := range scenarios {
		if s.Name == name {
			fmt.Fprintf(a.out, "# %s\n%s", s.Name, scenario.Encode(*s))
			found = true
		}
	}
	for _, kind := range []string{"faults", "guarantees", "objects", "formats"} {
		items, err := a.items(kind)
		if err != nil {
			return err
		}
		for _, i := range items {
			if i.Name == name {
				describeItem(a.out, kind, i)
				found = true
			}
		}
	}
	if !found {
		return usagef("there is nothing called %q; `sunder list systems|scenarios|faults|guarantees|objects|formats` shows the names", name)
	}
	return nil
}

// describeItem prints what a list holds of a thing, a field a line.
func describeItem(w io.Writer, kind string, i item) {
	fmt.Fprintf(w, "%s, one of the %s: %s\n", i.Name, kind, i.About)
	for _, field := range []struct{ name, text string }{
		{"system", i.System}, {"backends", join(i.Backends)}, {"objects", join(i.Objects)}, {"operations", join(i.Operations)},
		{"fields", join(i.Fields)}, {"modes", join(i.Modes)}, {"proof", join(i.Proof)}, {"implies", join(i.Implies)}, {"anomalies", join(i.Anomalies)},
	} {
		if field.text != "" {
			fmt.Fprintf(w, "  %-10s  %s\n", field.name, field.text)
		}
	}
	for _, l := range i.Lacks {
		fmt.Fprintf(w, "  %-10s  %s\n", "lacks", l)
	}
}

func describeSystem(w io.Writer, s systems.System) {
	fmt.Fprintf(w, "%s (Figs %s): %s\n", s.Name, s.Figures, s.About)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "\nserves\n")
	for _, service := range s.Serves {
		fmt.Fprintf(t, "  %s\t%s\n", service.Object, join(service.Operations))
	}
	if s.Dynamic {
		fmt.Fprint(t, "\nmembers\n  replicas can join and leave while it runs\n")
	}
	fmt.Fprint(t, "\noptions\n")
	for _, o := range s.Options {
		values := "a duration"
		if len(o.Values) > 0 {
			values = strings.Join(o.Values, "|")
		}
		fmt.Fprintf(t, "  %s\t%s (default %s)\t%s\n", o.Name, values, o.Default, o.About)
	}
	fmt.Fprint(t, "\npromises\n")
	for _, p := range s.Promises {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", p.Guarantee, condition(p), faultsOf(p))
	}
	fmt.Fprint(t, "\ninvariants\n")
	for _, i := range s.Invariants {
		fmt.Fprintf(t, "  %s\t%s\n", i.Guarantee(), i.About)
	}
	fmt.Fprint(t, "\nmutants\n")
	for _, m := range s.Mutants {
		fmt.Fprintf(t, "  %s\t%s\tcaught by %s\n", m.Name, m.About, join(m.CaughtBy))
	}
	t.Flush()
}

// condition says when a promise is given.
func condition(p systems.Promise) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p.When)) {
		parts = append(parts, name+": "+p.When[name])
	}
	if len(p.Objects) > 0 {
		parts = append(parts, "objects "+join(p.Objects))
	}
	if len(parts) == 0 {
		return "always"
	}
	return strings.Join(parts, "; ")
}

// faultsOf says which faults a promise survives.
func faultsOf(p systems.Promise) string {
	if len(p.Survives) == 0 {
		return "without faults"
	}
	return "under " + join(p.Survives)
}

// join lists names with commas.
func join[S ~string](names []S) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = string(n)
	}
	return strings.Join(parts, ", ")
}
