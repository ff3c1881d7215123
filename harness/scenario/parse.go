package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"sunder/checkers/guarantee"
	"sunder/harness/cluster"
	"sunder/harness/workload"
	"sunder/nemesis"
)

// The limits of a scenario.
const (
	bytesMax       = 1 << 20
	nodesMax       = 100
	concurrencyMax = 1000
	keysMax        = 100_000
)

// Suites are the names that scenarios can be called by together. The suite mutants holds the triggers of planted bugs.
func Suites() []string { return []string{"quick", "full", "anomalies", "mutants"} }

// Parse reads a scenario. The file's name is used in errors only. All that is wrong is returned at once, as Problems in
// the order of their places; the Scenario counts only if there is none.
func Parse(name string, source []byte, c Catalog) (Scenario, []error) {
	p := &problems{file: name, nodes: map[string]*yaml.Node{}}
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
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		p.at(&second, "a file holds one scenario", "a second document begins")
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
		if line, err := strconv.Atoi(m[1]); err == nil {
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
		Replicas:    or(f.Replicas, 3),
		Concurrency: or(f.Concurrency, 1),
		Seed:        or(f.Seed, 1),
		Duration:    time.Duration(or(f.Duration, duration(10*time.Second))),
		Recovery:    time.Duration(or(f.Recovery, duration(5*time.Second))),
	}
	b.out.Clients = or(f.Clients, b.out.Replicas)
	b.sizes()
	b.suites()
	b.backends()
	b.system()
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

func (b *builder) sizes() {
	s := &b.out
	b.within("replicas", s.Replicas, 1, nodesMax)
	b.within("clients", s.Clients, 1, nodesMax)
	b.within("concurrency", s.Concurrency, 1, concurrencyMax)
	if s.Duration == 0 {
		b.add("duration", "", "a run without duration proves nothing")
	}
	// Hostile numbers must not cost memory later.
	s.Replicas, s.Clients = min(max(s.Replicas, 1), nodesMax), min(max(s.Clients, 1), nodesMax)
}

func (b *builder) within(path string, n, low, high int) {
	if n < low || n > high {
		b.add(path, "", "%s is from %d to %d, not %d", path, low, high, n)
	}
}

func (b *builder) suites() {
	b.out.Suites = b.file.Suites
	if len(b.out.Suites) == 0 {
		b.out.Suites = []string{"full"}
	}
	for i, s := range b.file.Suites {
		b.choice(fmt.Sprintf("suites[%d]", i), "suite", s, Suites())
	}
}

// choice notes a word that is none of the names, and tells whether it is one.
func (b *builder) choice(path, what, word string, names []string) bool {
	for _, name := range names {
		if name == word {
			return true
		}
	}
	b.add(path, oneOf(word, names), "there is no %s %q", what, word)
	return false
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
	for i, name := range b.file.Backends {
		b.choice(fmt.Sprintf("backends[%d]", i), "backend", name, names)
	}
}

// chosen returns the backends that the scenario names.
func (b *builder) chosen() []cluster.Backend {
	var out []cluster.Backend
	for _, backend := range b.catalog.Backends {
		for _, name := range b.out.Backends {
			if backend.Name() == name {
				out = append(out, backend)
			}
		}
	}
	return out
}

func (b *builder) weather() {
	s := &b.out
	s.Weather.Latency = nemesis.Range{Min: time.Millisecond, Max: 10 * time.Millisecond}
	s.Disk.Sync = nemesis.Range{Min: 100 * time.Microsecond, Max: 2 * time.Millisecond}
	if n := b.file.Network; n != nil {
		s.Weather.Latency = nemesis.Range(or(n.Latency, span(s.Weather.Latency)))
		s.Weather.Loss = ratioOf(n.Loss)
		s.Weather.Duplicate = ratioOf(n.Duplicate)
		s.Weather.Reorder = ratioOf(n.Reorder)
	}
	if d := b.file.Disk; d != nil {
		s.Disk.Sync = nemesis.Range(or(d.Sync, span(s.Disk.Sync)))
	}
}

func (b *builder) expect() {
	e := b.file.Expect
	if e == nil || len(e.Holds)+len(e.Breaks) == 0 {
		b.add("expect", "name guarantees under holds or breaks", "a scenario without expectations can only pass")
		return
	}
	b.out.Breaks = map[guarantee.Name]guarantee.Anomaly{}
	for i, name := range e.Holds {
		b.holds(fmt.Sprintf("expect.holds[%d]", i), guarantee.Name(name))
	}
	for name, anomaly := range e.Breaks {
		b.breaks("expect.breaks."+name, guarantee.Name(name), guarantee.Anomaly(anomaly))
	}
}

func (b *builder) holds(path string, name guarantee.Name) {
	if _, twice := b.file.Expect.Breaks[string(name)]; twice {
		b.add(path, "", "%s cannot hold and break in one run", name)
	}
	for _, other := range b.out.Holds {
		if other == name {
			b.add(path, "", "%s stands twice", name)
		}
	}
	if _, ok := b.guarantee(path, name); ok {
		b.out.Holds = append(b.out.Holds, name)
	}
}

func (b *builder) breaks(path string, name guarantee.Name, anomaly guarantee.Anomaly) {
	info, ok := b.guarantee(path, name)
	if !ok {
		return
	}
	names := []string{string(guarantee.Any)}
	for _, a := range info.Anomalies {
		names = append(names, string(a))
	}
	if b.choice(path, "anomaly of "+string(name), string(anomaly), names) {
		b.out.Breaks[name] = anomaly
	}
}

// guarantee looks a guarantee up, one of the system's own invariants too, and sees that it applies to the object.
func (b *builder) guarantee(path string, name guarantee.Name) (guarantee.Info, bool) {
	var names []string
	for _, info := range guarantee.All() {
		names = append(names, string(info.Name))
	}
	for _, i := range b.out.System.Invariants {
		if i.Guarantee() == name {
			return guarantee.Info{Name: name, Anomalies: []guarantee.Anomaly{guarantee.BrokenByItself}}, true
		}
		names = append(names, string(i.Guarantee()))
	}
	if !b.choice(path, "guarantee", string(name), names) {
		return guarantee.Info{}, false
	}
	info, _ := guarantee.Lookup(name)
	object := b.out.Workload.Object
	if _, known := workload.Lookup(object); known && !info.AppliesTo(object) {
		b.add(path, oneOf("", info.Objects), "%s says nothing of a %s", name, object)
		return info, false
	}
	return info, true
}

func (b *builder) evidence() {
	b.out.Evidence = map[nemesis.Kind]nemesis.Evidence{}
	for kind, minima := range b.file.Evidence {
		path := "evidence." + kind
		info, known := nemesis.Lookup(nemesis.Kind(kind))
		if !known {
			b.add(path, oneOf(kind, kindNames()), "there is no fault %q", kind)
			continue
		}
		out := nemesis.Evidence{}
		for name, n := range minima {
			if b.choice(path+"."+name, "evidence of "+kind, name, append(info.Counts(), "operations")) {
				out[name] = n
			}
			if n < 1 {
				b.add(path+"."+name, "", "a minimum is at least 1, not %d", n)
			}
		}
		b.out.Evidence[info.Kind] = out
	}
}

func kindNames() []string {
	var names []string
	for _, k := range nemesis.Kinds() {
		names = append(names, string(k.Kind))
	}
	return names
}
