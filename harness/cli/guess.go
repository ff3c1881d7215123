package cli

import (
	"fmt"
	"slices"
	"strings"

	"sunder/checkers/model"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// guess tells what object a history is of, if its operations leave no choice. The error, a *history.LineError, says
// where they are at odds with one another, or that they do not tell. If they have the names of one object's, but not
// its values, that object is meant: what is wrong with them is told by its rules.
func guess(h *history.History) (string, error) {
	if h.Object == "set" {
		return h.Object, nil
	}
	named := allObjects()
	suited := named
	first := map[string]int{} // of each function, the first operation
	var used []string
	for i := range h.Operations {
		op := &h.Operations[i]
		if isMessage(op.F) {
			continue
		}
		if _, known := first[op.F]; !known {
			first[op.F] = i
			used = append(used, op.F)
		}
		former := named
		if named = only(named, func(o model.Object) bool { return has(o, op.F) }); len(named) == 0 {
			return "", mixed(h, i, used, first, former)
		}
		suited = only(suited, func(o model.Object) bool { return has(o, op.F) && suits(o, op) })
	}
	if len(suited) > 1 { // transactions are on the registers of a database, unless they are said to be on one object
		suited = only(suited, func(o model.Object) bool { return o.Name != "multi-register" })
	}
	if slices.ContainsFunc(suited, func(o model.Object) bool { return o.Name == h.Object }) {
		return h.Object, nil
	}
	switch len(suited) {
	case 0:
		return named[0].Name, nil
	case 1:
		return suited[0].Name, nil
	}
	return "", &history.LineError{Problem: history.Problem{
		What: fmt.Sprintf("its operations (%s) do not tell what they are on", strings.Join(used, ", ")), Hint: "say --object",
	}}
}

func isMessage(f string) bool {
	return slices.ContainsFunc(model.Messages(), func(m model.Operation) bool { return m.F == f })
}

// only returns the objects that something holds of.
func only(objects []model.Object, holds func(model.Object) bool) []model.Object {
	return slices.DeleteFunc(slices.Clone(objects), func(o model.Object) bool { return !holds(o) })
}

func has(o model.Object, f string) bool {
	_, known := o.Operation(f)
	return known
}

// suits tells whether the object's operation of that name can have been given and have answered this.
func suits(o model.Object, op *history.Operation) bool {
	kind, _ := o.Operation(op.F)
	return kind.Input.Fits(op.Input, op.Input) && (op.Outcome != protocol.OK || kind.Output.Fits(op.Input, op.Output))
}

// mixed says that operation i is of none of the objects that have the other functions used.
func mixed(h *history.History, i int, used []string, first map[string]int, objects []model.Object) *history.LineError {
	op := &h.Operations[i]
	e := &history.LineError{Line: h.Line(op.Call), Problem: history.Problem{
		What: fmt.Sprintf("no object has an operation %q", op.F),
		Hint: "there is " + catalogue(objects),
	}}
	for _, object := range allObjects() {
		if !has(object, op.F) {
			continue
		}
		other := slices.IndexFunc(used, func(f string) bool { return !has(object, f) })
		e.What = fmt.Sprintf("%s and %s in one history, but no object has both", used[other], op.F)
		e.Hint = "there is " + catalogue(allObjects())
		e.Earlier = h.Line(h.Operations[first[used[other]]].Call)
		break
	}
	return e
}

func allObjects() []model.Object {
	var out []model.Object
	for _, name := range model.Names() {
		object, _ := model.Lookup(name)
		out = append(out, object)
	}
	return out
}

// catalogue lists objects with their operations.
func catalogue(objects []model.Object) string {
	var out []string
	for _, object := range objects {
		var names []string
		for _, op := range object.Operations {
			names = append(names, op.F)
		}
		out = append(out, fmt.Sprintf("%s with %s", object.Name, strings.Join(names, ", ")))
	}
	return strings.Join(out, "; ")
}

// strangers finds operations that no object has which has the others: of each function the first.
func strangers(h *history.History) []*history.LineError {
	objects, first := allObjects(), map[string]int{}
	var used []string
	var strange []int
	for i := range h.Operations {
		f := h.Operations[i].F
		if _, known := first[f]; known || isMessage(f) {
			continue
		}
		first[f] = i
		if left := only(objects, func(o model.Object) bool { return has(o, f) }); len(left) > 0 {
			objects, used = left, append(used, f)
		} else {
			strange = append(strange, i)
		}
	}
	var out []*history.LineError
	for _, i := range strange {
		out = append(out, mixed(h, i, used, first, objects))
	}
	return out
}
