package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"sunder/harness/cluster"
	"sunder/nemesis"
)

// The limits of a scenario. They keep a file that is hostile, or wrong by a few zeros, from taking all memory or time.
const (
	bytesMax       = 1 << 20
	nodesMax       = 100
	concurrencyMax = 100
	keysMax        = 100_000
	faultsMax      = 1000
	scriptMax      = 10_000
	operationsMax  = 100_000_000 // that a rate and a duration come to
)

// What a scenario has that says nothing else.
const (
	replicasDefault = 3
	durationDefault = 10 * time.Second
)

// Suites are the names that scenarios can be called by together. The suite mutants holds the triggers of planted bugs.
func Suites() []string { return []string{"quick", "full", "anomalies", "mutants"} }

// Parse reads a scenario. The file's name is used in errors only. All that is wrong is returned at once, as Problems in
// the order of their places; the Scenario counts only if there is none.
func Parse(name string, source []byte, c Catalog) (Scenario, []error) {
	p := &problems{file: name, nodes: map[string]*yaml.Node{}, places: map[place]bool{}}
	if len(source) > bytesMax {
		p.at(nil, "", "the file has %d bytes; a scenario has at most %d", len(source), bytesMax)
		return Scenario{}, p.errors()
	}
	root, ok := p.document(source)
	if !ok {
		return Scenario{}, p.errors()
	}
	var f file
	p.read(root, reflect.ValueOf(&f).Elem(), "")
	if root.Kind != yaml.MappingNode {
		return Scenario{}, p.errors()
	}
	b := builder{problems: p, catalog: c, file: &f}
	s := b.build()
	return s, p.errors()
}

// document returns the root of the only document.
func (p *problems) document(source []byte) (*yaml.Node, bool) {
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		p.at(nil, "", "the file is empty")
		return nil, false
	} else if err != nil {
		p.yamlError(err)
		return nil, false
	}
	if err := decoder.Decode(&second); err == nil {
		p.at(&second, "a file holds one scenario", "a second document begins")
		return nil, false
	} else if !errors.Is(err, io.EOF) {
		p.yamlError(err)
		return nil, false
	}
	return document.Content[0], true
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?:(?s)(.*))$`)

// yamlError takes the line out of what the YAML library says.
func (p *problems) yamlError(err error) {
	at := &yaml.Node{Line: 1, Column: 1}
	text := err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = m[2]
		if line, err := strconv.Atoi(m[1]); err == nil && line > 0 {
			at.Line = line
		}
	}
	p.at(at, "", "this is not YAML: %s", text)
}

// builder makes a Scenario of a file, with every default filled in, and notes what cannot be.
type builder struct {
	*problems
	catalog Catalog
	file    *file
	out     Scenario
	known   bool // the system exists
}

func (b *builder) build() Scenario {
	f := b.file
	b.out = Scenario{
		About:       f.About,
		Replicas:    or(f.Replicas, replicasDefault),
		Concurrency: or(f.Concurrency, 1),
		Seed:        or(f.Seed, 1),
		Duration:    time.Duration(or(f.Duration, duration(durationDefault))),
		Recovery:    time.Duration(or(f.Recovery, duration(5*time.Second))),
	}
	b.sizes()
	b.suites()
	b.backends()
	b.system()
	b.spares()
	b.weather()
	b.workload()
	b.nemesis()
	b.expect()
	b.evidence()
	return b.out
}

func or[T any](p *T, otherwise T) T {
	if p != nil {
		return *p
	}
	return otherwise
}

// sizes sees that numbers make sense. Those that do not are replaced, so that what follows neither takes their word nor
// complains of their consequences.
func (b *builder) sizes() {
	s := &b.out
	if !b.within("replicas", s.Replicas, nodesMax) {
		s.Replicas = replicasDefault
	}
	if b.file.Spares != nil && b.within("spares", *b.file.Spares, nodesMax) {
		s.Spares = *b.file.Spares
	}
	s.Clients = or(b.file.Clients, s.Replicas)
	if !b.within("clients", s.Clients, nodesMax) {
		s.Clients = s.Replicas
	}
	if n := s.Replicas + s.Spares + s.Clients; n > nodesMax {
		path, hint := "clients", ""
		if b.file.Clients == nil {
			path, hint = "replicas", "say how many clients; else there is one for each replica"
		}
		b.add(path, hint, "%d replicas and %d clients are more than %d nodes", s.Replicas+s.Spares, s.Clients, nodesMax)
	}
	b.within("concurrency", s.Concurrency, concurrencyMax)
	if s.Duration == 0 {
		b.add("duration", "", "a run without duration proves nothing")
	}
	if b.broken("duration") {
		s.Duration = nemesis.Longest
	}
}

// within notes a number that is not from 1 to a limit, and tells whether it is.
func (b *builder) within(path string, n, high int) bool {
	if n >= 1 && n <= high {
		return true
	}
	b.add(path, "", "%s is from 1 to %d, not %d", path, high, n)
	return false
}

func (b *builder) suites() {
	b.out.Suites = b.file.Suites
	if len(b.out.Suites) == 0 {
		b.out.Suites = []string{"full"}
	}
	b.choices("suites", "suite", b.file.Suites, Suites())
}

func (b *builder) backends() {
	var names []string
	for _, backend := range b.catalog.Backends {
		names = append(names, backend.Name())
	}
	b.out.Backends = b.file.Backends
	if len(b.out.Backends) == 0 {
		b.out.Backends = []string{"sim"}
	}
	b.choices("backends", "backend", b.file.Backends, names)
}

// choices notes the words of a list that are none of the names, or stand twice.
func (b *builder) choices(path, what string, words, names []string) {
	for i, word := range words {
		at := fmt.Sprintf("%s[%d]", path, i)
		if slices.Contains(words[:i], word) {
			b.add(at, "", "%s stands twice", word)
			continue
		}
		b.choice(at, what, word, names)
	}
}

// choice notes a word that is none of the names, and tells whether it is one. Of what could not even be read, enough has
// been said.
func (b *builder) choice(path, what, word string, names []string) bool {
	if b.broken(path) {
		return false
	}
	if slices.Contains(names, word) {
		return true
	}
	b.add(path, oneOf(word, names), "there is no %s %q", what, word)
	return false
}

// chosen returns the backends that the scenario names.
func (b *builder) chosen() []cluster.Backend {
	return slices.DeleteFunc(slices.Clone(b.catalog.Backends), func(c cluster.Backend) bool { return !slices.Contains(b.out.Backends, c.Name()) })
}
