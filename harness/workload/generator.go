package workload

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// Generator draws operations. Every value that it writes is a new one, so that a read tells which write it saw.
type Generator struct {
	spec    Spec
	clients []protocol.NodeID
	rand    *prng.Rand
	kinds   []string
	weights []int
	last    int64                                  // value written last
	seen    map[protocol.NodeID]map[string][]int64 // postings that a client has read, by key
}

// New returns the generator of a workload whose object exists.
func New(spec Spec, clients []protocol.NodeID, r *prng.Rand) *Generator {
	object, known := Lookup(spec.Object)
	if !known {
		panic(fmt.Sprintf("workload: there is no object %q", spec.Object))
	}
	g := &Generator{spec: spec, clients: clients, rand: r, seen: map[protocol.NodeID]map[string][]int64{}}
	mix := spec.Mix
	if len(mix) == 0 {
		mix = object.Mix()
	}
	for _, f := range slices.Sorted(maps.Keys(mix)) {
		if mix[f] > 0 {
			g.kinds = append(g.kinds, f)
			g.weights = append(g.weights, mix[f])
		}
	}
	return g
}

// Mix returns the object's own mix.
func (o Object) Mix() map[string]int {
	mix := map[string]int{}
	for _, op := range o.Operations {
		if op.Weight > 0 {
			mix[op.F] = op.Weight
		}
	}
	return mix
}

// Gap draws the time from one operation of the workload to the next: from nothing to twice what the rate says.
func (g *Generator) Gap() time.Duration {
	return g.rand.Between(0, 2*time.Second/time.Duration(g.spec.Rate))
}

// Next draws a client's next operation.
func (g *Generator) Next(client protocol.NodeID) protocol.Op {
	op := protocol.Op{F: g.kinds[g.rand.Weighted(g.weights)]}
	switch op.F {
	case Tell:
		g.last++
		op.Value = protocol.List(protocol.String(string(g.other(client))), protocol.Int(g.last))
		return op
	case Hear:
		return op
	}
	op.Key = g.key()
	switch op.F {
	case "read":
	case "cas":
		g.last++
		op.Value = protocol.Ints(g.rand.Int64N(g.last), g.last)
	case "post":
		op.Value = g.posting(client, op.Key)
	case "add":
		op.Value = protocol.Int(1)
		if g.spec.Object != "counter" {
			g.last++
			op.Value = protocol.Int(g.last)
		}
	default:
		g.last++
		op.Value = protocol.Int(g.last)
	}
	return op
}

// key draws one of the keys x, y, z, k3, k4, ...
func (g *Generator) key() string {
	i := g.rand.IntN(g.spec.Keys)
	if i < 3 {
		return "xyz"[i : i+1]
	}
	return "k" + strconv.Itoa(i)
}

// other draws another client, the same one if there is no other.
func (g *Generator) other(client protocol.NodeID) protocol.NodeID {
	if len(g.clients) == 1 {
		return client
	}
	i := g.rand.IntN(len(g.clients) - 1)
	if g.clients[i] == client {
		i = len(g.clients) - 1
	}
	return g.clients[i]
}

// posting replies to at most two of the postings that the client has read.
func (g *Generator) posting(client protocol.NodeID, key string) protocol.Value {
	g.last++
	value := []int64{g.last}
	seen := g.seen[client][key]
	for range g.rand.IntN(3) {
		if len(seen) == 0 {
			break
		}
		if parent := prng.Pick(g.rand, seen); !slices.Contains(value, parent) {
			value = append(value, parent)
		}
	}
	return protocol.Ints(value...)
}

// Observe tells the generator what a client was answered, so that its postings can reply to what it has read.
func (g *Generator) Observe(client protocol.NodeID, op protocol.Op, r protocol.Reply) {
	list, isList := r.Value.List()
	if g.spec.Object != "board" || op.F != "read" || r.Outcome != protocol.OK || !isList {
		return
	}
	ids := make([]int64, 0, len(list))
	for _, v := range list {
		if id, ok := v.Int(); ok {
			ids = append(ids, id)
		}
	}
	if g.seen[client] == nil {
		g.seen[client] = map[string][]int64{}
	}
	g.seen[client][op.Key] = ids
}
