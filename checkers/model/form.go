package model

import (
	"slices"

	"sunder/harness/protocol"
)

// Operation is what is known of an operation of an object before any state is: what it may be given, and what it may
// answer when it ends ok.
type Operation struct {
	F             string
	Input, Output Form
}

// Form is what a value must look like.
type Form struct {
	// Is names the form: "a whole number".
	Is string
	// Fits tells whether a value has it, for an operation that was given input.
	Fits func(input, value protocol.Value) bool
}

// Operation returns the operation of a name, and whether the object has it.
func (o Object) Operation(f string) (Operation, bool) {
	i := slices.IndexFunc(o.Operations, func(op Operation) bool { return op.F == f })
	if i < 0 {
		return Operation{}, false
	}
	return o.Operations[i], true
}

// Messages are the operations by which clients talk to one another, whatever the object. What they are given and what
// they answer is the name of the other client, or a list of it and of a payload.
func Messages() []Operation {
	message := Form{Is: "the name of a client, or a list of it and a payload", Fits: func(_, v protocol.Value) bool {
		if list, ok := v.List(); ok && len(list) == 2 {
			v = list[0]
		}
		_, named := v.Text()
		return named
	}}
	return []Operation{
		{F: "tell", Input: message, Output: done()},
		{F: "hear", Input: nothing(), Output: message},
	}
}

func nothing() Form {
	return Form{Is: "null", Fits: func(_, v protocol.Value) bool { return v.IsNull() }}
}

func anything() Form {
	return Form{Is: "any value", Fits: func(protocol.Value, protocol.Value) bool { return true }}
}

func wholeNumber() Form {
	return Form{Is: "a whole number", Fits: func(_, v protocol.Value) bool { return v.Kind() == protocol.Integer }}
}

// listing is what a read of a set or a board answers. Null is how some systems write an empty list.
func listing() Form {
	return Form{Is: "a list of all elements", Fits: func(_, v protocol.Value) bool {
		return v.Kind() == protocol.Sequence || v.IsNull()
	}}
}

// done is the answer of an update: nothing, or what it was given once more.
func done() Form {
	return Form{Is: "null, or what it was given", Fits: func(input, v protocol.Value) bool {
		return v.IsNull() || v.Equal(input)
	}}
}

// replaced is the answer of a cas: that of any update, that it succeeded, or the new value.
func replaced() Form {
	return Form{Is: "null, true, what it was given or the new value", Fits: func(input, v protocol.Value) bool {
		_, replacement, _ := CasArguments(input)
		return v.IsNull() || v.Equal(input) || v.Equal(replacement) || v.Equal(protocol.String("true"))
	}}
}
