package nemesis

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// String writes a fault as ParseFault reads it: `fault=crash target=r1 lose=unsynced`.
func (f Fault) String() string { return formatFields(f.fields()) }

func (f Fault) fields() []Field { return append([]Field{{"fault", string(f.Kind)}}, f.Fields()...) }

// String writes an action as ParseAction reads it: `at=4s for=6s fault=partition groups="r1 c1 | r2 c2"`. One that Expand
// has drawn ends with drawn=yes.
func (a Action) String() string {
	fields := []Field{{"at", FormatDuration(a.At)}}
	if a.For != 0 {
		fields = append(fields, Field{"for", FormatDuration(a.For)})
	}
	fields = append(fields, a.fields()...)
	if a.Random {
		fields = append(fields, Field{"drawn", "yes"})
	}
	return formatFields(fields)
}

// String writes a schedule as ParseSchedule reads it, an action a line.
func (s Schedule) String() string {
	var b strings.Builder
	for _, a := range s {
		b.WriteString(a.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// ParseFault reads a fault. Whether it says all that its kind needs, it does not check.
func ParseFault(text string) (Fault, error) {
	fields, err := parseFields(text)
	if err != nil {
		return Fault{}, err
	}
	return faultOf(fields)
}

// ParseAction reads an action. Whether it says all that its kind needs, it does not check.
func ParseAction(text string) (Action, error) {
	fields, err := parseFields(text)
	if err != nil {
		return Action{}, err
	}
	var a Action
	rest := fields[:0]
	for _, f := range fields {
		switch f.Name {
		case "at":
			a.At, err = ParseDuration(f.Text)
		case "for":
			a.For, err = parsePositive(f.Text)
		case "drawn":
			a.Random, err = true, expect(f.Text, "yes")
		default:
			rest = append(rest, f)
		}
		if err != nil {
			return Action{}, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	a.Fault, err = faultOf(rest)
	return a, err
}

// ParseSchedule reads actions, one a line; empty lines count for nothing.
func ParseSchedule(text string) (Schedule, error) {
	var s Schedule
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		a, err := ParseAction(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		s = append(s, a)
	}
	return s, nil
}

// faultOf makes a fault of its fields, the kind among them.
func faultOf(fields []Field) (Fault, error) {
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == "fault" })
	if i < 0 {
		return Fault{}, errors.New("no fault is named, such as fault=crash")
	}
	var f Fault
	if err := assign(&f.Kind, fields[i].Text, ParseKind); err != nil {
		return Fault{}, err
	}
	for j, field := range fields {
		if j == i {
			continue
		}
		if err := f.Set(field.Name, field.Text); err != nil {
			return Fault{}, fmt.Errorf("%s: %w", field.Name, err)
		}
	}
	return f, nil
}

func expect(text, want string) error {
	if text != want {
		return fmt.Errorf("%q is not %s", text, want)
	}
	return nil
}

// formatFields writes fields as name=text with spaces between them, the text in quotes where it is not one plain word.
func formatFields(fields []Field) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(f.Name)
		b.WriteByte('=')
		if plainWord(f.Text) {
			b.WriteString(f.Text)
		} else {
			b.WriteString(strconv.Quote(f.Text))
		}
	}
	return b.String()
}

func plainWord(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=' {
			return false
		}
	}
	return text != ""
}

// parseFields reads what formatFields writes. Naming a field twice is an error.
func parseFields(text string) ([]Field, error) {
	var fields []Field
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimLeft(rest, " \t") {
		name, after, ok := strings.Cut(rest, "=")
		if !ok || !plainWord(name) {
			return nil, fmt.Errorf("%q is not written name=text", rest)
		}
		if slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name }) {
			return nil, fmt.Errorf("%s is given twice", name)
		}
		value, left, err := parseText(after)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fields = append(fields, Field{name, value})
		rest = left
	}
	return fields, nil
}

// parseText reads a plain word or a quoted text from the beginning of s, and returns what is left.
func parseText(s string) (text, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, " \t")
		if end < 0 {
			end = len(s)
		}
		if !plainWord(s[:end]) {
			return "", "", fmt.Errorf("%q is not one word; put it in quotes", s[:end])
		}
		return s[:end], s[end:], nil
	}
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", errors.New("a quote has no end")
	}
	if rest = s[len(quoted):]; rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return "", "", fmt.Errorf("%q follows a quote without a space", rest)
	}
	text, err = strconv.Unquote(quoted)
	return text, rest, err
}
