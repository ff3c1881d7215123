package gossip

import (
	"strconv"

	"sunder/harness/protocol"
)

// A change is written to disk for every event that changes a replica, thousands of times in a run, so it is written by
// hand: the same JSON that encoding/json makes of it, at a fifth of the cost. It is read, after a restart only, by
// encoding/json.

// encode returns the change as JSON, in one piece of memory that it most likely fits into.
func (c *change) encode() []byte {
	records := 1
	if c.Heard != nil {
		records += len(c.Heard.Log)
	}
	return c.appendJSON(make([]byte, 0, 64+recordBytes*records+32*len(c.Applied)))
}

// recordBytes is about the size of a record on disk.
const recordBytes = 192

// appendJSON appends the change as JSON.
func (c *change) appendJSON(b []byte) []byte {
	start := len(b)
	b = append(b, '{')
	if c.Accepted != nil {
		b = c.Accepted.appendJSON(append(b, `"accepted":`...))
	}
	if c.Heard != nil {
		b = c.Heard.appendJSON(append(comma(b, start), `"heard":`...))
	}
	if len(c.Applied) > 0 {
		b = appendList(append(comma(b, start), `"applied":`...), c.Applied, RecordID.appendJSON)
	}
	return append(b, '}')
}

// comma separates a field from the one before it, if there is one since start.
func comma(b []byte, start int) []byte {
	if len(b) > start+1 {
		b = append(b, ',')
	}
	return b
}

func (h *heard) appendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"from":`...), int64(h.From), 10)
	if len(h.Log) > 0 {
		b = appendList(append(b, `,"log":`...), h.Log, (*Record).appendJSON)
	}
	b = h.TS.appendJSON(append(b, `,"ts":`...))
	return append(b, '}')
}

func (r *Record) appendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"replica":`...), int64(r.Replica), 10)
	b = r.TS.appendJSON(append(b, `,"ts":`...))
	b = r.Prev.appendJSON(append(b, `,"prev":`...))
	b = protocol.String(string(r.CID.FrontEnd.Node)).Append(append(b, `,"cid":{"front_end":{"node":`...))
	b = strconv.AppendUint(append(b, `,"incarnation":`...), r.CID.FrontEnd.Incarnation, 10)
	b = strconv.AppendUint(append(b, `},"seq":`...), r.CID.Seq, 10)
	b = protocol.String(r.Op.F).Append(append(b, `},"op":{"F":`...))
	b = protocol.String(r.Op.Key).Append(append(b, `,"Key":`...))
	b = r.Op.Value.Append(append(b, `,"Value":`...))
	b = protocol.String(string(r.Op.Via)).Append(append(b, `,"Via":`...))
	return append(b, '}', '}')
}

func (id RecordID) appendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"replica":`...), int64(id.Replica), 10)
	b = strconv.AppendUint(append(b, `,"number":`...), id.Number, 10)
	return append(b, '}')
}

func (t Timestamp) appendJSON(b []byte) []byte {
	if t == nil {
		return append(b, "null"...)
	}
	return appendList(b, t, func(n uint64, b []byte) []byte { return strconv.AppendUint(b, n, 10) })
}

// appendList appends a list whose elements are appended by element.
func appendList[T any](b []byte, list []T, element func(T, []byte) []byte) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = element(v, b)
	}
	return append(b, ']')
}
