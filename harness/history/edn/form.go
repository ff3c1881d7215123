// Package edn reads histories as Jepsen and its checkers keep them, maps of :process, :type, :f and :value:
//
//	{:index 0, :time 3000, :process 1, :type :invoke, :f :txn, :value [[:r 3 nil] [:append 4 1]]}
//
// in EDN, one a line or all in one vector or list, tagged #jepsen.history.Op or not; in Jepsen's history.txt; and in JSON,
// as elle-cli takes them.
//
// The package must not know how a history is judged.
package edn

import (
	"bytes"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"sunder/harness/history"
)

// kind tells what a form is.
type kind uint8

const (
	null kind = iota
	integer
	text    // a string
	keyword // without its colon
	other   // a symbol, a character, a fraction: as it is written
	vector  // a list too
	set
	table // a map: keys and values in turn
)

// form is a value of EDN, or of JSON.
type form struct {
	kind kind
	n    int64
	text string
	list []form
	line int
}

// get returns the value of a key of a map, and whether it has one.
func (f *form) get(name string) (form, bool) {
	for i := 0; i+1 < len(f.list); i += 2 {
		if key := &f.list[i]; (key.kind == keyword || key.kind == text) && key.text == name {
			return f.list[i+1], true
		}
	}
	return form{}, false
}

// maxDepth is how deep forms may be nested.
const maxDepth = 1000

// scanner reads forms.
type scanner struct {
	text  []byte
	at    int
	line  int
	open  []form            // what the sequences have so far that have begun and not ended
	names map[string]string // words that came before, so that each is kept once
}

func (s *scanner) errorf(hint, format string, args ...any) error {
	return &history.LineError{Line: s.line, Problem: history.Problem{What: fmt.Sprintf(format, args...), Hint: hint}}
}

// cut is the error of a text that ends too early, on its last line that is not blank.
func (s *scanner) cut() error {
	s.line -= bytes.Count(s.text[len(bytes.TrimRight(s.text, " \t\r\n")):], []byte("\n"))
	return s.errorf("whoever wrote it did not finish", "the text ends in the middle of a form")
}

// space skips blanks, commas, comments and discarded forms, and tells whether there is more.
func (s *scanner) space(depth int) (bool, error) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '\n':
			s.line++
			s.at++
		case c == ' ' || c == '\t' || c == '\r' || c == ',' || c == '\f':
			s.at++
		case c == ';':
			for s.at < len(s.text) && s.text[s.at] != '\n' {
				s.at++
			}
		case c == '#' && s.at+1 < len(s.text) && s.text[s.at+1] == '_':
			s.at += 2
			if _, err := s.form(depth + 1); err != nil {
				return false, err
			}
		default:
			return true, nil
		}
	}
	return false, nil
}

// form reads one form.
func (s *scanner) form(depth int) (form, error) {
	if depth > maxDepth {
		return form{}, s.errorf("", "nested more than %d deep", maxDepth)
	}
	more, err := s.space(depth)
	if err != nil {
		return form{}, err
	}
	if !more {
		return form{}, s.cut()
	}
	line := s.line
	f, err := s.start(depth)
	f.line = line
	return f, err
}

func (s *scanner) start(depth int) (form, error) {
	switch c := s.text[s.at]; c {
	case '[':
		return s.sequence(vector, ']', depth)
	case '(':
		return s.sequence(vector, ')', depth)
	case '{':
		f, err := s.sequence(table, '}', depth)
		if err == nil {
			err = s.whole(&f)
		}
		return f, err
	case '"':
		return s.quoted()
	case ']', ')', '}':
		return form{}, s.errorf("", "a %q that closes nothing", c)
	case '#':
		return s.tagged(depth)
	case '\\':
		return s.character()
	}
	return s.token()
}

// sequence reads forms up to the byte that closes them.
func (s *scanner) sequence(k kind, end byte, depth int) (form, error) {
	begin := len(s.open)
	err := s.members(end, depth)
	out := form{kind: k, list: append([]form(nil), s.open[begin:]...)}
	s.drop(begin)
	return out, err
}

// until opens what is closed by a byte, and reads on up to that.
func (s *scanner) until(end byte, depth int, next func() error) error {
	s.at++
	for {
		more, err := s.space(depth)
		if err != nil {
			return err
		}
		if !more {
			return s.cut()
		}
		if s.text[s.at] == end {
			s.at++
			return nil
		}
		if err := next(); err != nil {
			return err
		}
	}
}

// members adds the forms in a sequence to those that are open.
func (s *scanner) members(end byte, depth int) error {
	return s.until(end, depth, func() error {
		f, err := s.form(depth + 1)
		s.open = append(s.open, f)
		return err
	})
}

// drop lets go of what was opened from a place on.
func (s *scanner) drop(begin int) {
	clear(s.open[begin:])
	s.open = s.open[:begin]
}

// each lends each form in a sequence.
func (s *scanner) each(end byte, take func(*form) error) error {
	return s.until(end, 0, func() error { return s.lend(1, take) })
}

// lend reads a form and lends it: if it is a map, or one behind a tag, its list is used again for the next.
func (s *scanner) lend(depth int, take func(*form) error) error {
	s.tag()
	if s.at >= len(s.text) || s.text[s.at] != '{' {
		f, err := s.form(depth)
		if err != nil {
			return err
		}
		return take(&f)
	}
	begin, f := len(s.open), form{kind: table, line: s.line}
	if err := s.members('}', depth); err != nil {
		return err
	}
	f.list = s.open[begin:]
	if err := s.whole(&f); err != nil {
		return err
	}
	err := take(&f)
	s.drop(begin)
	return err
}

// opTag is the tag of Jepsen's operations.
const opTag = "#jepsen.history.Op{"

// tag passes over the tag of an operation.
func (s *scanner) tag() {
	if bytes.HasPrefix(s.text[s.at:], []byte(opTag)) {
		s.at += len(opTag) - 1
	}
}

// whole tells what is wrong with a map of which a half is missing.
func (s *scanner) whole(f *form) error {
	if len(f.list)%2 != 0 {
		return s.errorf("", "a map has a key without a value")
	}
	return nil
}

// tagged reads a set, or a form behind a tag, which is dropped: #jepsen.history.Op{...}.
func (s *scanner) tagged(depth int) (form, error) {
	s.at++
	if s.at < len(s.text) && s.text[s.at] == '{' {
		return s.sequence(set, '}', depth)
	}
	tag, err := s.word()
	if err != nil {
		return form{}, err
	}
	if len(tag) == 0 {
		return form{}, s.errorf("", "a # without a tag")
	}
	return s.form(depth + 1)
}

func (s *scanner) quoted() (form, error) {
	s.at++
	var b strings.Builder
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch c {
		case '"':
			if !utf8.ValidString(b.String()) {
				return form{}, s.notText()
			}
			return form{kind: text, text: b.String()}, nil
		case '\n':
			s.line++
			b.WriteByte(c)
		case '\\':
			if err := s.escape(&b); err != nil {
				return form{}, err
			}
		default:
			b.WriteByte(c)
		}
	}
	return form{}, s.cut()
}

func (s *scanner) escape(b *strings.Builder) error {
	if s.at >= len(s.text) {
		return s.cut()
	}
	c := s.text[s.at]
	s.at++
	if i := strings.IndexByte(`ntrbf"\/`, c); i >= 0 {
		b.WriteByte("\n\t\r\b\f\"\\/"[i])
		return nil
	}
	if c != 'u' || s.at+4 > len(s.text) {
		return s.errorf("", "no escape: \\%c", c)
	}
	n, err := strconv.ParseUint(string(s.text[s.at:s.at+4]), 16, 16)
	if err != nil {
		return s.errorf("", "no escape: \\u%s", s.text[s.at:s.at+4])
	}
	s.at += 4
	b.WriteRune(rune(n))
	return nil
}

func (s *scanner) character() (form, error) {
	start := s.at
	s.at++
	_, size := utf8.DecodeRune(s.text[s.at:])
	s.at += size
	if _, err := s.word(); err != nil {
		return form{}, err
	}
	return form{kind: other, text: string(s.text[start:s.at])}, nil
}

// endsWord tells whether a word ends before a byte.
func endsWord(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '\f', ',', ';', '(', ')', '[', ']', '{', '}', '"':
		return true
	}
	return false
}

// word reads up to a blank or a bracket.
func (s *scanner) word() ([]byte, error) {
	start := s.at
	for s.at < len(s.text) && !endsWord(s.text[s.at]) {
		s.at++
	}
	if !utf8.Valid(s.text[start:s.at]) {
		return nil, s.notText()
	}
	return s.text[start:s.at], nil
}

func (s *scanner) notText() error {
	return s.errorf("a history is text in UTF-8; is it compressed?", "not UTF-8")
}

// How many words are kept once, and how long these are.
const maxNames, maxName = 1 << 12, 64

// name makes a string of a word.
func (s *scanner) name(word []byte) string {
	if name, known := s.names[string(word)]; known {
		return name
	}
	name := string(word)
	if s.names == nil {
		s.names = map[string]string{}
	}
	if len(name) <= maxName && len(s.names) < maxNames {
		s.names[name] = name
	}
	return name
}

// token reads nil, true, false, a number, a keyword or a symbol.
func (s *scanner) token() (form, error) {
	word, err := s.word()
	if err != nil {
		return form{}, err
	}
	switch {
	case len(word) == 0:
		return form{}, s.errorf("", "nothing can begin with %q", s.text[s.at])
	case string(word) == "nil":
		return form{}, nil
	case word[0] == ':':
		if len(word) == 1 {
			return form{}, s.errorf("", "a keyword without a name")
		}
		return form{kind: keyword, text: s.name(word[1:])}, nil
	}
	if n, ok := digits(word); ok {
		return form{kind: integer, n: n}, nil
	}
	return number(s.name(word)), nil
}

// digits reads a number of a few digits, as most are.
func digits(word []byte) (n int64, ok bool) {
	const most = 18
	rest, negative := bytes.CutPrefix(word, []byte("-"))
	if len(rest) == 0 || len(rest) > most {
		return 0, false
	}
	for _, c := range rest {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// number reads a whole number of 64 bits, or keeps the word as it is.
func number(word string) form {
	digits := strings.TrimSuffix(strings.TrimPrefix(word, "+"), "N")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		if _, large := new(big.Int).SetString(digits, 10); large {
			return form{kind: other, text: digits}
		}
		return form{kind: other, text: word}
	}
	return form{kind: integer, n: n}
}
