package group

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestDataRecordRoundTrip(t *testing.T) {
	numbers := rapid.Uint64()
	rapid.Check(t, func(t *rapid.T) {
		d := Data{
			View: numbers.Draw(t, "view"), Rank: rapid.IntRange(0, 9).Draw(t, "rank"), Seq: numbers.Draw(t, "seq"),
			Number: numbers.Draw(t, "number"), Payload: rapid.String().Draw(t, "payload"), Sum: numbers.Draw(t, "sum"),
		}
		if n := rapid.IntRange(0, 5).Draw(t, "members"); n > 0 {
			d.VC = rapid.SliceOfN(numbers, n, n).Draw(t, "vc")
		}
		if back, isData := decodeData(encodeData(&d)); !isData || !reflect.DeepEqual(back, d) {
			t.Fatalf("%+v came back as %+v", d, back)
		}
	})
	if _, isData := decodeData(encode(record{Promised: &Ballot{1, "r1"}})); isData {
		t.Error("a promise was read as a message")
	}
}
