package nemesis

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// tick is the least time between the beginnings of two faults of a recipe, and the least that one lasts.
const tick = time.Millisecond

// FaultsMax is how many faults a recipe may stand for.
const FaultsMax = 10_000

// String writes a recipe as ParseRandom reads it: `random="pause, crash" between=4s..9s every=1s for=200ms..2s`.
func (r Random) String() string {
	return formatFields(append([]Field{{r.word(), enumerate(r.Kinds)}}, r.Fields()...))
}

// word is the field that names the kinds.
func (r Random) word() string {
	if r.Swarm {
		return "swarm"
	}
	return "random"
}

// Fields returns the fields of a recipe besides its kinds, in the order in which they are written.
func (r Random) Fields() []Field {
	fields := []Field{
		{"between", Range{r.Start, r.End}.String()},
		{"every", r.Every.String()},
		{"for", r.For.String()},
	}
	if r.Calm.Max > 0 {
		fields = append(fields, Field{"bursts", r.Bursts.String()}, Field{"calm", r.Calm.String()})
	}
	if r.Size != "" {
		fields = append(fields, Field{"size", string(r.Size)})
	}
	return fields
}

// ParseRandom reads a recipe, which must pass Check.
func ParseRandom(text string) (Random, error) {
	fields, err := parseFields(text)
	if err != nil {
		return Random{}, err
	}
	var r Random
	var span Range
	for _, f := range fields {
		switch f.Name {
		case "random", "swarm":
			r.Kinds, err = parseKinds(f.Text)
			r.Swarm = f.Name == "swarm"
		case "between":
			span, err = ParseRange(f.Text)
		case "every":
			r.Every, err = ParseRange(f.Text)
		case "for":
			r.For, err = ParseRange(f.Text)
		case "bursts":
			r.Bursts, err = ParseRange(f.Text)
		case "calm":
			r.Calm, err = ParseRange(f.Text)
		case "size":
			r.Size, err = ParseSize(f.Text)
		default:
			err = errors.New("a recipe has no such field; it has random or swarm, between, every, for, bursts, calm, size")
		}
		if err != nil {
			return Random{}, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	r.Start, r.End = span.Min, span.Max
	for _, m := range r.Check() {
		return Random{}, fmt.Errorf("%s: %s", m.Name, m.Text)
	}
	return r, nil
}

// ParseSize reads the size of drawn faults.
func ParseSize(text string) (Size, error) {
	if !slices.Contains(Sizes(), Size(text)) {
		return "", fmt.Errorf("faults are small or large, not %q; without size they are as they come", text)
	}
	return Size(text), nil
}

func parseKinds(text string) ([]Kind, error) {
	var kinds []Kind
	for part := range strings.SplitSeq(text, ",") {
		k, err := ParseKind(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, k)
	}
	return kinds, nil
}

// Check returns what is wrong with a recipe, each with the field that it is about. A recipe that passes stands for one
// fault at least and FaultsMax at most, where none of its kinds is in force all the time.
func (r Random) Check() []Field {
	var wrong []Field
	say := func(field, format string, args ...any) {
		wrong = append(wrong, Field{field, fmt.Sprintf(format, args...)})
	}
	if len(r.Kinds) == 0 {
		say(r.word(), "no fault is named")
	}
	for i, k := range r.Kinds {
		if slices.Contains(r.Kinds[:i], k) {
			say(r.word(), "%s is named twice", k)
		}
		if k.ForGood() {
			say(r.word(), "what a %s does is for good: say when it comes, with at and fault", k)
		}
	}
	length := r.End - r.Start
	if length <= 0 {
		say("between", "%s leaves no time", Range{r.Start, r.End})
	}
	switch {
	case r.Every.Min < tick:
		say("every", "%s is less than %s", FormatDuration(r.Every.Min), FormatDuration(tick))
	case length/r.Every.Min >= FaultsMax:
		say("every", "one every %s would be more than %d faults", FormatDuration(r.Every.Min), FaultsMax)
	}
	switch {
	case r.For.Min < tick:
		say("for", "%s is less than %s", FormatDuration(r.For.Min), FormatDuration(tick))
	case length > 0 && r.For.Min > length:
		say("for", "%s is longer than the %s there are", FormatDuration(r.For.Min), FormatDuration(length))
	}
	return append(wrong, r.checkCalm(length)...)
}

// checkCalm returns what is wrong with the times of bursts and of calm.
func (r Random) checkCalm(length time.Duration) []Field {
	switch {
	case r.Calm.Max == 0 && r.Bursts.Max == 0:
		return nil
	case r.Calm.Max == 0:
		return []Field{{"bursts", "there is no calm between them; say calm, such as 1s..3s"}}
	case r.Bursts.Max == 0:
		return []Field{{"calm", "there is no time between which it is calm; say bursts, such as 2s..6s"}}
	case r.Bursts.Min < tick || r.Calm.Min < tick:
		return []Field{{"calm", fmt.Sprintf("bursts and calm last %s at least", FormatDuration(tick))}}
	case length/(r.Bursts.Min+r.Calm.Min) >= FaultsMax:
		return []Field{{"bursts", fmt.Sprintf("these would be more than %d", FaultsMax)}}
	}
	return nil
}
