package docker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/xt"
	"golang.org/x/sys/unix"

	"sunder/harness/protocol"
)

// The places of the chains where packets come in: what is cut is dropped first, what is left is counted, and what is left
// then passes through the queue.
const (
	cutPriority   = -300
	countPriority = -299
	queuePriority = -298
)

// loopback is the index of the loopback interface, the first of every network namespace.
const loopback = 1

// queueNumber is the NFQUEUE of a pod; each pod has a network of its own.
const queueNumber = 0

// firewall is what nftables does in a pod: a rule of the kernel for each rule in force, and one more that leads into the
// queue. A change is one transaction of the kernel. Chains stay as long as the pod, for to take one away takes the kernel
// tens of milliseconds.
type firewall struct {
	peers    map[protocol.NodeID]string
	self     protocol.NodeID
	table    *nftables.Table
	cut      *nftables.Chain
	count    *nftables.Chain
	chains   map[int]*nftables.Chain // that a rule is in
	sets     map[int]*nftables.Set
	diverted *nftables.Chain // nil: nothing passes through the queue
}

func newFirewall(t take) (*firewall, error) {
	f := &firewall{
		peers: t.Peers, self: t.Self, table: &nftables.Table{Name: "sunder", Family: nftables.TableFamilyIPv4},
		chains: map[int]*nftables.Chain{}, sets: map[int]*nftables.Set{},
	}
	f.cut, f.count = f.chain("cut", cutPriority), f.chain("count", countPriority)
	return f, change(func(c *nftables.Conn) error {
		f.add(c)
		return nil
	})
}

// add adds the table and the chains that stay.
func (f *firewall) add(c *nftables.Conn) {
	c.AddTable(f.table)
	c.AddChain(f.cut)
	c.AddChain(f.count)
}

// change makes one transaction.
func change(what func(*nftables.Conn) error) error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	if err := what(c); err != nil {
		return err
	}
	return c.Flush()
}

func (f *firewall) has(number int) bool { return f.chains[number] != nil }

// apply puts a rule into force.
func (f *firewall) apply(r rule) error {
	if f.has(r.Number) {
		return fmt.Errorf("rule %d is in force already", r.Number)
	}
	elements, err := f.elements(r.From)
	if err != nil {
		return err
	}
	chain, matches, verdict := f.cut, []expr.Any(nil), expr.VerdictDrop
	if r.Kind == ruleCount {
		chain, matches, verdict = f.count, carriesData(), expr.VerdictAccept
	} else if r.Kind != ruleCut {
		return fmt.Errorf("there is no rule of kind %q", r.Kind)
	}
	set := &nftables.Set{Table: f.table, Name: "from-" + strconv.Itoa(r.Number), KeyType: nftables.TypeIPAddr, Constant: true}
	err = change(func(c *nftables.Conn) error {
		if err := c.AddSet(set, elements); err != nil {
			return err
		}
		exprs := append(source(), &expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID})
		exprs = append(exprs, matches...)
		exprs = append(exprs, &expr.Counter{}, &expr.Verdict{Kind: verdict})
		c.AddRule(&nftables.Rule{Table: f.table, Chain: chain, Exprs: exprs, UserData: tag(r.Number)})
		return nil
	})
	if err == nil {
		f.chains[r.Number], f.sets[r.Number] = chain, set
	}
	return err
}

// lift takes a rule away and returns how many packets it met.
func (f *firewall) lift(number int) (map[string]int64, error) {
	chain, set := f.chains[number], f.sets[number]
	var met int64
	err := change(func(c *nftables.Conn) error {
		rules, err := c.GetRules(f.table, chain)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(rules, func(r *nftables.Rule) bool { return bytes.Equal(r.UserData, tag(number)) })
		if i < 0 {
			return fmt.Errorf("the kernel has lost rule %d", number)
		}
		if met, err = counted(rules[i]); err != nil {
			return err
		}
		if err := c.DelRule(rules[i]); err != nil {
			return err
		}
		c.DelSet(set)
		return nil
	})
	if err != nil {
		return nil, err
	}
	delete(f.chains, number)
	delete(f.sets, number)
	return map[string]int64{countPackets: met}, nil
}

// tag is how a rule is found again in its chain.
func tag(number int) []byte { return []byte(strconv.Itoa(number)) }

// counted returns how many packets a rule has met.
func counted(r *nftables.Rule) (int64, error) {
	for _, e := range r.Exprs {
		if counter, ok := e.(*expr.Counter); ok {
			return int64(counter.Packets), nil
		}
	}
	return 0, errors.New("a rule has lost its counter")
}

// divert makes what comes from the peers pass through the queue, or not any more.
func (f *firewall) divert(on bool) error {
	if on == (f.diverted != nil) {
		return nil
	}
	chain := f.diverted
	if on {
		chain = f.chain("queue", queuePriority)
	}
	elements, err := f.elements(nil)
	if err != nil {
		return err
	}
	set := &nftables.Set{Table: f.table, Name: "peers", KeyType: nftables.TypeIPAddr, Constant: true}
	err = change(func(c *nftables.Conn) error {
		if !on {
			c.FlushChain(chain)
			c.DelChain(chain)
			c.DelSet(set)
			return nil
		}
		if err := c.AddSet(set, elements); err != nil {
			return err
		}
		c.AddChain(chain)
		// The kernel may have no nft_queue, but has the target of iptables, which nft_compat lets in: its number, one
		// queue, no flags (see xt_NFQ_info_v3).
		info := xt.Unknown(binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, queueNumber), 1))
		info = append(info, 0, 0, 0, 0)
		c.AddRule(&nftables.Rule{Table: f.table, Chain: chain, Exprs: append(source(),
			&expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID}, &expr.Target{Name: "NFQUEUE", Rev: 3, Info: &info})})
		return nil
	})
	if err != nil {
		return err
	}
	f.diverted = nil
	if on {
		f.diverted = chain
	}
	return nil
}

// clear takes everything away at once.
func (f *firewall) clear() error {
	clear(f.chains)
	clear(f.sets)
	f.diverted = nil
	return change(func(c *nftables.Conn) error {
		c.DelTable(f.table)
		f.add(c)
		return nil
	})
}

// chain returns a chain at the door of the pod.
func (f *firewall) chain(name string, p nftables.ChainPriority) *nftables.Chain {
	return &nftables.Chain{
		Name: name, Table: f.table, Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookPrerouting, Priority: &p,
	}
}

// elements returns the addresses of nodes, of all peers if there are none, without the pod's own.
func (f *firewall) elements(from []protocol.NodeID) ([]nftables.SetElement, error) {
	if from == nil {
		for id := range f.peers {
			if id != f.self {
				from = append(from, id)
			}
		}
	}
	var out []nftables.SetElement
	for _, id := range from {
		address, err := netip.ParseAddr(f.peers[id])
		if err != nil || !address.Is4() {
			return nil, fmt.Errorf("%q has no address", id)
		}
		out = append(out, nftables.SetElement{Key: address.AsSlice()})
	}
	return out, nil
}

// source lets a packet that comes from outside the pod go on, and loads its source address.
func source() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyIIF, Register: 1},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: binary.NativeEndian.AppendUint32(nil, loopback)},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 12, Len: 4},
	}
}

// carriesData matches TCP segments with the flag PSH: those that end what an application wrote.
func carriesData() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_TCP}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 13, Len: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 1, Mask: []byte{0x08}, Xor: []byte{0}},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: []byte{0}},
	}
}
