package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Value is an immutable JSON value: null (the zero Value), an integer, a string or a list of Values. Nearly all are
// integers and a history holds millions, so a Value has two words, and what only the others need is kept apart.
type Value struct {
	n    int64
	more *contents // nil of null, integer of integers
}

// contents is what a string or a list holds.
type contents struct {
	list []Value
	text *string // nil of lists
}

// integer marks integers: it is looked at for where it is, never for what is there.
var integer = new(contents)

// ValueKind tells what a Value is.
type ValueKind uint8

// The kinds of values.
const (
	Null ValueKind = iota
	Integer
	Text
	Sequence
)

// Int returns an integer.
func Int(n int64) Value { return Value{n: n, more: integer} }

// String returns a string.
func String(s string) Value {
	both := &struct {
		contents
		s string
	}{s: s}
	both.text = &both.s
	return Value{more: &both.contents}
}

// List returns a list of the values. The caller must not change the slice afterwards.
func List(values ...Value) Value { return Value{more: &contents{list: values}} }

// Ints returns a list of integers.
func Ints(numbers ...int64) Value {
	list := make([]Value, len(numbers))
	for i, n := range numbers {
		list[i] = Int(n)
	}
	return List(list...)
}

// Kind returns what v is.
func (v Value) Kind() ValueKind {
	switch {
	case v.more == nil:
		return Null
	case v.more == integer:
		return Integer
	case v.more.text != nil:
		return Text
	}
	return Sequence
}

// IsNull tells whether v is null.
func (v Value) IsNull() bool { return v.more == nil }

// Int returns the integer and true, or 0 and false if v is something else.
func (v Value) Int() (int64, bool) { return v.n, v.more == integer }

// Text returns the string and true, or "" and false if v is something else.
func (v Value) Text() (string, bool) {
	if v.more == nil || v.more.text == nil {
		return "", false
	}
	return *v.more.text, true
}

// List returns the elements and true, or nil and false if v is something else. They must not be changed.
func (v Value) List() ([]Value, bool) {
	if v.more == nil || v.more == integer || v.more.text != nil {
		return nil, false
	}
	return v.more.list, true
}

// Equal tells whether both are the same value.
func (v Value) Equal(w Value) bool {
	if v.more == w.more {
		return v.n == w.n
	}
	kind := v.Kind()
	switch {
	case kind != w.Kind() || kind < Text:
		return false
	case kind == Text:
		return *v.more.text == *w.more.text
	}
	return slices.EqualFunc(v.more.list, w.more.list, Value.Equal)
}

// Compare orders values: null, integers, strings, lists; within a kind by their content. It returns -1, 0 or 1.
func (v Value) Compare(w Value) int {
	kind := v.Kind()
	switch {
	case kind != w.Kind():
		return compare(kind, w.Kind())
	case v.more == w.more:
		return compare(v.n, w.n)
	case kind == Text:
		return compare(*v.more.text, *w.more.text)
	}
	return slices.CompareFunc(v.more.list, w.more.list, Value.Compare)
}

func compare[T ValueKind | int64 | string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// String returns the value as JSON.
func (v Value) String() string { return string(v.Append(nil)) }

// Append appends the value as JSON to b.
func (v Value) Append(b []byte) []byte {
	switch v.Kind() {
	case Integer:
		return strconv.AppendInt(b, v.n, 10)
	case Text:
		return AppendText(b, *v.more.text)
	case Sequence:
		b = append(b, '[')
		for i, w := range v.more.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = w.Append(b)
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

// AppendText appends a string as json.Marshal writes it, which it is left to only if the string needs an escape.
func AppendText(b []byte, s string) []byte {
	if plain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("protocol: a string that is not JSON: %q: %v", s, err))
	}
	return append(b, text...)
}

// plain tells whether json.Marshal would write s as it is.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

// MarshalJSON writes the value as JSON.
func (v Value) MarshalJSON() ([]byte, error) { return v.Append(nil), nil }

// UnmarshalJSON reads null, an integer of 64 bits, a string or a list of these; true and false become the
// strings "true" and "false". Anything else is an error.
func (v *Value) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return errors.New("an empty value")
	}
	switch c := data[0]; {
	case c == 'n':
		*v = Value{}
		return nil
	case c == 't' || c == 'f':
		*v = String(string(data))
		return nil
	case c == '"':
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*v = String(s)
		return nil
	case c == '[':
		var list []Value
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
		*v = List(list...)
		return nil
	case c == '-' || c >= '0' && c <= '9':
		n, err := strconv.ParseInt(string(data), 10, 64)
		if err != nil {
			return fmt.Errorf("%s is not an integer of 64 bits", data)
		}
		*v = Int(n)
		return nil
	}
	return fmt.Errorf("a value is null, an integer, a string or a list, not %.20s", data)
}
