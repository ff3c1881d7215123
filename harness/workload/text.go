package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"sunder/harness/protocol"
)

// ParseOp reads an operation on an object as a script writes it: "write x 1", "cas x 1 2", "post b 2 1" (posting 2
// replies to posting 1), "tell c2", "hear". Via is not part of it.
func ParseOp(o Object, text string) (protocol.Op, error) {
	words, err := split(text)
	if err != nil {
		return protocol.Op{}, err
	}
	if len(words) == 0 {
		return protocol.Op{}, errors.New("no operation is named")
	}
	kind, known := o.Operation(words[0])
	if !known {
		return protocol.Op{}, fmt.Errorf("a %s has no operation %q; it has %s", o.Name, words[0], strings.Join(o.names(), ", "))
	}
	least, most := kind.arity()
	if n := len(words) - 1; n < least || n > most {
		return protocol.Op{}, fmt.Errorf("%q: it is written %q", text, kind.usage())
	}
	op, err := kind.build(words[1:])
	if err != nil {
		return protocol.Op{}, fmt.Errorf("%q: %w; it is written %q", text, err, kind.usage())
	}
	return op, nil
}

// usage is how the operation is written in a script.
func (k Operation) usage() string { return strings.TrimSpace(k.F + " " + k.Args) }

// manyMax is how many words an operation may have that takes any number of them.
const manyMax = 1000

// arity returns how many words must and may follow the operation's name.
func (k Operation) arity() (least, most int) {
	for word := range strings.FieldsSeq(k.Args) {
		switch {
		case strings.HasSuffix(word, "...]"):
			most += manyMax
		case strings.HasPrefix(word, "["):
			most++
		default:
			least++
			most++
		}
	}
	return least, most
}

// build puts the words after an operation's name where they belong: the first is the key, or the client of a tell.
func (k Operation) build(words []string) (protocol.Op, error) {
	op := protocol.Op{F: k.F}
	if len(words) == 0 {
		return op, nil
	}
	first, err := name(words[0])
	if err != nil {
		return op, err
	}
	values := make([]protocol.Value, len(words)-1)
	for i, word := range words[1:] {
		if values[i], err = ParseValue(word); err != nil {
			return op, err
		}
		if values[i].IsNull() {
			return op, errors.New("null is no argument")
		}
		if _, isInt := values[i].Int(); !isInt && strings.Contains(k.Args, "NUMBER") {
			return op, fmt.Errorf("%s is not an integer", word)
		}
	}
	switch {
	case k.F == Tell:
		op.Value = protocol.String(first)
		if len(values) > 0 {
			op.Value = protocol.List(op.Value, values[0])
		}
		return op, nil
	case k.listed():
		op.Value = protocol.List(values...)
	case len(values) == 1:
		op.Value = values[0]
	}
	op.Key = first
	return op, nil
}

// listed tells whether what follows the key is one list.
func (k Operation) listed() bool { return k.F == "cas" || k.F == "post" }

func (o Object) names() []string {
	names := make([]string, len(o.Operations))
	for i, op := range o.Operations {
		names[i] = op.F
	}
	return names
}

// spaces are what stands between words.
const spaces = " \t\r\n"

// split cuts a text into words. A string in double quotes and a list in brackets, both as in JSON, are one word each,
// whatever they hold.
func split(text string) ([]string, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("%q is not UTF-8", text)
	}
	var words []string
	for rest := strings.Trim(text, spaces); rest != ""; rest = strings.TrimLeft(rest, spaces) {
		end := strings.IndexAny(rest, spaces)
		if rest[0] == '"' || rest[0] == '[' {
			decoder := json.NewDecoder(strings.NewReader(rest))
			if err := decoder.Decode(&json.RawMessage{}); err != nil {
				return nil, fmt.Errorf("%s is neither a string in quotes nor a list", rest)
			}
			end = int(decoder.InputOffset())
			if after := rest[end:]; after != "" && !strings.ContainsAny(after[:1], spaces) {
				return nil, fmt.Errorf("%s follows %s without a space", after, rest[:end])
			}
		}
		if end < 0 {
			end = len(rest)
		}
		words = append(words, rest[:end])
		rest = rest[end:]
	}
	return words, nil
}

// name reads a key or a client: a string in quotes, or a word that stands for itself.
func name(word string) (string, error) {
	if !strings.HasPrefix(word, `"`) {
		if !plain(word) {
			return "", fmt.Errorf("%s is no name; put it in quotes", word)
		}
		return word, nil
	}
	var text string
	err := json.Unmarshal([]byte(word), &text)
	return text, err
}

// plain tells whether a word may stand without quotes.
func plain(word string) bool { return word != "" && !strings.ContainsAny(word, "\"[]{},\\"+spaces) }

// number tells whether a word must be an integer because it begins like one.
func number(word string) bool {
	digits := strings.TrimPrefix(word, "-")
	return digits != "" && digits[0] >= '0' && digits[0] <= '9'
}

// ParseValue reads null, an integer, a list or a string as in JSON, or a word that stands for itself. What begins with a
// digit must be an integer.
func ParseValue(text string) (protocol.Value, error) {
	switch {
	case text == "null":
		return protocol.Value{}, nil
	case number(text):
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return protocol.Value{}, fmt.Errorf("%s is not an integer of 64 bits; put a string in quotes", text)
		}
		return protocol.Int(n), nil
	case plain(text) && utf8.ValidString(text):
		return protocol.String(text), nil
	case strings.HasPrefix(text, `"`) || strings.HasPrefix(text, "["):
		var v protocol.Value
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return protocol.Value{}, fmt.Errorf("%s is no value: %w", text, err)
		}
		return v, nil
	}
	return protocol.Value{}, fmt.Errorf("%q is no value: it is null, an integer, a word, a string in quotes or a list such as [1,2]", text)
}

// FormatOp writes an operation of one of the objects as ParseOp reads it.
func FormatOp(op protocol.Op) string {
	words := []string{op.F}
	values, isList := op.Value.List()
	kind := Operation{F: op.F}
	switch {
	case op.F == Hear || op.F == Create || op.F == Destroy:
	case op.F == Tell && !isList:
		words = append(words, tellee(op.Value))
	case op.F == Tell:
		words = append(words, tellee(values[0]))
		values = values[1:]
	default:
		words = append(words, quoteName(op.Key))
	}
	switch {
	case isList && (kind.listed() || op.F == Tell):
		for _, v := range values {
			words = append(words, formatValue(v))
		}
	case op.F != Tell && !op.Value.IsNull():
		words = append(words, formatValue(op.Value))
	}
	return strings.Join(words, " ")
}

func tellee(v protocol.Value) string {
	text, _ := v.Text()
	return quoteName(text)
}

func quoteName(text string) string {
	if plain(text) {
		return text
	}
	return protocol.String(text).String()
}

// formatValue writes a value as ParseValue reads it.
func formatValue(v protocol.Value) string {
	if text, ok := v.Text(); ok && plain(text) && !number(text) && text != "null" {
		return text
	}
	return v.String()
}
