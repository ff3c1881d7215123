package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/linearizable"
	"sunder/checkers/model"
	"sunder/harness"
	"sunder/harness/campaign"
	"sunder/harness/history"
	"sunder/harness/history/formats"
	"sunder/harness/protocol"
	"sunder/harness/store"
)

// checkFlags are the flags of check.
type checkFlags struct {
	guarantees   []string
	object       string
	format       string
	initial      string
	initialGiven bool
	debts        bool
	engine       string
	budget       int64
	json         bool
	visualise    string
}

// checkRecord is one line of `sunder check --json`.
type checkRecord struct {
	File       string                               `json:"file"`
	Format     string                               `json:"format"`
	Object     string                               `json:"object"`
	Operations int                                  `json:"operations"`
	Verdicts   map[guarantee.Name]checkers.Validity `json:"verdicts"`
	Engine     map[guarantee.Name]string            `json:"engine"`
	ParseMS    json.Number                          `json:"parse_ms"`
	CheckMS    json.Number                          `json:"check_ms"`
	Strongest  []guarantee.Name                     `json:"strongest,omitempty"`
	ButNot     []guarantee.Name                     `json:"but_not,omitempty"`   // broken, though not stronger than these
	Witness    *witnessRecord                       `json:"witness,omitempty"`   // of the first guarantee that is broken
	Witnesses  map[guarantee.Name]*witnessRecord    `json:"witnesses,omitempty"` // of each that is broken
	Reasons    map[guarantee.Name]string            `json:"reasons"`
	Measures   map[guarantee.Name][]string          `json:"measures,omitempty"`
	// Undecided says of each key that was given up how far its check came.
	Undecided map[guarantee.Name][]checkers.Undecided `json:"undecided,omitempty"`

	ladder bool // no guarantee was asked for
}

// witnessRecord is the proof against a guarantee that is broken. What it rules out is told of transactions only.
type witnessRecord struct {
	Guarantee guarantee.Name `json:"guarantee"`
	*checkers.Witness
	Proof   []string         `json:"proof"`              // the operations and then those of the context, in words
	Not     []guarantee.Name `json:"not,omitempty"`      // the weakest guarantees that the anomaly rules out
	AlsoNot []guarantee.Name `json:"also_not,omitempty"` // those that are stronger
}

func newWitnessRecord(in checkers.Input, v checkers.Verdict) *witnessRecord {
	w := &witnessRecord{Guarantee: v.Guarantee, Witness: v.Witness, Proof: proof(in.History, v.Witness)}
	if guarantee.OfTransactions(in.Object.Name) {
		w.Not, w.AlsoNot = guarantee.RuledOut(in.Object.Name, v.Guarantee, v.Witness.Anomaly)
	}
	return w
}

func (a *app) checkCommand() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check HISTORY...",
		Short: "Judge recorded histories, from sunder or from elsewhere",
		Long: `Judge histories: files, or run directories. Without --guarantee, the whole ladder: every guarantee that says anything of the
object, and the strongest that the history has.

Exit code 0 if all guarantees asked for hold, 1 if one is broken, 2 if one could not be decided. The ladder alone exits
with 0 when each of its rungs was decided, else with 2. A file that cannot be read is 254.`,
		Example: `  sunder check etcd.log --object cas-register --guarantee linearizable
  sunder check history.jsonl --object register --json
  sunder check history.jsonl --guarantee linearizable --visualise history.html
  sunder check store/gossip/partition-heals/latest`,
		RunE: func(c *cobra.Command, args []string) error {
			f.initialGiven = c.Flags().Changed("initial")
			if c.Flags().Changed("budget") && f.budget < 1 {
				return usagef("--budget is at least 1, not %d", f.budget)
			}
			if f.visualise != "" && len(args) != 1 {
				return usagef("--visualise is for one history at a time, not %d", len(args))
			}
			if c.Flags().Changed("visualise") && f.visualise == "" {
				return usagef("--visualise needs the name of the file to write")
			}
			if asked := f.guarantees; c.Flags().Changed("engine") && len(asked) > 0 && !slices.Contains(asked, string(guarantee.Linearizable)) {
				return usagef("--engine is the method for linearizable, which is not among the guarantees asked for")
			}
			return a.check(c.Context(), args, &f)
		},
	}
	c.Flags().StringSliceVar(&f.guarantees, "guarantee", nil, "guarantees to judge, with commas between them (none: the ladder)")
	c.Flags().StringVar(&f.object, "object", "", "what the operations are on: "+strings.Join(model.Names(), ", ")+" (default: the only one that has all of them)")
	c.Flags().StringVar(&f.format, "format", "", "the form of the files (default: what they look like)")
	c.Flags().StringVar(&f.initial, "initial", "", "what registers hold before the first write: null or a value; or the accounts of a bank before the first transfer: {\"0\": 10, \"1\": 10}")
	c.Flags().BoolVar(&f.debts, "negative-balances", false, "the accounts of a bank may hold less than nothing")
	c.Flags().StringVar(&f.engine, "engine", "auto", "the method for linearizable: "+strings.Join(linearizable.Engines(), ", "))
	c.Flags().Int64Var(&f.budget, "budget", 0, fmt.Sprintf("steps that each checker may take (default %d)", checkers.DefaultBudget))
	c.Flags().StringVar(&f.visualise, "visualise", "", "write a page of HTML to this file, on which porcupine shows the history, or its witness")
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON object a line")
	return c
}

func (a *app) check(ctx context.Context, files []string, f *checkFlags) error {
	if len(files) == 0 {
		return usagef("check what? files with histories, or run directories")
	}
	judges, err := a.judges(f.engine)
	if err != nil {
		return err
	}
	if err := f.question(); err != nil {
		return err
	}
	code := 0
	var problems []error
	for _, file := range files {
		record, verdicts, h, err := a.judge(ctx, file, f, judges)
		if err == nil {
			if err := a.printCheck(record, verdicts, h, f.json); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return a.interrupted()
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		code = worseCode(code, checkCode(verdicts, len(f.guarantees) == 0))
	}
	if len(problems) > 0 {
		return usageError{errors.Join(problems...)}
	}
	if code != 0 {
		return statusError{code}
	}
	return nil
}

// question tells whether one can be asked at all for the guarantees, of the object if that is named.
func (f *checkFlags) question() error {
	for _, g := range f.guarantees {
		if _, known := guarantee.Lookup(guarantee.Name(g)); !known {
			return usagef("there is no guarantee %q to judge a history by; `sunder list guarantees` shows them", g)
		}
	}
	if f.object == "" {
		return nil
	}
	object, known := model.Lookup(f.object)
	if !known {
		return usagef("there is no object %q; there is: %s", f.object, strings.Join(model.Names(), ", "))
	}
	return applicable(f.guarantees, object)
}

// applicable tells whether all guarantees say anything of the object.
func applicable(names []string, object model.Object) error {
	for _, name := range names {
		if info, _ := guarantee.Lookup(guarantee.Name(name)); !info.AppliesTo(object.Name) {
			return usagef("%s says nothing of a %s, but of: %s", name, object.Name, strings.Join(subjects(info), ", "))
		}
	}
	return nil
}

// judges returns the checkers, with linearizable judged by the engine of a name.
func (a *app) judges(engine string) ([]checkers.Checker, error) {
	c, ok := linearizable.CheckerBy(engine)
	if !ok {
		return nil, usagef("there is no engine %q; there is: %s", engine, strings.Join(linearizable.Engines(), ", "))
	}
	judges := slices.Clone(a.checkers)
	for i := range judges {
		if judges[i].Guarantee == c.Guarantee {
			judges[i] = c
		}
	}
	return judges, nil
}

// worseCode returns the graver of two exit codes of check.
func worseCode(a, b int) int {
	if a == harness.Violated.Exit() || b == 0 {
		return a
	}
	return b
}

func checkCode(verdicts []checkers.Verdict, ladder bool) int {
	code := 0
	for _, v := range verdicts {
		switch {
		case v.Valid == checkers.Invalid && !ladder:
			return harness.Violated.Exit()
		case v.Valid == checkers.Unknown:
			code = harness.Unknown.Exit()
		}
	}
	return code
}

// judge reads one history and has it checked.
func (a *app) judge(ctx context.Context, file string, f *checkFlags, judges []checkers.Checker) (checkRecord, []checkers.Verdict, *history.History, error) {
	started := time.Now()
	h, format, objectName, err := a.readHistory(ctx, file, f)
	if err != nil {
		return checkRecord{}, nil, nil, err
	}
	object, _ := model.Lookup(objectName)
	if f.debts {
		if object.Name != "bank" {
			return checkRecord{}, nil, nil, usagef("%s: --negative-balances is about a bank, and this is a %s", file, objectName)
		}
		object = model.InDebt()
	}
	if info, _ := guarantee.Lookup(guarantee.Linearizable); f.engine != "auto" && !info.AppliesTo(object.Name) {
		return checkRecord{}, nil, nil, usagef("%s: --engine is the method for linearizable, which says nothing of a %s", file, objectName)
	}
	parsed := time.Since(started)
	started = time.Now()
	in := checkers.Input{History: h, Object: object, Budget: f.budget, Context: ctx}
	found, err := verdicts(in, f.guarantees, judges)
	if err == nil && f.visualise != "" {
		err = visualise(in, found, f.visualise)
	}
	if err != nil {
		return checkRecord{}, nil, nil, err
	}
	record := checkRecord{
		File: file, Format: format, Object: objectName, Operations: len(h.Operations),
		Verdicts: map[guarantee.Name]checkers.Validity{}, Engine: map[guarantee.Name]string{}, Reasons: map[guarantee.Name]string{},
		ParseMS: campaign.Milliseconds(parsed), CheckMS: campaign.Milliseconds(time.Since(started)),
	}
	for _, v := range found {
		record.Verdicts[v.Guarantee], record.Engine[v.Guarantee], record.Reasons[v.Guarantee] = v.Valid, v.Engine, v.Reason
		if v.Measures != nil {
			if record.Measures == nil {
				record.Measures = map[guarantee.Name][]string{}
			}
			record.Measures[v.Guarantee] = v.Measures
		}
		if v.Undecided != nil {
			if record.Undecided == nil {
				record.Undecided = map[guarantee.Name][]checkers.Undecided{}
			}
			record.Undecided[v.Guarantee] = v.Undecided
		}
		record.addWitness(in, v)
	}
	if record.ladder = len(f.guarantees) == 0; record.ladder {
		record.Strongest = checkers.Strongest(found)
		record.ButNot = checkers.Excepted(found)
	}
	return record, found, h, nil
}

// addWitness adds the proof of a verdict, if it has one.
func (r *checkRecord) addWitness(in checkers.Input, v checkers.Verdict) {
	if v.Witness == nil {
		return
	}
	if r.Witnesses == nil {
		r.Witnesses = map[guarantee.Name]*witnessRecord{}
	}
	w := newWitnessRecord(in, v)
	r.Witnesses[v.Guarantee] = w
	if r.Witness == nil {
		r.Witness = w
	}
}

func proof(h *history.History, w *checkers.Witness) []string {
	out := []string{}
	for _, op := range slices.Concat(w.Operations, w.Context) {
		out = append(out, checkers.Describe(&h.Operations[op]))
	}
	return out
}

// verdicts judges the guarantees asked for, or all rungs of the ladder.
func verdicts(in checkers.Input, names []string, judges []checkers.Checker) ([]checkers.Verdict, error) {
	if len(names) == 0 {
		return checkers.Ladder(judges, in), nil
	}
	if err := applicable(names, in.Object); err != nil {
		return nil, err
	}
	var out []checkers.Verdict
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		c, ok := checkers.Find(judges, guarantee.Name(name))
		if !ok {
			return nil, usagef("there is no checker of %s", name)
		}
		out = append(out, c.Run(in))
	}
	return out, nil
}

// readHistory reads a history from a file or a run directory, with the name of its format and of its object.
func (a *app) readHistory(ctx context.Context, file string, f *checkFlags) (h *history.History, format, object string, err error) {
	path, object := file, f.object
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		path = filepath.Join(file, "history.jsonl")
		if object == "" {
			if object, err = a.objectOf(file); err != nil {
				return nil, "", "", err
			}
		}
	}
	h, found, err := formats.ReadFile(ctx, path, f.format)
	if err != nil {
		return nil, "", "", usageError{err}
	}
	a.remark(path, h)
	if object == "" {
		if object, err = guess(h); err != nil {
			return nil, "", "", usageError{history.InFile(path, err)}
		}
		if found.Name == "etcd" && model.Transactional(object) { // one store, whose requests are linearizable as a whole
			object = "multi-register"
		}
	}
	if object == "set" && h.Object == "set" {
		h.Rename("write", "add")
	}
	specification, known := model.Lookup(object)
	if !known {
		return nil, "", "", usagef("%s: there is no model of a %s to judge it by", file, object)
	}
	if err := checkers.Admit(h, specification); err != nil {
		return nil, "", "", usageError{history.InFile(path, err)}
	}
	if f.initialGiven {
		if h.Initial, err = f.begins(file, specification.Name); err != nil {
			return nil, "", "", err
		}
	}
	return h, found.Name, object, nil
}

// remark says what a reader has put right.
func (a *app) remark(path string, h *history.History) {
	for _, remark := range h.Remarks {
		remark.File = path
		fmt.Fprintf(a.err, "sunder: %v\n", &remark)
	}
}

// begins returns what --initial says that an object holds at first.
func (f *checkFlags) begins(file, object string) (v protocol.Value, err error) {
	switch object {
	case "register", "rw-register", "multi-register":
		err = v.UnmarshalJSON([]byte(f.initial))
	case "bank":
		v, err = history.ParseBalances(f.initial)
		if _, ok := model.BalancesOf(v); err == nil && !ok {
			err = errors.New("a balance is a whole number")
		}
	default:
		return v, usagef("%s: --initial is what a register holds before the first write, or a bank before the first transfer, and this is a %s", file, object)
	}
	if err != nil {
		return v, usagef("--initial: %v", err)
	}
	return v, nil
}

// objectOf returns the object of a run directory.
func (a *app) objectOf(dir string) (string, error) {
	run, err := store.Open(dir)
	if err != nil {
		return "", usageError{err}
	}
	s, err := a.parse(filepath.Join(dir, "scenario.yaml"), run.Scenario)
	if err != nil {
		return "", err
	}
	return s.Workload.Object, nil
}

func (a *app) printCheck(record checkRecord, verdicts []checkers.Verdict, h *history.History, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(a.out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(record)
	}
	p := paletteFor(a.out)
	fmt.Fprintf(a.out, "%s  %s\n", p.bold(record.File), p.dim(fmt.Sprintf("%s, %d operations on a %s; read in %s ms, checked in %s ms",
		record.Format, record.Operations, record.Object, record.ParseMS, record.CheckMS)))
	explainVerdicts(a.out, p, h, verdicts)
	for _, v := range verdicts {
		explainMeasures(a.out, p, v)
	}
	explainEmptiness(a.out, h)
	if record.ladder {
		explainStrongest(a.out, p, &record, verdicts)
	}
	return nil
}

func formatItems() []item {
	var items []item
	for _, f := range formats.All() {
		items = append(items, item{Name: f.Name, About: f.About})
	}
	return items
}
