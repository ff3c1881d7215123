package edn

import (
	"strings"

	"sunder/harness/protocol"
)

// valueOf makes a value of a form: of a keyword its name, of a set a list. A map is none, nor is a number that is not whole.
func valueOf(f *form) (protocol.Value, error) {
	switch f.kind {
	case null:
		return protocol.Value{}, nil
	case integer:
		return protocol.Int(f.n), nil
	case text, keyword:
		return protocol.String(f.text), nil
	case vector, set:
		list := make([]protocol.Value, len(f.list))
		for i := range f.list {
			v, err := valueOf(&f.list[i])
			if err != nil {
				return v, err
			}
			list[i] = v
		}
		return protocol.List(list...), nil
	case other:
		if c := strings.TrimLeft(f.text, "+-"); c != "" && '0' <= c[0] && c[0] <= '9' {
			return protocol.Value{}, problem(f.line, "there are no fractions in a history, and numbers have 64 bits: scale them, or write them as strings", "%.40s is no whole number of 64 bits", f.text)
		}
		if f.text[0] != '\\' { // a symbol
			return protocol.String(f.text), nil
		}
		return protocol.Value{}, problem(f.line, "values are nil, whole numbers of 64 bits, strings, keywords and vectors of these", "no value: %.40s", f.text)
	}
	return protocol.Value{}, problem(f.line, "values are nil, whole numbers, strings, keywords and vectors of these; only a transfer and a read of a bank have a map", "a client's value is a map")
}

// plain writes a form, as keys and messages show it.
func plain(f *form) string {
	switch f.kind {
	case null:
		return "nil"
	case integer:
		return protocol.Int(f.n).String()
	case text, keyword, other:
		return f.text
	}
	var parts []string
	for i := range f.list {
		parts = append(parts, plain(&f.list[i]))
	}
	return "[" + strings.Join(parts, " ") + "]"
}
