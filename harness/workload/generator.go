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
// What it adds to a counter is 1, and what it pays into and out of accounts is drawn.
type Generator struct {
	spec    Spec
	object  Object
	clients []protocol.NodeID
	rand    *prng.Rand
	kinds   []string
	weights []int
	keys    []string
	last    int64                    // value written last
	read    map[place][]int64        // postings that a client read last
	held    map[place]protocol.Value // what a client last knew a register to hold
	// remembers says that some operation of the mix asks for what its client saw.
	remembers bool
}

// place is a client's view of a key.
type place struct {
	client protocol.NodeID
	key    string
}

// New returns the generator of a workload whose object exists.
func New(spec Spec, clients []protocol.NodeID, r *prng.Rand) *Generator {
	object, known := Lookup(spec.Object)
	if !known {
		panic(fmt.Sprintf("workload: there is no object %q", spec.Object))
	}
	g := &Generator{spec: spec, object: object, clients: clients, rand: r, read: map[place][]int64{}, held: map[place]protocol.Value{}}
	for i := range spec.Keys {
		g.keys = append(g.keys, key(i))
	}
	mix := spec.Mix
	if len(mix) == 0 {
		mix = object.Mix()
	}
	for _, f := range slices.Sorted(maps.Keys(mix)) {
		if mix[f] > 0 {
			g.kinds = append(g.kinds, f)
			g.weights = append(g.weights, mix[f])
			g.remembers = g.remembers || f == "cas" || f == "post"
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

// maxAmount is the most that is paid into or out of an account at once. It is small, so that balances are small, too, and
// withdrawals are now refused and now not.
const maxAmount = 9

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
	if !g.object.OnKey(op.F) {
		return op
	}
	op.Key = prng.Pick(g.rand, g.keys)
	switch op.F {
	case "read":
	case "cas":
		g.last++
		op.Value = protocol.List(g.guess(client, op.Key), protocol.Int(g.last))
	case "post":
		op.Value = g.posting(client, op.Key)
	case "add":
		op.Value = protocol.Int(1)
		if g.spec.Object != "counter" {
			g.last++
			op.Value = protocol.Int(g.last)
		}
	case "deposit", "withdraw":
		op.Value = protocol.Int(1 + g.rand.Int64N(maxAmount))
	default:
		g.last++
		op.Value = protocol.Int(g.last)
	}
	return op
}

// key returns the name of a key by its number: x, y, z, k3, k4, ...
func key(i int) string {
	if i < 3 {
		return "xyz"[i : i+1]
	}
	return "k" + strconv.Itoa(i)
}

// other draws another client.
func (g *Generator) other(client protocol.NodeID) protocol.NodeID {
	if len(g.clients) < 2 {
		panic(fmt.Sprintf("workload: %s has nobody to tell anything", client))
	}
	i := g.rand.IntN(len(g.clients) - 1)
	if g.clients[i] == client {
		i = len(g.clients) - 1
	}
	return g.clients[i]
}

// guess returns what the client believes a register to hold: what it last read or put there, else what it held at first.
func (g *Generator) guess(client protocol.NodeID, key string) protocol.Value {
	if v, known := g.held[place{client, key}]; known {
		return v
	}
	return protocol.Int(0)
}

// posting replies to at most two of the postings that the client has read.
func (g *Generator) posting(client protocol.NodeID, key string) protocol.Value {
	g.last++
	value := []int64{g.last}
	read := g.read[place{client, key}]
	for range g.rand.IntN(3) {
		if len(read) == 0 {
			break
		}
		if parent := prng.Pick(g.rand, read); !slices.Contains(value, parent) {
			value = append(value, parent)
		}
	}
	return protocol.Ints(value...)
}

// Observe tells the generator what a client was answered, so that its postings reply to what it has read, and its cas
// ask for what it has seen.
func (g *Generator) Observe(client protocol.NodeID, op protocol.Op, r protocol.Reply) {
	if r.Outcome != protocol.OK || !g.remembers {
		return
	}
	at := place{client, op.Key}
	switch {
	case g.spec.Object == "board" && op.F == "read":
		g.read[at] = integers(g.read[at][:0], r.Value)
	case g.spec.Object != "register":
	case op.F == "read":
		g.held[at] = r.Value
	case op.F == "write":
		g.held[at] = op.Value
	case op.F == "cas":
		list, _ := op.Value.List()
		g.held[at] = list[1]
	}
}

// integers appends the integers of a list.
func integers(to []int64, v protocol.Value) []int64 {
	list, _ := v.List()
	for _, element := range list {
		if n, ok := element.Int(); ok {
			to = append(to, n)
		}
	}
	return to
}
