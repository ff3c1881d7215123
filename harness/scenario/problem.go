package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Problem is one thing that is wrong with a scenario file.
type Problem struct {
	File         string
	Line, Column int // from 1
	What         string
	Hint         string // what to write instead; may be ""
}

// Error is file:line:column: what; hint.
func (p Problem) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.What)
	if p.Hint != "" {
		text += "; " + p.Hint
	}
	return text
}

// problems collects what is wrong with a file, and where each part of it stands.
type problems struct {
	file   string
	list   []Problem
	nodes  map[string]*yaml.Node // by path, such as nemesis[1].for
	places map[place]bool        // of the problems
}

// place is where something stands in a file.
type place struct{ line, column int }

// add notes a problem with what stands at a path; with its parent if the path is missing in the file.
func (p *problems) add(path, hint, format string, args ...any) {
	node := p.nodes[path]
	for node == nil && path != "" {
		path = parent(path)
		node = p.nodes[path]
	}
	p.at(node, hint, format, args...)
}

func (p *problems) at(n *yaml.Node, hint, format string, args ...any) {
	problem := Problem{File: p.file, Line: 1, Column: 1, What: fmt.Sprintf(format, args...), Hint: hint}
	if n != nil && n.Line > 0 {
		problem.Line, problem.Column = n.Line, n.Column
	}
	p.list = append(p.list, problem)
	p.places[place{problem.Line, problem.Column}] = true
}

// parent is the path of what holds the thing at a path.
func parent(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

// broken tells whether a problem was noted with what stands at one of the paths.
func (p *problems) broken(paths ...string) bool {
	return slices.ContainsFunc(paths, func(path string) bool {
		n := p.nodes[path]
		return n != nil && p.places[place{n.Line, n.Column}]
	})
}

// errors returns the problems in the order of their places.
func (p *problems) errors() []error {
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	var out []error
	for _, problem := range p.list {
		out = append(out, problem)
	}
	return out
}

// oneOf is the hint that lists what there is, with the likeliest first if the word is a slip of the pen.
func oneOf(word string, names []string) string {
	if near := nearest(word, names); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	if len(names) == 0 {
		return "there is none"
	}
	return "there is: " + join(names)
}

func join(names []string) string { return strings.Join(names, ", ") }

// wordMax is the longest word that is compared with names: a longer one is none of them, and costs time.
const wordMax = 64

// nearest returns the name that differs from the word by the fewest letters, at most by one in three; "" if none does.
func nearest(word string, names []string) string {
	if len(word) > wordMax {
		return ""
	}
	best, least := "", len(word)/3
	for _, name := range names {
		if d := distance(word, name); d <= least {
			if best == "" || d < least {
				best, least = name, d
			}
		}
	}
	return best
}

// distance is the number of letters to insert, delete, change or swap to make b of a (Damerau & Levenshtein).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
