package group

import (
	"fmt"
	"strconv"
	"strings"

	"sunder/harness/protocol"
)

// A payload is made once and read at every member, thousands of times in a run, so it is written by hand: numbers with a blank
// behind them, strings with their length before them. It is text, for messages may travel as JSON.

// AppendNumber writes a number.
func AppendNumber(b []byte, n uint64) []byte { return append(strconv.AppendUint(b, n, 10), ' ') }

// AppendText writes a string.
func AppendText(b []byte, s string) []byte { return append(AppendNumber(b, uint64(len(s))), s...) }

// AppendFlag writes a truth value.
func AppendFlag(b []byte, flag bool) []byte {
	if flag {
		return AppendNumber(b, 1)
	}
	return AppendNumber(b, 0)
}

// AppendValue writes a value as JSON. Null, which most answers have, is nothing.
func AppendValue(b []byte, v protocol.Value) []byte {
	if v.IsNull() {
		return AppendNumber(b, 0)
	}
	var space [64]byte
	data := v.Append(space[:0])
	return append(AppendNumber(b, uint64(len(data))), data...)
}

// AppendOp writes an operation without its Via.
func AppendOp(b []byte, op protocol.Op) []byte {
	return AppendValue(AppendText(AppendText(b, op.F), op.Key), op.Value)
}

// AppendFrontEnd writes the life of a front end.
func AppendFrontEnd(b []byte, id FrontEndID) []byte {
	return AppendNumber(AppendText(b, string(id.Node)), id.Incarnation)
}

// Reader reads a payload from left to right, as it was written. Nobody but a replica writes one, and none that was damaged is
// delivered, so what cannot be read is a bug of ours.
type Reader struct{ all, left string }

// NewReader returns a reader that is at the beginning of a payload.
func NewReader(payload string) Reader { return Reader{payload, payload} }

// Number reads a number.
func (r *Reader) Number() uint64 {
	digits, left, found := strings.Cut(r.left, " ")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || !found {
		panic(fmt.Sprintf("group: a payload that was never written: %.200q", r.all))
	}
	r.left = left
	return n
}

// Text reads a string.
func (r *Reader) Text() string {
	n := r.Number()
	if n > uint64(len(r.left)) {
		panic(fmt.Sprintf("group: a payload that was never written: %.200q", r.all))
	}
	s := r.left[:n]
	r.left = r.left[n:]
	return s
}

// Flag reads a truth value.
func (r *Reader) Flag() bool { return r.Number() == 1 }

// Value reads a value.
func (r *Reader) Value() (v protocol.Value) {
	text := r.Text()
	if text == "" {
		return v
	}
	if err := v.UnmarshalJSON([]byte(text)); err != nil {
		panic(fmt.Sprintf("group: a payload that was never written: %v: %.200q", err, r.all))
	}
	return v
}

// Op reads an operation.
func (r *Reader) Op() protocol.Op { return protocol.Op{F: r.Text(), Key: r.Text(), Value: r.Value()} }

// FrontEnd reads the life of a front end.
func (r *Reader) FrontEnd() FrontEndID { return FrontEndID{protocol.NodeID(r.Text()), r.Number()} }
