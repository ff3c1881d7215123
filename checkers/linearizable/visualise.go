package linearizable

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"github.com/anishathalye/porcupine"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/history"
)

// MaxVisualised is how many operations a visualisation shows at most.
const MaxVisualised = 400

// Visualise writes a page of HTML on which porcupine shows a history: each operation from its call to its return, the orders
// that it found, and what was done to the system meanwhile. Of a history of more than MaxVisualised operations it shows the
// witness alone, with what is left of its operations without the others; if there is none, that is an error.
func Visualise(in checkers.Input, v checkers.Verdict, out io.Writer) error {
	ops := checkers.Considered(in)
	shown := in
	if len(ops) > MaxVisualised {
		if v.Witness == nil {
			return fmt.Errorf("%d operations are more than can be shown, which are %d; write a part of the history with sunder convert", len(ops), MaxVisualised)
		}
		shown = checkers.NewFragments(in, checkers.InRealTime).Alone(v.Witness.Operations)
		shown.Budget, shown.Memory = in.Budget, in.Memory
		ops = checkers.Considered(shown)
	}
	page := &page{in: shown, whole: in, witness: v.Witness, ops: ops, end: endOf(in.History), fragment: len(shown.History.Operations) != len(in.History.Operations)}
	return page.write(out)
}

// endOf returns a position behind all events.
func endOf(h *history.History) int {
	end := h.Len()
	for i := range h.Operations { // which may be more than there are events
		op := &h.Operations[i]
		end = max(end, op.Call+1)
		if op.Return != history.Pending {
			end = max(end, op.Return+1)
		}
	}
	return end
}

// page is what is shown.
type page struct {
	in, whole checkers.Input // what is shown, and the history that it is a part of
	witness   *checkers.Witness
	ops       []int
	end       int // when operations end that never did
	fragment  bool
}

func (p *page) write(out io.Writer) error {
	run := &searchRun{in: p.in, ops: p.ops, budget: p.in.Steps(), latest: -1}
	bounded := porcupine.Model{Partition: p.partition, Init: run.init, Step: run.step, Equal: equalNodes, Hash: hashNode}
	_, info := porcupine.CheckOperationsVerbose(bounded, p.operations(), 0)
	if run.exhausted != "" {
		return fmt.Errorf("porcupine cannot show it: %s", run.exhausted)
	}
	info.AddAnnotations(p.annotations())
	return porcupine.Visualize(porcupine.Model{
		Init:              func() any { return p.in.Object.Init(p.in.History.Initial) },
		Step:              p.step,
		DescribeOperation: func(input, _ any) string { return p.describe(input) },
		DescribeState:     func(state any) string { return cmp.Or(checkers.Cut(state.(model.State).Key()), "(empty)") },
		DescribeOperationMetadata: func(metadata any) string {
			return metadata.(string)
		},
	}, info, out)
}

// operations returns the operations as porcupine has them.
func (p *page) operations() []porcupine.Operation {
	out := make([]porcupine.Operation, len(p.ops))
	for at, i := range p.ops {
		op := &p.in.History.Operations[i]
		end := int64(min(op.Return, p.end))
		until := "never ended"
		if op.ReturnTime >= 0 {
			until = "to " + op.ReturnTime.String()
		}
		out[at] = porcupine.Operation{
			ClientId: op.Process, Input: int32(at), Call: int64(op.Call), Return: end,
			Metadata: fmt.Sprintf("%s, %v %s", checkers.Actor(op), op.CallTime, until),
		}
	}
	return out
}

// partition parts operations by key.
func (p *page) partition(all []porcupine.Operation) [][]porcupine.Operation {
	place := map[string]int{}
	var out [][]porcupine.Operation
	for _, o := range all {
		key := p.in.History.Operations[p.ops[o.Input.(int32)]].Key
		k, known := place[key]
		if !known {
			k = len(out)
			place[key] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], o)
	}
	return out
}

func (p *page) step(state, input, _ any) (bool, any) {
	op := &p.in.History.Operations[p.ops[input.(int32)]]
	next, possible := p.in.Object.Step(state.(model.State), checkers.CallOf(op))
	return possible, next
}

// describe says what an operation was, and if it is one of the witness's, which. What is shown of a witness alone is
// what its operations were in the whole.
func (p *page) describe(input any) string {
	i := p.ops[input.(int32)]
	if p.fragment {
		i = p.witness.Operations[i]
	}
	text := checkers.Describe(&p.whole.History.Operations[i])
	if p.witness != nil {
		for k, w := range p.witness.Operations {
			if w == i {
				text = fmt.Sprintf("#%d %s", k+1, text)
			}
		}
	}
	return text
}

// annotations returns what was done to the system: a fault from its beginning to its end, anything else when it was.
func (p *page) annotations() []porcupine.Annotation {
	var out []porcupine.Annotation
	open := map[int]int{} // by the number of a fault: its place in out
	for at, e := range p.whole.History.Events() {
		if e.Process != history.Nemesis || e.F == "phase" {
			continue
		}
		var fault struct {
			ID    int
			State string
		}
		_ = json.Unmarshal(e.Detail, &fault) // what has another form is shown as it is
		if k, begun := open[fault.ID]; begun && fault.State == "ended" {
			out[k].End = int64(at)
			delete(open, fault.ID)
			continue
		}
		if fault.State == "begun" {
			open[fault.ID] = len(out)
		}
		out = append(out, porcupine.Annotation{Tag: "nemesis", Start: int64(at), End: int64(at), Description: e.F, Details: string(e.Detail)})
	}
	for _, k := range open {
		out[k].End = int64(p.end)
	}
	return out
}
