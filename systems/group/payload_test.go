package group

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sunder/harness/protocol"
)

func TestPayloadsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, flag := rapid.Uint64().Draw(t, "n"), rapid.Bool().Draw(t, "flag")
		from := FrontEndID{protocol.NodeID(rapid.String().Draw(t, "node")), rapid.Uint64().Draw(t, "life")}
		op := protocol.Op{F: rapid.String().Draw(t, "f"), Key: rapid.String().Draw(t, "key")}
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			op.Value = protocol.Int(rapid.Int64().Draw(t, "int"))
		case 1:
			op.Value = protocol.String(rapid.String().Draw(t, "text"))
		}
		payload := string(AppendFlag(AppendOp(AppendFrontEnd(AppendNumber(nil, n), from), op), flag))
		r := NewReader(payload)
		if r.Number() != n || r.FrontEnd() != from || !cmp.Equal(r.Op(), op) || r.Flag() != flag || r.left != "" {
			t.Fatalf("%q was not read as it was written", payload)
		}
	})
}

func TestDamagedPayloadsPanic(t *testing.T) {
	whole := string(AppendOp(nil, protocol.Op{F: "add", Key: "x", Value: protocol.Int(5)}))
	for n := range whole {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, "never written") {
					t.Errorf("%q was read", whole[:n])
				}
			}()
			r := NewReader(whole[:n])
			r.Op()
		}()
	}
}

func BenchmarkRequestPayload(b *testing.B) {
	q := Request{FrontEndID{"c1", 12345678901234}, 77, protocol.Op{F: "add", Key: "k1", Value: protocol.Int(5)}}
	b.ReportAllocs()
	for b.Loop() {
		if parseRequest(q.payload()).Seq != q.Seq {
			b.Fatal("another one")
		}
	}
}
