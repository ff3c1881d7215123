package nemesis_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// The generators below draw whatever a scenario could say.

func durations(least time.Duration) *rapid.Generator[time.Duration] {
	return rapid.Map(rapid.Int64Range(int64(least), int64(nemesis.Longest)), func(n int64) time.Duration { return time.Duration(n) })
}

func ranges() *rapid.Generator[nemesis.Range] {
	return rapid.Custom(func(t *rapid.T) nemesis.Range {
		a, b := durations(0).Draw(t, "a"), durations(1).Draw(t, "b")
		return nemesis.Range{Min: min(a, b), Max: max(a, b)}
	})
}

func nodes() *rapid.Generator[protocol.NodeID] {
	return rapid.Custom(func(t *rapid.T) protocol.NodeID {
		return protocol.NodeID(fmt.Sprintf("%c%d", rapid.SampledFrom([]rune("rc")).Draw(t, "kind"), rapid.IntRange(1, 65535).Draw(t, "number")))
	})
}

func someNodes(least int) *rapid.Generator[[]protocol.NodeID] {
	return rapid.SliceOfNDistinct(nodes(), least, 6, rapid.ID)
}

func targets() *rapid.Generator[nemesis.Target] {
	return rapid.Custom(func(t *rapid.T) nemesis.Target {
		if rapid.Bool().Draw(t, "word") {
			return nemesis.Target{Word: rapid.SampledFrom(nemesis.Words()).Draw(t, "word")}
		}
		return nemesis.Target{Nodes: someNodes(1).Draw(t, "nodes")}
	})
}

func groups() *rapid.Generator[nemesis.Groups] {
	return rapid.Custom(func(t *rapid.T) nemesis.Groups {
		all := someNodes(2).Draw(t, "nodes")
		at := rapid.IntRange(1, len(all)-1).Draw(t, "at")
		return nemesis.Groups{all[:at], all[at:]}
	})
}

func links() *rapid.Generator[nemesis.Links] {
	end := rapid.OneOf(nodes(), rapid.Just(nemesis.Anybody))
	one := rapid.Custom(func(t *rapid.T) nemesis.Link {
		return nemesis.Link{From: end.Draw(t, "from"), To: end.Draw(t, "to")}
	}).Filter(func(l nemesis.Link) bool { return l.From != l.To || l.From == nemesis.Anybody })
	return rapid.Map(rapid.SliceOfNDistinct(one, 1, 5, rapid.ID), func(l []nemesis.Link) nemesis.Links { return l })
}

func clogs() *rapid.Generator[nemesis.Clogs] {
	return rapid.Custom(func(t *rapid.T) nemesis.Clogs {
		var out nemesis.Clogs
		for _, id := range someNodes(1).Draw(t, "nodes") {
			during := ranges().Filter(func(r nemesis.Range) bool { return r.Min < r.Max }).Draw(t, "during")
			out = append(out, nemesis.Clog{Node: id, During: during})
		}
		return out
	})
}

// faults draws faults of every kind, with any of the fields that the kind takes.
func faults() *rapid.Generator[nemesis.Fault] {
	return rapid.Custom(func(t *rapid.T) nemesis.Fault {
		info := rapid.SampledFrom(nemesis.Kinds()).Draw(t, "kind")
		f := nemesis.Fault{Kind: info.Kind}
		for _, name := range info.Fields {
			if rapid.Bool().Draw(t, name) {
				fill(t, &f, name)
			}
		}
		return f
	})
}

func fill(t *rapid.T, f *nemesis.Fault, name string) {
	switch name {
	case "target":
		f.Target = targets().Draw(t, name)
	case "shape":
		f.Shape = rapid.SampledFrom(nemesis.Shapes()).Draw(t, name)
	case "groups":
		f.Groups = groups().Draw(t, name)
	case "link":
		f.Links = links().Draw(t, name)
	case "clogs":
		f.Clogs = clogs().Draw(t, name)
	case "message":
		f.Message = rapid.StringN(1, 10, -1).Draw(t, name)
	case "count":
		f.Count = rapid.IntRange(1, 1<<31-1).Draw(t, name)
	case "mode":
		info, _ := nemesis.Lookup(f.Kind)
		f.Mode = rapid.SampledFrom(info.Modes).Draw(t, name).Mode
	case "lose":
		f.Lose = rapid.SampledFrom(nemesis.Losses()).Draw(t, name)
	case "latency":
		f.Latency = ranges().Draw(t, name)
	case "chance":
		f.Chance = prng.Ratio(rapid.Int64Range(1, int64(prng.One)).Draw(t, name))
	case "limit":
		f.Limit = nemesis.Limit(rapid.Int64Range(1, 1e9).Draw(t, name))
	case "offset":
		f.Offset = durations(1).Draw(t, name)
		if rapid.Bool().Draw(t, "back") {
			f.Offset = -f.Offset
		}
	case "strobe":
		f.Strobe = durations(1).Draw(t, name)
	case "rate":
		percent := rapid.Int64Range(10, 1000).Filter(func(n int64) bool { return n != 100 }).Draw(t, name)
		f.Rate = prng.Ratio(percent) * prng.One / 100
	default:
		t.Fatalf("a kind takes %s, which this generator does not know", name)
	}
}

func actions() *rapid.Generator[nemesis.Action] {
	return rapid.Custom(func(t *rapid.T) nemesis.Action {
		return nemesis.Action{
			At: durations(0).Draw(t, "at"), For: durations(0).Draw(t, "for"),
			Random: rapid.Bool().Draw(t, "random"), Fault: faults().Draw(t, "fault"),
		}
	})
}

// recipes draws recipes that pass Check.
func recipes() *rapid.Generator[nemesis.Random] {
	return rapid.Custom(func(t *rapid.T) nemesis.Random {
		drawn := slices.DeleteFunc(nemesis.Kinds(), func(i nemesis.KindInfo) bool { return i.Kind.ForGood() })
		kinds := rapid.SliceOfNDistinct(rapid.SampledFrom(drawn), 1, 5, func(i nemesis.KindInfo) nemesis.Kind { return i.Kind }).Draw(t, "kinds")
		span := func(name string, most time.Duration) nemesis.Range {
			milliseconds := rapid.Int64Range(1, max(1, most.Milliseconds()))
			a, b := milliseconds.Draw(t, name), milliseconds.Draw(t, name)
			return nemesis.Range{Min: time.Duration(min(a, b)) * time.Millisecond, Max: time.Duration(max(a, b)) * time.Millisecond}
		}
		length := time.Duration(rapid.IntRange(1, 20_000).Draw(t, "length")) * time.Millisecond
		r := nemesis.Random{Start: durations(0).Draw(t, "start") / 2, Every: span("every", 5*time.Second), For: span("for", length)}
		r.Every.Min = max(r.Every.Min, length/100)
		r.Every.Max = max(r.Every.Max, r.Every.Min)
		r.End = r.Start + length
		if rapid.Bool().Draw(t, "calm") {
			r.Bursts, r.Calm = span("bursts", length), span("calm", length)
			r.Bursts.Min = max(r.Bursts.Min, length/100)
			r.Bursts.Max = max(r.Bursts.Max, r.Bursts.Min)
		}
		r.Size = rapid.SampledFrom(append(nemesis.Sizes(), "")).Draw(t, "size")
		r.Swarm = rapid.Bool().Draw(t, "swarm")
		for _, info := range kinds {
			r.Kinds = append(r.Kinds, info.Kind)
		}
		return r
	})
}

// scenes draws clusters of one to seven replicas.
func scenes() *rapid.Generator[nemesis.Scene] {
	return rapid.Custom(func(t *rapid.T) nemesis.Scene {
		return scene(rapid.IntRange(1, 7).Draw(t, "replicas"), rapid.IntRange(1, 9).Draw(t, "clients"))
	})
}

func scene(replicas, clients int) nemesis.Scene {
	s := nemesis.Scene{Busy: map[protocol.NodeID]bool{}}
	beside := map[protocol.NodeID]protocol.NodeID{}
	for i := range replicas {
		s.Replicas = append(s.Replicas, protocol.NodeID(fmt.Sprintf("r%d", i+1)))
	}
	for i := range clients {
		id := protocol.NodeID(fmt.Sprintf("c%d", i+1))
		s.Clients = append(s.Clients, id)
		beside[id] = s.Replicas[i%replicas]
	}
	s.Beside = func(id protocol.NodeID) protocol.NodeID { return beside[id] }
	return s
}
