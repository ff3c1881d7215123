package gossip

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sunder/harness/protocol"
)

// TestChangesAreReadBack writes changes and reads them back, whole; and cut off anywhere they are refused.
func TestChangesAreReadBack(t *testing.T) {
	timestamps := rapid.Custom(func(t *rapid.T) Timestamp { return rapid.SliceOfN(rapid.Uint64(), 1, 4).Draw(t, "ts") })
	values := rapid.OneOf(rapid.Just(protocol.Value{}), rapid.Map(rapid.Int64(), protocol.Int), rapid.Map(rapid.String(), protocol.String),
		rapid.Map(rapid.SliceOfN(rapid.Int64(), 1, 3), func(n []int64) protocol.Value { return protocol.Ints(n...) }))
	records := rapid.Custom(func(t *rapid.T) *Record {
		return &Record{
			Replica: rapid.IntRange(0, 9).Draw(t, "replica"), TS: timestamps.Draw(t, "ts"), Prev: timestamps.Draw(t, "prev"),
			CID: CID{FrontEndID{protocol.NodeID(rapid.String().Draw(t, "node")), rapid.Uint64().Draw(t, "incarnation")}, rapid.Uint64().Draw(t, "seq")},
			Op:  protocol.Op{F: rapid.String().Draw(t, "f"), Key: rapid.String().Draw(t, "key"), Value: values.Draw(t, "value"), Via: "r1"},

			Immediate: rapid.Bool().Draw(t, "immediate"),
		}
	})
	ids := rapid.Custom(func(t *rapid.T) RecordID {
		return RecordID{rapid.IntRange(0, 9).Draw(t, "replica"), rapid.Uint64().Draw(t, "number")}
	})
	rapid.Check(t, func(t *rapid.T) {
		c := change{Applied: none(rapid.SliceOfN(ids, 0, 3).Draw(t, "applied"))}
		if rapid.Bool().Draw(t, "accepts") {
			c.Accepted = records.Draw(t, "record")
		}
		if rapid.Bool().Draw(t, "hears") {
			c.Heard = &heard{From: 1, Log: none(rapid.SliceOfN(records, 0, 3).Draw(t, "log")), TS: timestamps.Draw(t, "heard ts")}
		}
		if rapid.Bool().Draw(t, "promises") {
			c.Promised = &Ballot{rapid.Uint64().Draw(t, "round"), rapid.IntRange(0, 9).Draw(t, "candidate")}
		}
		for _, r := range rapid.SliceOfN(records, 0, 2).Draw(t, "prepared") {
			c.Prepared = append(c.Prepared, Prepared{Ballot{rapid.Uint64().Draw(t, "round"), 2}, r})
		}
		for _, a := range []**Attempt{&c.Stopped, &c.Ended} {
			if rapid.Bool().Draw(t, "stops or goes on") {
				*a = &Attempt{Ballot{rapid.Uint64().Draw(t, "round"), 2}, rapid.Uint64().Draw(t, "attempt")}
			}
		}
		c.Forced = none(rapid.SliceOfN(records, 0, 2).Draw(t, "forced"))
		for _, id := range rapid.SliceOfN(ids, 0, 2).Draw(t, "forgotten") {
			c.Forgotten = append(c.Forgotten, CID{FrontEndID{"c1", id.Number}, uint64(id.Replica)})
		}
		c.Horizon = time.Duration(rapid.Int64().Draw(t, "horizon"))
		data := c.encode()
		if got := decodeChange(data); !reflect.DeepEqual(got, c) {
			t.Fatalf("%+v was read back as %+v", c, got)
		}
		cut := rapid.IntRange(0, len(data)-1).Draw(t, "cut")
		if got, refused := tryDecode(data[:cut]); !refused {
			t.Fatalf("%d of %d bytes of %+v were read as %+v", cut, len(data), c, got)
		}
	})
}

// tryDecode tells whether data was refused.
func tryDecode(data []byte) (c change, refused bool) {
	defer func() { refused = recover() != nil }()
	return decodeChange(data), false
}

// none is nil for an empty list.
func none[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}
