package sim

import (
	"fmt"
	"slices"
	"time"

	"sunder/harness/cluster"
	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// Refuses returns what cannot be simulated: a system without constructors, numbers that make no sense, faults of a kind
// that does not exist or that name a node that does not.
func (b *Backend) Refuses(spec cluster.Spec, schedule nemesis.Schedule) []error {
	errs := refuseSpec(spec)
	for i, action := range schedule {
		for _, err := range refuseFault(spec, action.Fault) {
			errs = append(errs, fmt.Errorf("fault %d, %s at %v: %w", i+1, action.Kind, action.At, err))
		}
	}
	return errs
}

// complaints collects what is wrong.
type complaints []error

func (c *complaints) when(wrong bool, format string, args ...any) {
	if wrong {
		*c = append(*c, fmt.Errorf(format, args...))
	}
}

func (c *complaints) span(what string, r nemesis.Range) {
	c.when(r.Min < 0 || r.Max < r.Min, "%s from %v to %v is no range of durations", what, r.Min, r.Max)
}

func (c *complaints) chance(what string, p prng.Ratio) {
	c.when(p < 0 || p > prng.One, "%s of %d millionths is no probability", what, int64(p))
}

func refuseSpec(spec cluster.Spec) []error {
	var c complaints
	config := spec.Config
	c.when(spec.System.Replica == nil, "system %q has no replicas that could be simulated", spec.System.Name)
	c.when(spec.System.FrontEnd == nil && len(config.Clients) > 0, "system %q has no front ends that could be simulated", spec.System.Name)
	c.when(len(config.Replicas) == 0, "there is no replica")
	c.when(len(config.Spares) > 0 && !spec.System.Dynamic, "system %q has no place for spares: %s", spec.System.Name, notDynamic)
	ids := slices.Concat(config.Everyone(), config.Clients)
	for i, id := range ids {
		c.when(slices.Contains(ids[:i], id), "two nodes are called %q", id)
		c.when(id == "" || id == nemesis.Anybody, "a node cannot be called %q", id)
	}
	c.span("a latency", spec.Weather.Latency)
	c.span("the time of a sync", spec.Disk.Sync)
	c.chance("a loss", spec.Weather.Loss)
	c.chance("a duplication", spec.Weather.Duplicate)
	c.chance("a reordering", spec.Weather.Reorder)
	return c
}

// notDynamic is why nobody can join or leave most systems.
const notDynamic = "its replicas are those that it starts with"

// refuseFault tells what is wrong with a fault whose words may still have to be resolved.
func refuseFault(spec cluster.Spec, f nemesis.Fault) []error {
	var c complaints
	if _, known := nemesis.Lookup(f.Kind); !known {
		return []error{fmt.Errorf("there is no fault %q", f.Kind)}
	}
	exists := func(id protocol.NodeID) bool {
		return slices.Contains(spec.Config.Everyone(), id) || slices.Contains(spec.Config.Clients, id)
	}
	if f.Kind.ForGood() {
		c.when(!spec.System.Dynamic, "system %q: %s", spec.System.Name, notDynamic)
		for _, id := range f.Target.Nodes {
			c.when(slices.Contains(spec.Config.Clients, id), "%s is a front end", id)
		}
	}
	for _, id := range f.Target.Nodes {
		c.when(!exists(id), "there is no node %q", id)
	}
	for _, l := range f.Links {
		for _, id := range []protocol.NodeID{l.From, l.To} {
			c.when(id != nemesis.Anybody && !exists(id), "there is no node %q", id)
		}
	}
	c.groups(spec, f.Groups, exists)
	for i, clog := range f.Clogs {
		c.when(!exists(clog.Node), "there is no node %q", clog.Node)
		c.when(clog.During.Min < 0 || clog.During.Max <= clog.During.Min, "%s is cut off from %v to %v", clog.Node, clog.During.Min, clog.During.Max)
		c.when(slices.ContainsFunc(f.Clogs[:i], func(d nemesis.Clog) bool { return d.Node == clog.Node }), "%s is cut off twice", clog.Node)
	}
	c.span("a latency", f.Latency)
	c.chance("a chance", f.Chance)
	info, _ := nemesis.Lookup(f.Kind)
	isMode := func(m nemesis.ModeInfo) bool { return m.Mode == f.Mode }
	c.when(len(info.Modes) > 0 && !slices.ContainsFunc(info.Modes, isMode), "a %s has no mode %q", f.Kind, f.Mode)
	c.when(f.Limit < 0 || f.Kind == nemesis.Bandwidth && f.Limit == 0, "a bandwidth of %d bytes a second", int64(f.Limit))
	c.when(f.Strobe < 0, "a clock that jumps every %v", f.Strobe)
	c.when(f.Rate != 0 && (f.Rate < rateMin || f.Rate > rateMax), "a clock that runs at %v", f.Rate)
	c.when(f.Count < 0, "a count of %d", f.Count)
	c.when(!slices.Contains([]nemesis.Lose{"", nemesis.LoseNothing, nemesis.LoseUnsynced, nemesis.LoseAll}, f.Lose),
		"a crash cannot lose %q", f.Lose)
	c.when(f.Kind == nemesis.ClockSkew && (f.Offset > maxSkew || f.Offset < -maxSkew), "an offset of %v is beyond %v", f.Offset, maxSkew)
	return c
}

// maxSkew keeps sums of offsets and times far from the ends of a Duration.
const maxSkew = 10 * 365 * 24 * time.Hour

// groups checks that each node is in one group at most, and each replica and spare in one.
func (c *complaints) groups(spec cluster.Spec, groups nemesis.Groups, exists func(protocol.NodeID) bool) {
	if len(groups) == 0 {
		return
	}
	all := slices.Concat(groups...)
	for i, id := range all {
		c.when(!exists(id), "there is no node %q", id)
		c.when(slices.Contains(all[:i], id), "%s is in two groups", id)
	}
	for _, id := range spec.Config.Everyone() {
		c.when(!slices.Contains(all, id), "%s is in no group", id)
	}
}
