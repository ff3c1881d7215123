package gossip

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"sunder/harness/protocol"
)

// A change goes to disk for every event that changes a replica, thousands of times in a run, and hundreds of them are
// read back after a crash. So it is written by hand: numbers as varints, strings with their length before them. Snapshots
// are rare, and JSON.

// encode returns the change in one piece of memory that it most likely fits into.
func (c *change) encode() []byte {
	records := 1 + len(c.Prepared) + len(c.Forced)
	if c.Heard != nil {
		records += len(c.Heard.Log)
	}
	b := make([]byte, 0, 16+recordBytes*records+4*len(c.Applied))
	b = appendIf(b, c.Accepted != nil, func(b []byte) []byte { return c.Accepted.append(b) })
	b = appendIf(b, c.Heard != nil, func(b []byte) []byte { return c.Heard.append(b) })
	b = appendIf(b, c.orders(), c.appendOrdering)
	b = binary.AppendUvarint(b, uint64(len(c.Applied)))
	for _, id := range c.Applied {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(id.Replica)), id.Number)
	}
	return appendIf(b, c.forgets(), c.appendForgetting)
}

// appendForgetting appends what replicas need in order to forget.
func (c *change) appendForgetting(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(c.Forgotten)))
	for _, through := range c.Forgotten {
		b = through.append(b)
	}
	return binary.AppendVarint(b, int64(c.Horizon))
}

func (c CID) append(b []byte) []byte {
	b = appendString(b, string(c.FrontEnd.Node))
	return binary.AppendUvarint(binary.AppendUvarint(b, c.FrontEnd.Incarnation), c.Seq)
}

// recordBytes is about the size of a record on disk.
const recordBytes = 64

// appendIf appends whether something is there, and the thing itself.
func appendIf(b []byte, there bool, thing func([]byte) []byte) []byte {
	if !there {
		return append(b, 0)
	}
	return thing(append(b, 1))
}

// appendOrdering appends what only forced updates need.
func (c *change) appendOrdering(b []byte) []byte {
	b = appendIf(b, c.Promised != nil, func(b []byte) []byte { return c.Promised.append(b) })
	b = binary.AppendUvarint(b, uint64(len(c.Prepared)))
	for _, p := range c.Prepared {
		b = p.Record.append(p.Ballot.append(b))
	}
	b = binary.AppendUvarint(b, uint64(len(c.Forced)))
	for _, r := range c.Forced {
		b = r.append(b)
	}
	b = appendIf(b, c.Stopped != nil, func(b []byte) []byte { return c.Stopped.append(b) })
	return appendIf(b, c.Ended != nil, func(b []byte) []byte { return c.Ended.append(b) })
}

func (a Attempt) append(to []byte) []byte { return binary.AppendUvarint(a.Ballot.append(to), a.Number) }

func (b Ballot) append(to []byte) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(to, b.Round), uint64(b.Replica))
}

func (h *heard) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(h.From))
	b = binary.AppendUvarint(b, uint64(len(h.Log)))
	for _, r := range h.Log {
		b = r.append(b)
	}
	return h.TS.append(b)
}

func (r *Record) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(r.Replica))
	b = r.CID.append(r.Prev.append(r.TS.append(b)))
	b = appendString(appendString(b, r.Op.F), r.Op.Key)
	b = appendString(b, r.Op.Value.String())
	b = appendString(b, string(r.Op.Via))
	return appendIf(b, r.Immediate, func(b []byte) []byte { return b })
}

func (t Timestamp) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(t)))
	for _, n := range t {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decodeChange reads what encode wrote. It panics if that cannot be: damaged records were cut off by whoever runs the
// replica.
func decodeChange(data []byte) change {
	d := decoder{left: data}
	c := d.change()
	if d.err == nil && len(d.left) > 0 {
		d.err = errors.New("something is left")
	}
	if d.err != nil {
		panic(fmt.Sprintf("gossip: the disk kept what was never written: %v: %q", d.err, data))
	}
	return c
}

// decoder reads a change from its beginning to its end; after the first error everything reads as nothing.
type decoder struct {
	left []byte
	err  error
}

func (d *decoder) change() change {
	var c change
	if d.number() == 1 {
		c.Accepted = d.record()
	}
	if d.number() == 1 {
		c.Heard = &heard{From: int(d.number()), Log: list(d, d.record)}
		c.Heard.TS = d.timestamp()
	}
	if d.number() == 1 {
		d.ordering(&c)
	}
	c.Applied = list(d, func() RecordID { return RecordID{Replica: int(d.number()), Number: d.number()} })
	if d.number() == 1 {
		c.Forgotten = list(d, d.cid)
		c.Horizon = time.Duration(d.signed())
	}
	return c
}

func (d *decoder) cid() CID {
	return CID{FrontEnd: FrontEndID{Node: protocol.NodeID(d.text()), Incarnation: d.number()}, Seq: d.number()}
}

func (d *decoder) ordering(c *change) {
	if d.number() == 1 {
		b := d.ballot()
		c.Promised = &b
	}
	c.Prepared = list(d, func() Prepared { return Prepared{Ballot: d.ballot(), Record: d.record()} })
	c.Forced = list(d, d.record)
	c.Stopped, c.Ended = d.attempt(), d.attempt()
}

// attempt reads an attempt that need not be there.
func (d *decoder) attempt() *Attempt {
	if d.number() != 1 {
		return nil
	}
	return &Attempt{Ballot: d.ballot(), Number: d.number()}
}

func (d *decoder) ballot() Ballot { return Ballot{Round: d.number(), Replica: int(d.number())} }

func (d *decoder) record() *Record {
	r := &Record{Replica: int(d.number()), TS: d.timestamp(), Prev: d.timestamp(), CID: d.cid()}
	r.Op = protocol.Op{F: string(d.text()), Key: string(d.text())}
	if err := r.Op.Value.UnmarshalJSON(d.text()); err != nil && d.err == nil {
		d.err = err
	}
	r.Op.Via = protocol.NodeID(d.text())
	r.Immediate = d.number() == 1
	return r
}

func (d *decoder) timestamp() Timestamp { return list(d, d.number) }

// list reads a list; an empty one is nil.
func list[T any](d *decoder, element func() T) []T {
	count := d.number()
	if count > uint64(len(d.left)) {
		d.err = errors.New("a list is longer than what is left")
	}
	if d.err != nil || count == 0 {
		return nil
	}
	out := make([]T, count)
	for i := range out {
		out[i] = element()
	}
	return out
}

func (d *decoder) number() uint64 {
	n, size := binary.Uvarint(d.left)
	if size <= 0 {
		d.err, d.left = errors.New("a number is cut off"), nil
		return 0
	}
	d.left = d.left[size:]
	return n
}

func (d *decoder) signed() int64 {
	n, size := binary.Varint(d.left)
	if size <= 0 {
		d.err, d.left = errors.New("a number is cut off"), nil
		return 0
	}
	d.left = d.left[size:]
	return n
}

func (d *decoder) text() []byte {
	length := d.number()
	if length > uint64(len(d.left)) {
		d.err, d.left = errors.New("a string is cut off"), nil
		return nil
	}
	text := d.left[:length]
	d.left = d.left[length:]
	return text
}
