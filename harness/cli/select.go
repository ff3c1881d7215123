package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sunder/harness/scenario"
	"sunder/scenarios"
)

// mutantSuite holds the triggers of planted bugs; they are run by `sunder mutants`, and by name.
const mutantSuite = "mutants"

// builtIn returns the scenarios that are part of sunder, in the order of their names.
func (a *app) builtIn() ([]*scenario.Scenario, error) {
	names, err := scenario.Names(scenarios.FS, ".")
	if err != nil {
		return nil, err
	}
	return a.load(scenarios.FS, "scenarios/", names)
}

// load reads the scenarios of the names; the error tells what is wrong with all of them.
func (a *app) load(files fs.FS, prefix string, names []string) ([]*scenario.Scenario, error) {
	var out []*scenario.Scenario
	var problems []error
	for _, name := range names {
		s, err := scenario.Load(files, prefix, name, a.catalog())
		if err != nil {
			problems = append(problems, err)
			continue
		}
		out = append(out, &s)
	}
	if len(problems) > 0 {
		return nil, usageError{errors.Join(problems...)}
	}
	return out, nil
}

// selectScenarios returns what the arguments mean: the quick suite if there are none, and of a folder all but the triggers
// of mutants, unless it holds nothing else. A suite narrows the choice.
func (a *app) selectScenarios(args []string, suite string) ([]*scenario.Scenario, error) {
	if suite != "" && !slices.Contains(scenario.Suites(), suite) {
		return nil, usagef("there is no suite %q; there is: %s", suite, strings.Join(scenario.Suites(), ", "))
	}
	if len(args) == 0 {
		all, err := a.builtIn()
		if err != nil {
			return nil, err
		}
		if suite == "" {
			suite = "quick"
		}
		return inSuite(all, suite), nil
	}
	var out []*scenario.Scenario
	for _, arg := range args {
		found, err := a.scenarios(arg, suite)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	if len(out) == 0 {
		return nil, usagef("no scenario of %s is in the suite %s; without --suite they all run", strings.Join(args, ", "), suite)
	}
	return out, nil
}

// thatName keeps the scenarios that name a backend, and says how many do not. The others may ask for what it cannot do.
func (a *app) thatName(backend string, all []*scenario.Scenario) ([]*scenario.Scenario, error) {
	if _, err := a.backend(backend); err != nil {
		return nil, err
	}
	var out []*scenario.Scenario
	for _, s := range all {
		if slices.Contains(s.Backends, backend) {
			out = append(out, s)
		}
	}
	switch left := len(all) - len(out); {
	case len(all) > 0 && len(out) == 0:
		return nil, usagef("%s does not name the backend %s but %s; see `backends` in its file", all[0].Name, backend, strings.Join(all[0].Backends, ", "))
	case left > 0:
		a.complain(fmt.Errorf("%d of %s do not name the backend %s and are left out", left, count(len(all), "scenario"), backend))
	}
	return out, nil
}

// scenarios returns what one argument means: a name, a file, a folder on disk, or a folder of names.
func (a *app) scenarios(arg, suite string) ([]*scenario.Scenario, error) {
	info, err := os.Stat(arg)
	if err == nil && info.IsDir() {
		files := os.DirFS(arg)
		names, err := scenario.Names(files, ".")
		if err != nil {
			return nil, usageError{err}
		}
		if len(names) == 0 {
			return nil, usagef("there is no scenario (*.yaml) in %s", arg)
		}
		all, err := a.load(files, filepath.ToSlash(filepath.Clean(arg))+"/", names)
		return narrow(all, suite), err
	}
	if all, ok, err := a.family(arg, suite); ok || err != nil {
		return all, err
	}
	s, err := a.find(arg)
	if err != nil {
		return nil, err
	}
	if suite != "" && !slices.Contains(s.Suites, suite) {
		return nil, nil
	}
	return []*scenario.Scenario{s}, nil
}

// family returns the built-in scenarios below a name such as gossip, if there are any.
func (a *app) family(name, suite string) ([]*scenario.Scenario, bool, error) {
	prefix := strings.TrimSuffix(name, "/") + "/"
	names, err := scenario.Names(scenarios.FS, ".")
	if err != nil {
		return nil, false, err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, prefix) })
	if len(names) == 0 {
		return nil, false, nil
	}
	all, err := a.load(scenarios.FS, "scenarios/", names)
	return narrow(all, suite), true, err
}

// narrow keeps the scenarios of a suite; without one all but the triggers of mutants, if there is anything else.
func narrow(all []*scenario.Scenario, suite string) []*scenario.Scenario {
	if suite != "" {
		return inSuite(all, suite)
	}
	isTrigger := func(s *scenario.Scenario) bool { return slices.Contains(s.Suites, mutantSuite) }
	if !slices.ContainsFunc(all, func(s *scenario.Scenario) bool { return !isTrigger(s) }) {
		return all
	}
	return slices.DeleteFunc(all, isTrigger)
}

func inSuite(all []*scenario.Scenario, suite string) []*scenario.Scenario {
	return slices.DeleteFunc(all, func(s *scenario.Scenario) bool { return !slices.Contains(s.Suites, suite) })
}

// find returns the scenario of a file or a name.
func (a *app) find(name string) (*scenario.Scenario, error) {
	if strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, usageError{err}
		}
		return a.parse(name, source)
	}
	names, err := scenario.Names(scenarios.FS, ".")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, name) {
		if strings.HasSuffix(name, "/") || strings.HasPrefix(name, ".") || filepath.IsAbs(name) {
			return nil, usagef("there is no file or folder %s", name)
		}
		return nil, usageError{scenario.Suggest(name, names)}
	}
	found, err := a.load(scenarios.FS, "scenarios/", []string{name})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (a *app) parse(file string, source []byte) (*scenario.Scenario, error) {
	s, err := scenario.ParseFile(file, source, a.catalog())
	if err != nil {
		return nil, usageError{err}
	}
	return &s, nil
}

// completeScenarios offers the names of built-in scenarios to the shell, besides files.
func (a *app) completeScenarios(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	names, err := scenario.Names(scenarios.FS, ".")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, typed) })
	return names, cobra.ShellCompDirectiveDefault
}
