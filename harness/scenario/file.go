package scenario

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/harness/workload"
	"sunder/nemesis"
)

// file is a scenario file as it is written. The tags name the fields, and tell editors what they are for.
type file struct {
	About       string                      `yaml:"about" jsonschema_description:"What happens, and what is to be seen, in a sentence or two."`
	Suites      []string                    `yaml:"suites" jsonschema_description:"The suites that run it: quick, full, anomalies, mutants. Default: full."`
	Backends    []string                    `yaml:"backends" jsonschema_description:"Where it can run. Default: sim."`
	System      string                      `yaml:"system" jsonschema_description:"The replicated system."`
	Options     map[string]string           `yaml:"options" jsonschema_description:"The system's options; the others have their defaults."`
	Mutant      string                      `yaml:"mutant" jsonschema_description:"A bug to be planted in the system."`
	Replicas    *int                        `yaml:"replicas" jsonschema_description:"How many replicas: r1, r2, ... Default: 3."`
	Spares      *int                        `yaml:"spares" jsonschema_description:"Further replicas, numbered after the others, each down until it joins. Default: none."`
	Clients     *int                        `yaml:"clients" jsonschema_description:"How many front ends: c1, c2, ..., beside r1, r2, ... in turn. Default: one for each replica."`
	Concurrency *int                        `yaml:"concurrency" jsonschema_description:"Processes of each front end. Default: 1."`
	Seed        *uint64                     `yaml:"seed" jsonschema_description:"The seed, unless the command gives one. Default: 1."`
	Duration    *duration                   `yaml:"duration" jsonschema_description:"How long clients and nemesis are at work. Default: 10s."`
	Recovery    *duration                   `yaml:"recovery" jsonschema_description:"How long all is quiet after everything was healed. Default: 5s."`
	Workload    *workloadFile               `yaml:"workload" jsonschema_description:"What clients do."`
	Network     *networkFile                `yaml:"network" jsonschema_description:"How the network is at all times; faults come on top."`
	Disk        *diskFile                   `yaml:"disk" jsonschema_description:"How the disks are at all times."`
	Nemesis     []stepFile                  `yaml:"nemesis" jsonschema_description:"What is done to the system, and when."`
	Expect      *expectFile                 `yaml:"expect" jsonschema_description:"The guarantees that must hold, and those that must be broken."`
	Evidence    map[string]map[string]int64 `yaml:"evidence" jsonschema_description:"Least evidence for each kind of fault, above the 1 that each needs."`
}

type workloadFile struct {
	Object  string         `yaml:"object" jsonschema_description:"What is replicated: register, counter, set, board, log, bank."`
	Keys    *int           `yaml:"keys" jsonschema_description:"How many keys are used. Default: 1."`
	Rate    *rate          `yaml:"rate" jsonschema_description:"Operations a second of all clients together, such as 100/s. Default: 50/s."`
	Mix     map[string]int `yaml:"mix" jsonschema_description:"Weight of each operation. Default: the object's own mix."`
	Timeout *duration      `yaml:"timeout" jsonschema_description:"After which a front end gives an operation up. Default: 2s."`
	Script  []scriptFile   `yaml:"script" jsonschema_description:"Operations one by one, in place of rate and mix."`
}

type scriptFile struct {
	At     *duration `yaml:"at" jsonschema_description:"When, since the start."`
	Client string    `yaml:"client" jsonschema_description:"Which front end."`
	Do     string    `yaml:"do" jsonschema_description:"The operation, such as write x 1."`
	Via    string    `yaml:"via" jsonschema_description:"The replica that must serve it."`
	Gives  *answer   `yaml:"gives" jsonschema_description:"What must come of it: ok, fail, info, refused, or a value."`
}

type networkFile struct {
	Latency   *span  `yaml:"latency" jsonschema_description:"Of each message, such as 1ms..10ms. Default: 1ms..10ms."`
	Loss      *ratio `yaml:"loss" jsonschema_description:"Share of messages that are lost, such as 1%."`
	Duplicate *ratio `yaml:"duplicate" jsonschema_description:"Share of messages that arrive twice."`
	Reorder   *ratio `yaml:"reorder" jsonschema_description:"Share of messages that may be overtaken."`
}

type diskFile struct {
	Sync *span `yaml:"sync" jsonschema_description:"How long a sync takes. Default: 100us..2ms."`
}

// stepFile is an action or a recipe. The fields of the fault are kept as text: nemesis reads them.
type stepFile struct {
	At      *duration `yaml:"at" jsonschema_description:"When it begins, since the start."`
	For     *span     `yaml:"for" jsonschema_description:"How long it lasts; a range for random faults. Default: until all is healed."`
	Fault   string    `yaml:"fault" jsonschema_description:"The kind of fault."`
	Target  *string   `yaml:"target" jsonschema_description:"Which nodes: one, minority, majority, all, each (with a chance), primary, or names."`
	Shape   *string   `yaml:"shape" jsonschema_description:"Of a partition: halves, isolate, majority-minority, one-way, bridge, ring, swizzle."`
	Groups  *string   `yaml:"groups" jsonschema_description:"The sides of a partition, such as r1 c1 | r2 r3 c2."`
	Link    *string   `yaml:"link" jsonschema_description:"Directed links with commas between them, such as r1 -> r2, * -> c1."`
	Clogs   *string   `yaml:"clogs" jsonschema_description:"Of a partition: nodes that are cut off one by one, each with its time since the fault began, such as r1 0s..2s, r3 1s..4s."`
	Message *string   `yaml:"message" jsonschema_description:"The messages that are held, dropped or damaged, by name."`
	Count   *string   `yaml:"count" jsonschema_description:"How many messages are dropped at most."`
	Mode    *string   `yaml:"mode" jsonschema_description:"How it is done, for kinds that have several modes: detected or delivered for corrupt; torn, flip, full or slow for disk."`
	Lose    *string   `yaml:"lose" jsonschema_description:"What a crash takes from the disk: nothing, unsynced, all."`
	Latency *string   `yaml:"latency" jsonschema_description:"What a delay adds to each message, a slow disk to each sync, or how long a slow node takes for each event, such as 50ms..200ms."`
	Limit   *string   `yaml:"limit" jsonschema_description:"How many bytes a second a link lets through, such as 64kB/s."`
	Chance  *string   `yaml:"chance" jsonschema_description:"For each message, or for each replica where the target is each, such as 20%."`
	Offset  *string   `yaml:"offset" jsonschema_description:"By which a clock is put forward, or back if negative."`
	Strobe  *string   `yaml:"strobe" jsonschema_description:"After which time a clock jumps by its offset, and after which it jumps back."`
	Rate    *string   `yaml:"rate" jsonschema_description:"At which a clock and its timers run, such as 50% or 150%."`
	Random  []string  `yaml:"random" jsonschema_description:"Kinds of faults to draw from."`
	Swarm   []string  `yaml:"swarm" jsonschema_description:"Kinds of faults of which each seed draws a mix of its own, with a pace, lengths and a size of its own."`
	Between *span     `yaml:"between" jsonschema_description:"When random faults come, such as 1s..18s."`
	Every   *span     `yaml:"every" jsonschema_description:"How often a random fault begins, such as 1s..3s."`
	Bursts  *span     `yaml:"bursts" jsonschema_description:"How long random faults come before it is calm, such as 2s..8s."`
	Calm    *span     `yaml:"calm" jsonschema_description:"How long all random faults are over between bursts, such as 1s..4s."`
	Size    *string   `yaml:"size" jsonschema_description:"How hard random faults are: small or large. Default: as it comes."`
}

// given returns the fault's own fields that are given, by their names.
func (s *stepFile) given() []nemesis.Field {
	var out []nemesis.Field
	for _, f := range []struct {
		name string
		text *string
	}{
		{"target", s.Target}, {"shape", s.Shape}, {"groups", s.Groups}, {"link", s.Link}, {"clogs", s.Clogs}, {"message", s.Message},
		{"count", s.Count}, {"mode", s.Mode}, {"lose", s.Lose}, {"latency", s.Latency}, {"limit", s.Limit}, {"chance", s.Chance}, {"offset", s.Offset},
		{"strobe", s.Strobe}, {"rate", s.Rate},
	} {
		if f.text != nil {
			out = append(out, nemesis.Field{Name: f.name, Text: *f.text})
		}
	}
	return out
}

type expectFile struct {
	Holds  []string          `yaml:"holds" jsonschema_description:"Guarantees that must hold."`
	Breaks map[string]string `yaml:"breaks" jsonschema_description:"Guarantees that must be broken, each with the anomaly that must show, or any."`
}

// duration is a time.Duration from 0 to nemesis.Longest.
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	v, err := nemesis.ParseDuration(string(text))
	*d = duration(v)
	return err
}

// span is a nemesis.Range.
type span nemesis.Range

func (s *span) UnmarshalText(text []byte) error {
	r, err := nemesis.ParseRange(string(text))
	*s = span(r)
	return err
}

// ratio is a prng.Ratio.
type ratio prng.Ratio

func (r *ratio) UnmarshalText(text []byte) error {
	v, err := prng.ParseRatio(string(text))
	*r = ratio(v)
	return err
}

// rate is a number of operations a second: "100/s".
type rate int64

// rateMax keeps the time between two operations well above the clock's unit.
const rateMax = 1_000_000

func (r *rate) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), "/s")
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case !ok || err != nil:
		return fmt.Errorf("%q is not a rate such as 100/s", text)
	case n < 1:
		return errors.New("a rate is at least 1/s")
	case n > rateMax:
		return fmt.Errorf("a rate is at most %d/s", rateMax)
	}
	*r = rate(n)
	return nil
}

// answer is a workload.Answer. A list may be written as a list.
type answer workload.Answer

func (a *answer) readNode(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		v, err := valueOf(n)
		*a = answer(workload.ValueAnswer(v))
		return err
	}
	parsed, err := workload.ParseAnswer(n.Value)
	*a = answer(parsed)
	return err
}

// valueOf returns the value that a list, or what stands in it, means. What is in quotes there is a string.
func valueOf(n *yaml.Node) (protocol.Value, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			return protocol.String(n.Value), nil
		}
		return workload.ParseValue(n.Value)
	case yaml.SequenceNode:
		list := make([]protocol.Value, len(n.Content))
		for i, element := range n.Content {
			v, err := valueOf(element)
			if err != nil {
				return protocol.Value{}, err
			}
			list[i] = v
		}
		return protocol.List(list...), nil
	}
	return protocol.Value{}, fmt.Errorf("a value is null, an integer, a word or a list, not %s", kindName(n))
}
