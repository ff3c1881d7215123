package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"sunder/harness/protocol"
)

// maxDepth is how deep the lists of a value may be nested: far more than any has, and little enough for the stack.
const maxDepth = 1000

// cursor reads the JSON of one line. It is written out because a history may have millions of lines, and because what
// it does not understand must be said precisely: encoding/json would round a large integer in silence and take the
// last of two equal keys.
type cursor struct {
	text []byte
	at   int
}

// cut is the problem of a text that ends too early.
func cut() error { return &Problem{Cut: true} }

func (c *cursor) problem(what, hint string) error {
	return &Problem{What: fmt.Sprintf("column %d: %s", c.at+1, what), Hint: hint}
}

// unexpected is the problem of a byte where it may not stand.
func (c *cursor) unexpected(wanted string) error {
	if c.at >= len(c.text) {
		return cut()
	}
	r, _ := utf8.DecodeRune(c.text[c.at:])
	return c.problem(fmt.Sprintf("not JSON: %q where there should be %s", r, wanted), "")
}

// space skips blanks and returns the byte after them, 0 at the end.
func (c *cursor) space() byte {
	for c.at < len(c.text) {
		switch b := c.text[c.at]; b {
		case ' ', '\t', '\r', '\n':
			c.at++
		default:
			return b
		}
	}
	return 0
}

// take skips blanks and then the byte.
func (c *cursor) take(b byte, wanted string) error {
	if c.space() != b || c.at >= len(c.text) {
		return c.unexpected(wanted)
	}
	c.at++
	return nil
}

// members calls each for the members of an object, the cursor standing before the value, which each must skip.
func (c *cursor) members(each func(name []byte) error) error {
	if err := c.take('{', "an object, {...}"); err != nil {
		return err
	}
	if c.space() == '}' {
		c.at++
		return nil
	}
	for {
		c.space()
		name, err := c.quoted()
		if err != nil {
			return err
		}
		if err := c.take(':', "a colon"); err != nil {
			return err
		}
		c.space()
		if err := each(name); err != nil {
			return err
		}
		if c.space() == '}' {
			c.at++
			return nil
		}
		if err := c.take(',', "a comma or }"); err != nil {
			return err
		}
	}
}

// elements calls each for the elements of a list, the cursor standing before the element, which each must skip.
func (c *cursor) elements(each func() error) error {
	c.at++
	if c.space() == ']' {
		c.at++
		return nil
	}
	for {
		c.space()
		if err := each(); err != nil {
			return err
		}
		if c.space() == ']' {
			c.at++
			return nil
		}
		if err := c.take(',', "a comma or ]"); err != nil {
			return err
		}
	}
}

// skip passes over any JSON value.
func (c *cursor) skip(depth int) error {
	if depth > maxDepth {
		return c.problem(fmt.Sprintf("nested more than %d deep", maxDepth), "")
	}
	if c.at >= len(c.text) {
		return cut()
	}
	switch b := c.text[c.at]; {
	case b == '{':
		return c.members(func([]byte) error { return c.skip(depth + 1) })
	case b == '[':
		return c.elements(func() error { return c.skip(depth + 1) })
	case b == '"':
		_, _, err := c.span()
		return err
	case b == 'n':
		return c.word("null")
	case b == 't':
		return c.word("true")
	case b == 'f':
		return c.word("false")
	case b == '-' || isDigit(b):
		_, err := c.number()
		return err
	}
	return c.unexpected("a value")
}

func (c *cursor) word(w string) error {
	for i := range len(w) {
		if c.at >= len(c.text) || c.text[c.at] != w[i] {
			return c.unexpected(w)
		}
		c.at++
	}
	return nil
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// digits passes over at least one digit.
func (c *cursor) digits() error {
	if c.at >= len(c.text) || !isDigit(c.text[c.at]) {
		return c.unexpected("a digit")
	}
	for c.at < len(c.text) && isDigit(c.text[c.at]) {
		c.at++
	}
	return nil
}

// number passes over a number and tells whether it is written as a whole one.
func (c *cursor) number() (whole bool, err error) {
	if c.text[c.at] == '-' {
		c.at++
	}
	start := c.at
	if err := c.digits(); err != nil {
		return false, err
	}
	if c.text[start] == '0' && c.at > start+1 {
		c.at = start
		return false, c.problem("not JSON: a number that begins with 0", "")
	}
	whole = true
	if c.at < len(c.text) && c.text[c.at] == '.' {
		c.at++
		whole = false
		if err := c.digits(); err != nil {
			return false, err
		}
	}
	if c.at < len(c.text) && (c.text[c.at] == 'e' || c.text[c.at] == 'E') {
		c.at++
		whole = false
		if c.at < len(c.text) && (c.text[c.at] == '+' || c.text[c.at] == '-') {
			c.at++
		}
		if err := c.digits(); err != nil {
			return false, err
		}
	}
	return whole, nil
}

// span passes over a string. It returns what stands between the quotes, and whether that has escapes.
func (c *cursor) span() (inner []byte, escaped bool, err error) {
	if c.at >= len(c.text) || c.text[c.at] != '"' {
		return nil, false, c.unexpected("a string")
	}
	c.at++
	start := c.at
	for c.at < len(c.text) {
		switch b := c.text[c.at]; {
		case b == '"':
			c.at++
			return c.text[start : c.at-1], escaped, nil
		case b < ' ':
			return nil, false, c.problem(fmt.Sprintf("not JSON: the control character %q in a string", b), "")
		case b == '\\':
			escaped = true
			if err := c.escape(); err != nil {
				return nil, false, err
			}
		default:
			c.at++
		}
	}
	return nil, false, cut()
}

// escape passes over a backslash and what belongs to it.
func (c *cursor) escape() error {
	c.at++
	if c.at >= len(c.text) {
		return cut()
	}
	switch c.text[c.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		c.at++
		return nil
	case 'u':
		c.at++
		for range 4 {
			if c.at >= len(c.text) || !isHex(c.text[c.at]) {
				return c.unexpected("four hexadecimal digits")
			}
			c.at++
		}
		return nil
	}
	return c.unexpected("an escape")
}

func isHex(b byte) bool { return isDigit(b) || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F' }

// quoted reads a string. What it returns may be part of the line.
func (c *cursor) quoted() ([]byte, error) {
	start := c.at
	inner, escaped, err := c.span()
	if err != nil || !escaped {
		return inner, err
	}
	var s string
	if err := json.Unmarshal(c.text[start:c.at], &s); err != nil {
		panic(fmt.Sprintf("history: encoding/json does not read the string %s: %v", c.text[start:c.at], err))
	}
	return []byte(s), nil
}

// integer reads a whole number of 64 bits; name is what it is the value of.
func (c *cursor) integer(name string) (int64, error) {
	start := c.at
	if c.at >= len(c.text) || c.text[c.at] != '-' && !isDigit(c.text[c.at]) {
		return 0, c.unexpected("a whole number")
	}
	whole, err := c.number()
	if err != nil {
		return 0, err
	}
	text := c.text[start:c.at]
	c.at = start
	if !whole {
		return 0, c.problem(fmt.Sprintf("%s is %.40s, which is not written as a whole number", name, text), "there are no fractions in a history: scale them")
	}
	n, ok := parseInt(text)
	if !ok {
		hint := "" // what is no value must be a number
		if name == "value" {
			hint = "write it as a string"
		}
		return 0, c.problem(fmt.Sprintf("%s is %.40s, which does not fit into 64 bits", name, text), hint)
	}
	c.at = start + len(text)
	return n, nil
}

// parseInt reads an optional minus and digits; false if they do not fit.
func parseInt(text []byte) (int64, bool) {
	limit, negative := uint64(math.MaxInt64), text[0] == '-'
	if negative {
		text, limit = text[1:], limit+1
	}
	var n uint64
	for _, d := range text {
		digit := uint64(d - '0')
		if n > (limit-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}

// bank reads the map that is the value of an operation of a bank.
func (c *cursor) bank(f string) (protocol.Value, error) {
	start := c.at
	var entries []Entry
	err := c.members(func(name []byte) error {
		v, err := c.value(1)
		entries = append(entries, Entry{string(name), v})
		return err
	})
	if err != nil {
		return protocol.Value{}, err
	}
	v, err := BankValue(f, entries)
	var flaw *Problem
	if errors.As(err, &flaw) {
		c.at = start
		return v, c.problem(flaw.What, flaw.Hint)
	}
	return v, err
}

// value reads what clients say: null, a whole number, a string, a list of these; true and false are strings.
func (c *cursor) value(depth int) (protocol.Value, error) {
	if depth > maxDepth {
		return protocol.Value{}, c.problem(fmt.Sprintf("value is nested more than %d deep", maxDepth), "")
	}
	if c.at >= len(c.text) {
		return protocol.Value{}, cut()
	}
	switch b := c.text[c.at]; b {
	case 'n':
		return protocol.Value{}, c.word("null")
	case 't':
		return protocol.String("true"), c.word("true")
	case 'f':
		return protocol.String("false"), c.word("false")
	case '"':
		s, err := c.quoted()
		return protocol.String(string(s)), err
	case '[':
		var list []protocol.Value
		err := c.elements(func() error {
			v, err := c.value(depth + 1)
			list = append(list, v)
			return err
		})
		return protocol.List(list...), err
	case '{':
		return protocol.Value{}, c.problem("value is an object", "a client's value is null, a whole number, a string or a list of these")
	}
	n, err := c.integer("value")
	return protocol.Int(n), err
}
