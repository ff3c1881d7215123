package nemesis

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Field is one setting of a fault in text form, by the name that it has in a scenario.
type Field struct{ Name, Text string }

// fieldNames are the fields of Fault in the order of the text form.
var fieldNames = [...]string{"target", "shape", "groups", "link", "message", "count", "lose", "latency", "chance", "offset"}

// FieldNames returns the names of the fields that a fault can have, besides its kind.
func FieldNames() []string { return fieldNames[:] }

// Fields returns the settings of f that are not empty.
func (f Fault) Fields() []Field {
	all := map[string]string{
		"target": f.Target.String(), "shape": string(f.Shape), "groups": f.Groups.String(), "link": linksText(f.Links),
		"message": f.Message, "lose": string(f.Lose), "latency": f.Latency.text(),
	}
	if f.Count != 0 {
		all["count"] = strconv.Itoa(f.Count)
	}
	if f.Chance != 0 {
		all["chance"] = f.Chance.String()
	}
	if f.Offset != 0 {
		all["offset"] = f.Offset.String()
	}
	var out []Field
	for _, name := range fieldNames {
		if all[name] != "" {
			out = append(out, Field{name, all[name]})
		}
	}
	return out
}

// Set sets one field from its text. An error says what the field may be; it does not name the field.
func (f *Fault) Set(name, text string) (err error) {
	switch name {
	case "target":
		f.Target, err = ParseTarget(text)
	case "shape":
		f.Shape, err = oneOf("shape", text, Halves, Isolate, MajorityMinority, OneWay)
	case "groups":
		f.Groups, err = ParseGroups(text)
	case "link":
		f.Links, err = ParseLinks(text)
	case "message":
		f.Message = text
	case "count":
		f.Count, err = strconv.Atoi(text)
		if err != nil || f.Count < 1 {
			return fmt.Errorf("%q is not a count of at least 1", text)
		}
	case "lose":
		f.Lose, err = oneOf("loss", text, LoseNothing, LoseUnsynced, LoseAll)
	case "latency":
		f.Latency, err = ParseRange(text)
	case "chance":
		f.Chance, err = prng.ParseRatio(text)
	case "offset":
		f.Offset, err = time.ParseDuration(text)
		if err != nil {
			err = fmt.Errorf("%q is not a duration such as 2s or -500ms", text)
		}
	default:
		err = fmt.Errorf("a fault has no field %q", name)
	}
	return err
}

func oneOf[T ~string](what, text string, choices ...T) (T, error) {
	if slices.Contains(choices, T(text)) {
		return T(text), nil
	}
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = string(c)
	}
	return "", fmt.Errorf("%q is no %s; there is: %s", text, what, strings.Join(names, ", "))
}

// String writes the fault as ParseFault reads it: `fault=partition groups="r1 c1 | r2 c2"`.
func (f Fault) String() string {
	return write(append([]Field{{"fault", string(f.Kind)}}, f.Fields()...))
}

// String writes the action as ParseAction reads it: `at=4s for=6s fault=crash target=one`.
func (a Action) String() string {
	fields := []Field{{"at", a.At.String()}}
	if a.For > 0 {
		fields = append(fields, Field{"for", a.For.String()})
	}
	return write(fields) + " " + a.Fault.String()
}

func write(fields []Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		text := f.Text
		if strings.ContainsAny(text, " \"=\t\n\\") {
			text = strconv.Quote(text)
		}
		parts[i] = f.Name + "=" + text
	}
	return strings.Join(parts, " ")
}

// ParseFault reads what Fault.String writes.
func ParseFault(text string) (Fault, error) {
	var f Fault
	err := each(text, f.read)
	return f, err
}

// ParseAction reads what Action.String writes.
func ParseAction(text string) (Action, error) {
	var a Action
	err := each(text, func(name, value string) (err error) {
		switch name {
		case "at":
			a.At, err = positive(value)
		case "for":
			a.For, err = positive(value)
		default:
			err = a.Fault.read(name, value)
		}
		return err
	})
	if err == nil && a.Kind == "" {
		err = errors.New("no fault is named, such as fault=crash")
	}
	return a, err
}

// read takes one field of the text form; the kind comes before the fields that it reads.
func (f *Fault) read(name, text string) error {
	if name == "fault" {
		if _, known := Lookup(Kind(text)); !known {
			return fmt.Errorf("there is no fault %q", text)
		}
		f.Kind = Kind(text)
		return nil
	}
	info, _ := Lookup(f.Kind)
	if !info.Takes(name) && !slices.Contains([]string{"link", "groups", "target"}, name) {
		return fmt.Errorf("a %s takes no %s", f.Kind, name)
	}
	return f.Set(name, text)
}

// each hands the fields of a text to read, and says which one could not be read.
func each(text string, read func(name, value string) error) error {
	seen := map[string]bool{}
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimLeft(rest, " \t") {
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			return fmt.Errorf("%q is not of the form name=value", rest)
		}
		value := after
		if quoted, err := strconv.QuotedPrefix(after); err == nil {
			value, _ = strconv.Unquote(quoted)
			rest = after[len(quoted):]
		} else {
			value, _, _ = strings.Cut(after, " ")
			rest = after[len(value):]
		}
		if seen[name] {
			return fmt.Errorf("%s is given twice", name)
		}
		seen[name] = true
		if err := read(name, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func positive(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 2s or 500ms", text)
	}
	if d < 0 {
		return 0, fmt.Errorf("%s is negative", text)
	}
	return d, nil
}

// ParseTarget reads a word (one, minority, majority, all, primary) or names of nodes: "r1 c2".
func ParseTarget(text string) (Target, error) {
	words := []Word{One, Minority, Majority, Everyone, Primary}
	if slices.Contains(words, Word(text)) {
		return Target{Word: Word(text)}, nil
	}
	nodes, err := parseNodes(text)
	if err != nil {
		return Target{}, fmt.Errorf("%w; a target is one, minority, majority, all, primary, or names of nodes", err)
	}
	return Target{Nodes: nodes}, nil
}

// String writes what ParseTarget reads; "" for no target.
func (t Target) String() string {
	if t.Word != "" {
		return string(t.Word)
	}
	return nodesText(t.Nodes)
}

// parseNodes reads names of nodes, each a letter r or c with a number from 1.
func parseNodes(text string) ([]protocol.NodeID, error) {
	var nodes []protocol.NodeID
	for _, name := range strings.Fields(text) {
		if err := checkNode(name); err != nil {
			return nil, err
		}
		if slices.Contains(nodes, protocol.NodeID(name)) {
			return nil, fmt.Errorf("%s is named twice", name)
		}
		nodes = append(nodes, protocol.NodeID(name))
	}
	if len(nodes) == 0 {
		return nil, errors.New("no node is named")
	}
	return nodes, nil
}

func checkNode(name string) error {
	n, err := strconv.Atoi(strings.TrimLeft(name, "rc"))
	if err != nil || n < 1 || len(name) < 2 || name != name[:1]+strconv.Itoa(n) {
		return fmt.Errorf("%q is no name of a node; they are r1, r2, ... and c1, c2, ...", name)
	}
	return nil
}

func nodesText(nodes []protocol.NodeID) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = string(n)
	}
	return strings.Join(parts, " ")
}

// ParseGroups reads the sides of a partition: "r1 c1 | r2 r3 c2".
func ParseGroups(text string) (Groups, error) {
	var groups Groups
	seen := map[protocol.NodeID]bool{}
	for side := range strings.SplitSeq(text, "|") {
		nodes, err := parseNodes(side)
		if err != nil {
			return nil, fmt.Errorf("%w; groups are written \"r1 c1 | r2 r3 c2\"", err)
		}
		for _, n := range nodes {
			if seen[n] {
				return nil, fmt.Errorf("%s is on two sides", n)
			}
			seen[n] = true
		}
		groups = append(groups, nodes)
	}
	if len(groups) < 2 {
		return nil, errors.New("a partition has two sides at least, such as \"r1 c1 | r2 r3 c2\"")
	}
	return groups, nil
}

// String writes what ParseGroups reads.
func (g Groups) String() string {
	sides := make([]string, len(g))
	for i, nodes := range g {
		sides[i] = nodesText(nodes)
	}
	return strings.Join(sides, " | ")
}

// ParseLink reads "r1 -> r2", in which * stands for any node.
func ParseLink(text string) (Link, error) {
	from, to, ok := strings.Cut(text, "->")
	l := Link{From: protocol.NodeID(strings.TrimSpace(from)), To: protocol.NodeID(strings.TrimSpace(to))}
	if !ok {
		return Link{}, fmt.Errorf("%q is no link; one is written \"r1 -> r2\" or \"* -> r2\"", text)
	}
	for _, end := range []protocol.NodeID{l.From, l.To} {
		if end != Anybody {
			if err := checkNode(string(end)); err != nil {
				return Link{}, fmt.Errorf("%w; a link is written \"r1 -> r2\" or \"* -> r2\"", err)
			}
		}
	}
	return l, nil
}

// String writes what ParseLink reads.
func (l Link) String() string { return string(l.From) + " -> " + string(l.To) }

// ParseLinks reads links with commas between them.
func ParseLinks(text string) ([]Link, error) {
	var links []Link
	for part := range strings.SplitSeq(text, ",") {
		l, err := ParseLink(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		links = append(links, l)
	}
	return links, nil
}

func linksText(links []Link) string {
	parts := make([]string, len(links))
	for i, l := range links {
		parts[i] = l.String()
	}
	return strings.Join(parts, ", ")
}

// ParseRange reads "1ms..10ms", or one duration for both ends.
func ParseRange(text string) (Range, error) {
	low, high, two := strings.Cut(text, "..")
	if !two {
		high = low
	}
	var r Range
	var err1, err2 error
	r.Min, err1 = positive(low)
	r.Max, err2 = positive(high)
	switch {
	case err1 != nil || err2 != nil:
		return Range{}, errors.Join(err1, err2)
	case r.Max < r.Min:
		return Range{}, fmt.Errorf("%s: the second is less than the first", text)
	}
	return r, nil
}

// String writes what ParseRange reads.
func (r Range) String() string {
	if r.Min == r.Max {
		return r.Min.String()
	}
	return r.Min.String() + ".." + r.Max.String()
}

// text is String, but "" for the zero Range.
func (r Range) text() string {
	if r == (Range{}) {
		return ""
	}
	return r.String()
}
