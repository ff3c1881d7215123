package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/cluster"
	"sunder/harness/workload"
	"sunder/nemesis"
	"sunder/systems"
)

// item is one line of a list; what its kind has besides is in the fields that are not empty.
type item struct {
	Name       string              `json:"name"`
	About      string              `json:"about"`
	System     string              `json:"system,omitempty"`
	Backends   []string            `json:"backends,omitempty"`
	Lacks      []lack              `json:"lacks,omitempty"` // what backends cannot do of a fault
	Suites     []string            `json:"suites,omitempty"`
	Figures    string              `json:"figures,omitempty"`
	Objects    []string            `json:"objects,omitempty"`
	Systems    []string            `json:"systems,omitempty"` // that serve an object; none: it is for histories from elsewhere
	Mutants    []string            `json:"mutants,omitempty"`
	Operations []string            `json:"operations,omitempty"`
	Fields     []string            `json:"fields,omitempty"`
	Modes      []string            `json:"modes,omitempty"`
	Proof      []string            `json:"proof,omitempty"`
	Implies    []guarantee.Name    `json:"implies,omitempty"`
	Anomalies  []guarantee.Anomaly `json:"anomalies,omitempty"`
	Extensions []string            `json:"extensions,omitempty"`

	text string // what a person is told; "": About
}

// lack is what a backend cannot do of a fault.
type lack struct {
	Backend string `json:"backend"`
	cluster.Lack
}

// String tells it to a person.
func (l lack) String() string {
	text := l.Backend + " cannot do it"
	if l.Mode != "" {
		text += " in mode " + string(l.Mode)
	}
	if l.Field != "" {
		text += " with " + l.Field
	}
	if l.When != "" {
		text += " when " + l.When
	}
	return text + ": " + l.Why
}

// kinds are what can be listed, in the order of the help text.
func (a *app) kinds() []string {
	return []string{"systems", "scenarios", "faults", "guarantees", "objects", "formats"}
}

func (a *app) listCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:       "list " + strings.Join(a.kinds(), "|"),
		Short:     "List what there is",
		ValidArgs: a.kinds(),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(a.kinds(), args[0]) {
				return usagef("list what? %s", strings.Join(a.kinds(), ", "))
			}
			items, err := a.items(args[0])
			if err != nil {
				return err
			}
			return a.printItems(items, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func (a *app) printItems(items []item, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(a.out)
		encoder.SetEscapeHTML(false)
		for _, i := range items {
			if err := encoder.Encode(i); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, i := range items {
		fmt.Fprintf(t, "%s\t%s\n", i.Name, cmp.Or(i.text, i.About))
	}
	return t.Flush()
}

func (a *app) items(kind string) ([]item, error) {
	switch kind {
	case "systems":
		return a.systemItems(), nil
	case "scenarios":
		return a.scenarioItems()
	case "faults":
		return a.faultItems(), nil
	case "guarantees":
		return a.guaranteeItems(), nil
	case "objects":
		return a.objectItems(), nil
	}
	return formatItems(), nil
}

func (a *app) systemItems() []item {
	var items []item
	for _, s := range a.systems {
		i := item{Name: s.Name, About: s.About, Figures: s.Figures}
		for _, service := range s.Serves {
			i.Objects = append(i.Objects, service.Object)
		}
		for _, m := range s.Mutants {
			i.Mutants = append(i.Mutants, m.Name)
		}
		items = append(items, i)
	}
	return items
}

func (a *app) scenarioItems() ([]item, error) {
	scenarios, err := a.builtIn()
	if err != nil {
		return nil, err
	}
	var items []item
	for _, s := range scenarios {
		items = append(items, item{Name: s.Name, About: s.About, System: s.System.Name, Backends: s.Backends, Suites: s.Suites})
	}
	return items, nil
}

func (a *app) faultItems() []item {
	var items []item
	for _, k := range nemesis.Kinds() {
		i := item{Name: string(k.Kind), About: k.About, Fields: k.Fields, Proof: k.Proof}
		for _, m := range k.Modes {
			i.Modes = append(i.Modes, string(m.Mode))
		}
		for _, b := range a.backends {
			if b.Does(k.Kind) {
				i.Backends = append(i.Backends, b.Name())
			}
			for _, l := range b.Lacks(k.Kind) {
				i.Lacks = append(i.Lacks, lack{b.Name(), l})
			}
		}
		items = append(items, i)
	}
	return items
}

func (a *app) guaranteeItems() []item {
	var items []item
	for _, g := range guarantee.All() {
		items = append(items, item{Name: string(g.Name), About: g.About, Objects: g.Objects, Implies: g.Implies, Anomalies: g.Anomalies})
	}
	for _, s := range a.systems {
		for _, i := range s.Invariants {
			items = append(items, item{Name: string(i.Guarantee()), About: i.About, System: s.Name})
		}
	}
	return items
}

// judgedOnly says what the objects are that no workload is made for: histories of them come from elsewhere.
func judgedOnly() map[string]string {
	return map[string]string{
		"text":           "a text for each key, which is replaced or grows at its end, as in MIT's 6.824",
		"queue":          "a queue for each key: first in, first out",
		"mutex":          "a lock for each key",
		"multi-register": "registers that are read and written together, as one object",
		"list-append":    "transactions on lists that grow at their ends, as in Elle",
		"rw-register":    "transactions on registers, as in Elle",
	}
}

// onlyElsewhere returns the operations of an object that no workload does.
func onlyElsewhere(o workload.Object) []string {
	specification, _ := model.Lookup(o.Name)
	var out []string
	for _, op := range specification.Operations {
		if !slices.ContainsFunc(o.Operations, func(made workload.Operation) bool { return made.F == op.F }) {
			out = append(out, op.F)
		}
	}
	return out
}

// objectItems lists the objects of workloads, and those of which only histories can be judged.
func (a *app) objectItems() []item {
	var items []item
	for _, o := range workload.Objects() {
		i := item{Name: o.Name, About: o.About}
		for _, op := range o.Operations {
			i.Operations = append(i.Operations, strings.TrimSpace(op.F+" "+op.Args))
		}
		for _, s := range a.systems {
			if slices.ContainsFunc(s.Serves, func(service systems.Service) bool { return service.Object == o.Name }) {
				i.Systems = append(i.Systems, s.Name)
			}
		}
		i.text = i.About
		if len(i.Systems) > 0 {
			i.text += " (served by " + strings.Join(i.Systems, ", ") + ")"
		}
		if more := onlyElsewhere(o); len(more) > 0 {
			i.Operations = append(i.Operations, more...)
			i.text += "; in histories from elsewhere also with " + strings.Join(more, ", ")
		}
		items = append(items, i)
	}
	about := judgedOnly()
	for _, name := range model.Names() {
		if _, made := workload.Lookup(name); made {
			continue
		}
		o, _ := model.Lookup(name)
		i := item{Name: name, About: about[name], text: about[name] + " (histories from elsewhere only)"}
		for _, op := range o.Operations {
			i.Operations = append(i.Operations, op.F)
		}
		items = append(items, i)
	}
	return items
}
