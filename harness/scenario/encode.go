package scenario

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"sunder/harness/workload"
	"sunder/nemesis"
)

// Encode writes a scenario with everything that it was given by default, as Parse reads it: whoever has the text and
// sunder can run the same again.
func Encode(s Scenario) []byte {
	root := mapping(0)
	root.text("about", s.About)
	root.list("suites", s.Suites)
	root.list("backends", s.Backends)
	root.text("system", s.System.Name)
	if len(s.Options) > 0 {
		root.put("options", texts(s.Options).node)
	}
	root.text("mutant", s.Mutant)
	root.number("replicas", int64(s.Replicas))
	if s.Spares > 0 {
		root.number("spares", int64(s.Spares))
	}
	root.number("clients", int64(s.Clients))
	root.number("concurrency", int64(s.Concurrency))
	root.scalar("seed", strconv.FormatUint(s.Seed, 10))
	root.scalar("duration", nemesis.FormatDuration(s.Duration))
	root.scalar("recovery", nemesis.FormatDuration(s.Recovery))
	root.put("workload", workloadNode(s.Workload))
	root.put("network", networkNode(s))
	disk := mapping(yaml.FlowStyle)
	disk.scalar("sync", s.Disk.Sync.String())
	root.put("disk", disk.node)
	if len(s.Nemesis) > 0 {
		steps := &yaml.Node{Kind: yaml.SequenceNode}
		for _, step := range s.Nemesis {
			steps.Content = append(steps.Content, stepNode(step))
		}
		root.put("nemesis", steps)
	}
	root.put("expect", expectNode(s))
	if len(s.Evidence) > 0 {
		root.put("evidence", evidenceNode(s))
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root.node); err != nil {
		panic(fmt.Sprintf("scenario: %s cannot be written: %v", s.Name, err))
	}
	return out.Bytes()
}

// object is a YAML mapping that keeps the order in which it was filled.
type object struct{ node *yaml.Node }

func mapping(style yaml.Style) object {
	return object{&yaml.Node{Kind: yaml.MappingNode, Style: style}}
}

func (o object) put(name string, value *yaml.Node) {
	o.node.Content = append(o.node.Content, plain(name), value)
}

// text puts a string, quoted if it would read as something else; nothing if it is empty.
func (o object) text(name, text string) {
	if text != "" {
		value := &yaml.Node{}
		value.SetString(text)
		o.put(name, value)
	}
}

// scalar puts what is to be read as it is written.
func (o object) scalar(name, text string) { o.put(name, plain(text)) }

func (o object) number(name string, n int64) { o.scalar(name, strconv.FormatInt(n, 10)) }

func (o object) list(name string, words []string) {
	if len(words) == 0 {
		return
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, w := range words {
		list.Content = append(list.Content, plain(w))
	}
	o.put(name, list)
}

func plain(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

// texts is a mapping of names to texts in alphabetical order.
func texts[K, V ~string](m map[K]V) object {
	o := mapping(yaml.FlowStyle)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		o.text(string(name), string(m[name]))
	}
	return o
}

func numbers[K ~string, N int | int64](m map[K]N) *yaml.Node {
	o := mapping(yaml.FlowStyle)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		o.number(string(name), int64(m[name]))
	}
	return o.node
}

func workloadNode(w workload.Spec) *yaml.Node {
	style := yaml.FlowStyle
	if len(w.Script) > 0 {
		style = 0
	}
	o := mapping(style)
	o.text("object", w.Object)
	if len(w.Script) == 0 {
		o.number("keys", int64(w.Keys))
		o.scalar("rate", fmt.Sprintf("%d/s", w.Rate))
		o.put("mix", numbers(w.Mix))
	}
	o.scalar("timeout", nemesis.FormatDuration(w.Timeout))
	if len(w.Script) > 0 {
		steps := &yaml.Node{Kind: yaml.SequenceNode}
		for _, s := range w.Script {
			steps.Content = append(steps.Content, scriptNode(s))
		}
		o.put("script", steps)
	}
	return o.node
}

func scriptNode(s workload.Step) *yaml.Node {
	o := mapping(yaml.FlowStyle)
	o.scalar("at", nemesis.FormatDuration(s.At))
	o.text("client", string(s.Client))
	o.text("do", workload.FormatOp(s.Op))
	o.text("via", string(s.Op.Via))
	if gives := s.Gives.String(); gives != "" {
		o.put("gives", answerNode(gives))
	}
	return o.node
}

// answerNode keeps an answer on one line whatever it holds; numbers and words need no quotes.
func answerNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: text, Tag: "!!str", Style: yaml.SingleQuotedStyle}
	if _, err := strconv.ParseInt(text, 10, 64); err == nil || text == "ok" || text == "fail" || text == "info" {
		n.Tag, n.Style = "", 0
	}
	return n
}

func networkNode(s Scenario) *yaml.Node {
	o := mapping(yaml.FlowStyle)
	o.scalar("latency", s.Weather.Latency.String())
	o.scalar("loss", s.Weather.Loss.String())
	o.scalar("duplicate", s.Weather.Duplicate.String())
	o.scalar("reorder", s.Weather.Reorder.String())
	return o.node
}

func stepNode(step nemesis.Step) *yaml.Node {
	o := mapping(yaml.FlowStyle)
	if r := step.Random; r != nil {
		kinds := make([]string, len(r.Kinds))
		for i, k := range r.Kinds {
			kinds[i] = string(k)
		}
		word := "random"
		if r.Swarm {
			word = "swarm"
		}
		o.list(word, kinds)
		for _, f := range r.Fields() {
			o.scalar(f.Name, f.Text)
		}
		return o.node
	}
	a := step.Action
	o.scalar("at", nemesis.FormatDuration(a.At))
	if a.For > 0 {
		o.scalar("for", nemesis.FormatDuration(a.For))
	}
	o.text("fault", string(a.Kind))
	for _, f := range a.Fields() {
		o.text(f.Name, f.Text)
	}
	return o.node
}

func expectNode(s Scenario) *yaml.Node {
	o := mapping(0)
	names := make([]string, len(s.Holds))
	for i, n := range s.Holds {
		names[i] = string(n)
	}
	o.list("holds", names)
	if len(s.Breaks) > 0 {
		o.put("breaks", texts(s.Breaks).node)
	}
	return o.node
}

func evidenceNode(s Scenario) *yaml.Node {
	o := mapping(yaml.FlowStyle)
	for _, k := range slices.Sorted(maps.Keys(s.Evidence)) {
		o.put(string(k), numbers(s.Evidence[k]))
	}
	return o.node
}
