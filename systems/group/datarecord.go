package group

import (
	"encoding/binary"
	"fmt"
)

// A message goes to the disk of every member, thousands of times in a run, so it is written by hand: a zero byte, with which
// no JSON begins, numbers as varints, and the payload. All other records are rare, and JSON.

// encodeData writes a message.
func encodeData(d *Data) []byte {
	b := make([]byte, 1, 26+2*len(d.VC)+len(d.Payload))
	b = binary.AppendUvarint(binary.AppendUvarint(b, d.View), uint64(d.Rank))
	b = binary.AppendUvarint(binary.AppendUvarint(b, d.Seq), d.Number)
	b = binary.AppendUvarint(b, uint64(len(d.VC)))
	for _, n := range d.VC {
		b = binary.AppendUvarint(b, n)
	}
	b = binary.AppendUvarint(b, d.Sum)
	return append(b, d.Payload...)
}

// decodeData reads what encodeData wrote, and tells whether the record is a message. Damaged records were cut off by whoever
// runs the machine.
func decodeData(record []byte) (d Data, isData bool) {
	if len(record) == 0 || record[0] != 0 {
		return d, false
	}
	rest := record[1:]
	number := func() uint64 {
		n, size := binary.Uvarint(rest)
		if size <= 0 {
			panic(fmt.Sprintf("group: the disk kept what was never written: %.200q", record))
		}
		rest = rest[size:]
		return n
	}
	d.View, d.Rank, d.Seq, d.Number = number(), int(number()), number(), number()
	for range number() {
		d.VC = append(d.VC, number())
	}
	d.Sum = number()
	d.Payload = string(rest)
	return d, true
}
