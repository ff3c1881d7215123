package nemesis

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sunder/harness/prng"
)

// Field is a field of a fault by its name in a scenario, and its text.
type Field struct{ Name, Text string }

// faultField is how one field of a Fault is written and read. The text form of faults and the scenario files both go
// through it, so that there is one parser.
type faultField struct {
	name string
	get  func(*Fault) string // "" if it is not set
	set  func(*Fault, string) error
}

// faultFields lists the fields of a fault besides its kind, in the order in which they are written.
func faultFields() []faultField {
	return []faultField{
		{"target", func(f *Fault) string { return f.Target.String() }, func(f *Fault, s string) error { return assign(&f.Target, s, ParseTarget) }},
		{"shape", func(f *Fault) string { return string(f.Shape) }, func(f *Fault, s string) error { return assign(&f.Shape, s, parseShape) }},
		{"groups", func(f *Fault) string { return f.Groups.String() }, func(f *Fault, s string) error { return assign(&f.Groups, s, ParseGroups) }},
		{"link", func(f *Fault) string { return f.Links.String() }, func(f *Fault, s string) error { return assign(&f.Links, s, ParseLinks) }},
		{"clogs", func(f *Fault) string { return f.Clogs.String() }, func(f *Fault, s string) error { return assign(&f.Clogs, s, ParseClogs) }},
		{"message", func(f *Fault) string { return f.Message }, func(f *Fault, s string) error { return assign(&f.Message, s, parseMessage) }},
		{"count", func(f *Fault) string { return unlessZero(f.Count, strconv.Itoa) }, func(f *Fault, s string) error { return assign(&f.Count, s, parseCount) }},
		{"mode", func(f *Fault) string { return string(f.Mode) }, func(f *Fault, s string) error { return assign(&f.Mode, s, f.parseMode) }},
		{"lose", func(f *Fault) string { return string(f.Lose) }, func(f *Fault, s string) error { return assign(&f.Lose, s, parseLose) }},
		{"latency", func(f *Fault) string { return unlessZero(f.Latency, Range.String) }, func(f *Fault, s string) error { return assign(&f.Latency, s, parseLatency) }},
		{"limit", func(f *Fault) string { return unlessZero(f.Limit, Limit.String) }, func(f *Fault, s string) error { return assign(&f.Limit, s, ParseLimit) }},
		{"chance", func(f *Fault) string { return unlessZero(f.Chance, prng.Ratio.String) }, func(f *Fault, s string) error { return assign(&f.Chance, s, parseChance) }},
		{"offset", func(f *Fault) string { return unlessZero(f.Offset, FormatDuration) }, func(f *Fault, s string) error { return assign(&f.Offset, s, parseSkew) }},
		{"strobe", func(f *Fault) string { return unlessZero(f.Strobe, FormatDuration) }, func(f *Fault, s string) error { return assign(&f.Strobe, s, parsePositive) }},
		{"rate", func(f *Fault) string { return unlessZero(f.Rate, prng.Ratio.String) }, func(f *Fault, s string) error { return assign(&f.Rate, s, parseRate) }},
	}
}

// assign sets a field to what parse reads.
func assign[T any](to *T, text string, parse func(string) (T, error)) error {
	v, err := parse(text)
	if err == nil {
		*to = v
	}
	return err
}

func unlessZero[T comparable](v T, format func(T) string) string {
	var zero T
	if v == zero {
		return ""
	}
	return format(v)
}

// FieldNames returns the names of the fields that a fault can have besides its kind.
func FieldNames() []string {
	fields := faultFields()
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// Fields returns the fields that are set, in order, without the kind.
func (f Fault) Fields() []Field {
	var out []Field
	for _, field := range faultFields() {
		if text := field.get(&f); text != "" {
			out = append(out, Field{field.name, text})
		}
	}
	return out
}

// Set sets a field from its text. The kind must be set already: a field that it does not take is an error, for it would
// have no effect, and so is a value without effect. The error does not name the field.
func (f *Fault) Set(name, text string) error {
	fields := faultFields()
	i := slices.IndexFunc(fields, func(field faultField) bool { return field.name == name })
	info, known := Lookup(f.Kind)
	switch {
	case i < 0:
		return errors.New("a fault has no such field")
	case !known:
		return fmt.Errorf("there is no fault %q", f.Kind)
	case !info.Takes(name):
		return fmt.Errorf("a %s takes no %s; it takes %s", f.Kind, name, enumerate(info.Fields))
	}
	return fields[i].set(f, text)
}

func parseShape(text string) (Shape, error) { return oneOf("shape", text, Shapes()) }

func parseLose(text string) (Lose, error) { return oneOf("loss of a crash", text, Losses()) }

func (f *Fault) parseMode(text string) (Mode, error) {
	info, _ := Lookup(f.Kind)
	return oneOf("mode of the fault "+string(f.Kind), text, info.modes())
}

func parseMessage(text string) (string, error) {
	if text == "" {
		return "", errors.New("no message is named; leave it out to mean any")
	}
	return text, nil
}

func parseCount(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a count of at least 1", text)
	}
	return int(n), nil
}

func parseLatency(text string) (Range, error) {
	r, err := ParseRange(text)
	if err == nil && r.Max == 0 {
		return Range{}, fmt.Errorf("%s delays nothing", text)
	}
	return r, err
}

func parseChance(text string) (prng.Ratio, error) {
	p, err := prng.ParseRatio(text)
	if err == nil && p == 0 {
		return 0, fmt.Errorf("with a chance of %s it never happens", text)
	}
	return p, err
}

func parseSkew(text string) (time.Duration, error) {
	d, err := parseOffset(text)
	if err == nil && d == 0 {
		return 0, fmt.Errorf("an offset of %s moves no clock", text)
	}
	return d, err
}

// The limits of the rate of a clock, in percent. A clock is never so fast that timers leave no time.
const (
	slowest = 10
	fastest = 1000
)

func parseRate(text string) (prng.Ratio, error) {
	number, ok := strings.CutSuffix(text, "%")
	n, err := strconv.ParseUint(number, 10, 32)
	switch {
	case !ok || err != nil:
		return 0, fmt.Errorf("%q is not a whole percentage such as 50%% or 150%%", text)
	case n < slowest || n > fastest:
		return 0, fmt.Errorf("a rate is from %d%% to %d%%, not %s", slowest, fastest, text)
	case n == 100:
		return 0, fmt.Errorf("at a rate of %s a clock is right", text)
	}
	return prng.Ratio(n) * prng.One / 100, nil
}
