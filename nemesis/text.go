package nemesis

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sunder/harness/protocol"
)

// Longest is the longest duration that a schedule may name. It keeps sums of durations far from their limits.
const Longest = 24 * time.Hour

// ParseDuration reads a duration from 0 to Longest, such as 1.5s or 200ms.
func ParseDuration(text string) (time.Duration, error) {
	d, err := parseOffset(text)
	if err == nil && d < 0 {
		return 0, fmt.Errorf("%s is negative", text)
	}
	return d, err
}

// parsePositive reads a duration above 0.
func parsePositive(text string) (time.Duration, error) {
	d, err := ParseDuration(text)
	if err == nil && d == 0 {
		return 0, fmt.Errorf("%s is no time at all", text)
	}
	return d, err
}

// parseOffset reads a duration that may be negative.
func parseOffset(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 1.5s or 200ms", text)
	}
	if d > Longest || d < -Longest {
		return 0, fmt.Errorf("%s is beyond %s, the longest that is allowed", text, FormatDuration(Longest))
	}
	return d, nil
}

// FormatDuration writes a duration as ParseDuration reads it, in ASCII and without trailing zeros: 24h, not 24h0m0s.
func FormatDuration(d time.Duration) string {
	text := strings.Replace(d.String(), "µs", "us", 1)
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// String writes a range as ParseRange reads it: 1ms..10ms, or 5ms where both ends are the same.
func (r Range) String() string {
	if r.Min == r.Max {
		return FormatDuration(r.Min)
	}
	return FormatDuration(r.Min) + ".." + FormatDuration(r.Max)
}

// ParseRange reads two durations, or one that stands for both ends.
func ParseRange(text string) (Range, error) {
	low, high, two := strings.Cut(text, "..")
	if !two {
		high = low
	}
	least, err := ParseDuration(low)
	if err != nil {
		return Range{}, err
	}
	most, err := ParseDuration(high)
	if err != nil {
		return Range{}, err
	}
	if most < least {
		return Range{}, fmt.Errorf("%s ends before it begins", text)
	}
	return Range{least, most}, nil
}

// limitMax keeps the time that a byte takes above the clock's unit.
const limitMax Limit = 1e9

// limitUnits are the units of limits, the largest first.
func limitUnits() []limitUnit { return []limitUnit{{"MB/s", 1e6}, {"kB/s", 1e3}, {"B/s", 1}} }

type limitUnit struct {
	name string
	size Limit
}

// String writes a limit as ParseLimit reads it, in the largest unit in which it is a whole number.
func (l Limit) String() string {
	for _, u := range limitUnits() {
		if l%u.size == 0 {
			return strconv.FormatInt(int64(l/u.size), 10) + u.name
		}
	}
	panic(fmt.Sprintf("nemesis: a limit of %d in no unit", int64(l)))
}

// ParseLimit reads a limit from 1B/s to 1000MB/s, such as 64kB/s; a kB is 1000 bytes.
func ParseLimit(text string) (Limit, error) {
	for _, u := range limitUnits() {
		number, ok := strings.CutSuffix(text, u.name)
		n, err := strconv.ParseUint(number, 10, 32)
		if !ok || err != nil {
			continue
		}
		if l := Limit(n) * u.size; l > 0 && l <= limitMax {
			return l, nil
		}
		return 0, fmt.Errorf("%s is not from 1B/s to %s", text, limitMax)
	}
	return 0, fmt.Errorf("%q is not a number of bytes a second such as 500B/s or 64kB/s", text)
}

// ParseNode reads the name of a node: r1, r2, ... or c1, c2, ...
func ParseNode(text string) (protocol.NodeID, error) {
	if len(text) > 1 && (text[0] == 'r' || text[0] == 'c') && text[1] >= '1' && text[1] <= '9' {
		if _, err := strconv.ParseUint(text[1:], 10, 16); err == nil {
			return protocol.NodeID(text), nil
		}
	}
	return "", fmt.Errorf("%q is no node: replicas are called r1, r2 and so on, front ends c1, c2 and so on", text)
}

// parseNodes reads names of nodes with spaces between them. Naming one twice is an error.
func parseNodes(text string) ([]protocol.NodeID, error) {
	var nodes []protocol.NodeID
	for _, word := range strings.Fields(text) {
		id, err := ParseNode(word)
		if err != nil {
			return nil, err
		}
		if slices.Contains(nodes, id) {
			return nil, fmt.Errorf("%s is named twice", id)
		}
		nodes = append(nodes, id)
	}
	if len(nodes) == 0 {
		return nil, errors.New("no node is named")
	}
	return nodes, nil
}

func formatNodes(nodes []protocol.NodeID) string {
	words := make([]string, len(nodes))
	for i, id := range nodes {
		words[i] = string(id)
	}
	return strings.Join(words, " ")
}

// Words returns all words for targets.
func Words() []Word { return []Word{One, Minority, Majority, Everyone, Each, Primary} }

// Shapes returns all shapes of partitions.
func Shapes() []Shape {
	return []Shape{Halves, Isolate, MajorityMinority, OneWay, Bridge, Ring, Swizzle}
}

// Losses returns all that a crash can take.
func Losses() []Lose { return []Lose{LoseNothing, LoseUnsynced, LoseAll} }

// empty tells whether nobody is meant.
func (t Target) empty() bool { return t.Word == "" && len(t.Nodes) == 0 }

// String writes a target as ParseTarget reads it: its names, else its word.
func (t Target) String() string {
	if len(t.Nodes) > 0 {
		return formatNodes(t.Nodes)
	}
	return string(t.Word)
}

// ParseTarget reads a word, or names of nodes: "one", "r1 r2".
func ParseTarget(text string) (Target, error) {
	if slices.Contains(Words(), Word(text)) {
		return Target{Word: Word(text)}, nil
	}
	nodes, err := parseNodes(text)
	if err != nil {
		return Target{}, fmt.Errorf("%w; a target is %s, or names of nodes", err, enumerate(Words()))
	}
	return Target{Nodes: nodes}, nil
}

// String writes groups as ParseGroups reads them: "r1 c1 | r2 r3".
func (g Groups) String() string {
	sides := make([]string, len(g))
	for i, side := range g {
		sides[i] = formatNodes(side)
	}
	return strings.Join(sides, " | ")
}

// ParseGroups reads at least two groups of nodes. No node may be named twice.
func ParseGroups(text string) (Groups, error) {
	var groups Groups
	for side := range strings.SplitSeq(text, "|") {
		nodes, err := parseNodes(side)
		if err != nil {
			return nil, err
		}
		for _, id := range nodes {
			if groups.side(id) >= 0 {
				return nil, fmt.Errorf("%s is in two groups", id)
			}
		}
		groups = append(groups, nodes)
	}
	if len(groups) < 2 {
		return nil, errors.New(`one group cuts nothing: groups are written "r1 c1 | r2 r3"`)
	}
	return groups, nil
}

// side returns the position of the group that a node is in, -1 if it is in none.
func (g Groups) side(id protocol.NodeID) int {
	return slices.IndexFunc(g, func(side []protocol.NodeID) bool { return slices.Contains(side, id) })
}

// String writes a link as ParseLink reads it: "r1 -> r2".
func (l Link) String() string { return string(l.From) + " -> " + string(l.To) }

// ParseLink reads a link. Either end may be *, each node.
func ParseLink(text string) (Link, error) {
	from, to, ok := strings.Cut(text, "->")
	if !ok {
		return Link{}, fmt.Errorf("%q is no link such as r1 -> r2 or * -> c1", text)
	}
	var l Link
	var err error
	if l.From, err = parseEnd(from); err != nil {
		return Link{}, err
	}
	if l.To, err = parseEnd(to); err != nil {
		return Link{}, err
	}
	if l.From == l.To && l.From != Anybody {
		return Link{}, fmt.Errorf("%s leads from a node to itself: no fault reaches it", l)
	}
	return l, nil
}

func parseEnd(text string) (protocol.NodeID, error) {
	text = strings.TrimSpace(text)
	if text == string(Anybody) {
		return Anybody, nil
	}
	return ParseNode(text)
}

// String writes links as ParseLinks reads them: "r1 -> r2, r2 -> r1".
func (l Links) String() string {
	texts := make([]string, len(l))
	for i, link := range l {
		texts[i] = link.String()
	}
	return strings.Join(texts, ", ")
}

// ParseLinks reads links with commas between them. Naming one twice is an error.
func ParseLinks(text string) (Links, error) {
	var links Links
	for part := range strings.SplitSeq(text, ",") {
		l, err := ParseLink(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		if slices.Contains(links, l) {
			return nil, fmt.Errorf("the link %s is named twice", l)
		}
		links = append(links, l)
	}
	return links, nil
}

// String writes clogs as ParseClogs reads them: "r1 0s..2s, r3 1s..4s".
func (c Clogs) String() string {
	texts := make([]string, len(c))
	for i, clog := range c {
		texts[i] = string(clog.Node) + " " + clog.During.String()
	}
	return strings.Join(texts, ", ")
}

// ParseClogs reads nodes, each with the time for which it is cut off, with commas between them.
func ParseClogs(text string) (Clogs, error) {
	var clogs Clogs
	for part := range strings.SplitSeq(text, ",") {
		name, during, _ := strings.Cut(strings.TrimSpace(part), " ")
		id, err := ParseNode(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(clogs, func(c Clog) bool { return c.Node == id }) {
			return nil, fmt.Errorf("%s is named twice", id)
		}
		span, err := ParseRange(strings.TrimSpace(during))
		if err != nil {
			return nil, fmt.Errorf("%w: a clog is written r1 0s..2s", err)
		}
		if span.Min == span.Max {
			return nil, fmt.Errorf("%s is cut off for no time at all", id)
		}
		clogs = append(clogs, Clog{Node: id, During: span})
	}
	return clogs, nil
}

// ParseKind reads the name of a kind of fault.
func ParseKind(text string) (Kind, error) {
	if _, known := Lookup(Kind(text)); !known {
		return "", fmt.Errorf("there is no fault %q; there are %s", text, enumerate(kindNames()))
	}
	return Kind(text), nil
}

func kindNames() []Kind {
	infos := Kinds()
	names := make([]Kind, len(infos))
	for i, info := range infos {
		names[i] = info.Kind
	}
	return names
}

// oneOf reads one of some names.
func oneOf[S ~string](what, text string, all []S) (S, error) {
	if !slices.Contains(all, S(text)) {
		return "", fmt.Errorf("%q is no %s; there are %s", text, what, enumerate(all))
	}
	return S(text), nil
}

// enumerate lists names in a sentence.
func enumerate[S ~string](names []S) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = string(n)
	}
	return strings.Join(words, ", ")
}
