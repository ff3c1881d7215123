package group

import (
	"encoding/json"
	"fmt"

	"sunder/harness/protocol"
)

// record is what one event adds to the disk.
type record struct {
	Promised *Ballot   `json:"promised,omitempty"`
	Accepted *Proposal `json:"accepted,omitempty"`
	Data     *Data     `json:"-"` // a record of its own, of encodeData
	Order    *Order    `json:"order,omitempty"`
	Base     *string   `json:"base,omitempty"`
	Refused  *Act      `json:"refused,omitempty"`
}

// store writes a record. All that is sent or noted after it waits for the disk.
func (g *Group) store(env *protocol.Env, r record) {
	if g.config.Mutant == mutantForgetsPromise && r.Promised != nil {
		return
	}
	if g.config.Forgets && r.Promised == nil && r.Accepted == nil {
		return
	}
	if r.Data != nil {
		env.Append(encodeData(r.Data))
	} else {
		env.Append(encode(r))
	}
	env.Sync()
}

// save writes the whole state, in place of all before.
func (g *Group) save(env *protocol.Env) {
	env.Snapshot(encode(g.kept()))
	env.Sync()
}

// kept is what the disk keeps.
func (g *Group) kept() durable {
	d := g.durable
	if g.config.Forgets {
		d.HasBase, d.Base, d.Orders, d.Held = false, "", nil, make([][]*Data, len(d.View.Members))
	}
	return d
}

// recover makes the state what the disk tells.
func (g *Group) recover(saved protocol.Saved) {
	if saved.Snapshot != nil {
		g.durable, g.listed = durable{}, nil
		decode(saved.Snapshot, &g.durable)
	}
	for _, data := range saved.Log {
		if d, isData := decodeData(data); isData {
			g.put(&d)
			continue
		}
		var r record
		decode(data, &r)
		g.replay(r)
	}
}

func (g *Group) replay(r record) {
	if r.Promised != nil {
		g.Promised = *r.Promised
	}
	if r.Accepted != nil {
		g.Accepted = r.Accepted
	}
	if r.Order != nil {
		g.place(*r.Order)
	}
	if r.Base != nil {
		g.HasBase, g.Base = true, *r.Base
	}
	if r.Refused != nil {
		g.durable.Refused = append(g.durable.Refused, *r.Refused)
	}
}

// put puts a message where it belongs.
func (g *Group) put(d *Data) {
	held := g.Held[d.Rank]
	for uint64(len(held)) < d.Seq {
		held = append(held, nil)
	}
	held[d.Seq-1] = d
	g.Held[d.Rank] = held
}

// place puts a place where it belongs.
func (g *Group) place(o Order) {
	for uint64(len(g.Orders)) < o.Position {
		g.Orders = append(g.Orders, nil)
	}
	g.Orders[o.Position-1] = &o.Place
}

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("group: a state that is not JSON: %+v: %v", v, err))
	}
	return data
}

// decode reads what encode wrote: damaged records were cut off by whoever runs the machine.
func decode(data []byte, to any) {
	if err := json.Unmarshal(data, to); err != nil {
		panic(fmt.Sprintf("group: the disk kept what was never written: %v: %.200q", err, data))
	}
}

// DiskState is what a person sees of a process: what its disk has of the group.
type DiskState struct {
	View     View            `json:"view"`
	Promised Ballot          `json:"promised"`
	Accepted *Proposal       `json:"accepted,omitempty"`
	Base     json.RawMessage `json:"base,omitempty"` // the application's state when the view began
	Messages [][]Data        `json:"messages"`       // of the view, by rank
	Orders   []Place         `json:"orders,omitempty"`
}

// State returns a copy of what the disk has.
func (g *Group) State() DiskState {
	d := g.kept()
	s := DiskState{View: d.View, Promised: d.Promised, Accepted: d.Accepted, Messages: make([][]Data, len(d.Held))}
	if d.HasBase {
		s.Base = json.RawMessage(d.Base)
	}
	for rank, held := range d.Held {
		for _, d := range held {
			if d != nil {
				s.Messages[rank] = append(s.Messages[rank], *d)
			}
		}
	}
	for _, p := range d.Orders {
		if p != nil {
			s.Orders = append(s.Orders, *p)
		}
	}
	return s
}
