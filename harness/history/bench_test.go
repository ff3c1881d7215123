package history_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

// long returns a history of n events of 20 processes, half of them reads.
func long(n int) *history.History {
	var b history.Builder
	keys := []string{"a", "b", "c", "d"}
	for i := 0; i < n; i += 40 {
		for _, kind := range []history.Type{history.Invoke, history.OK} {
			for p := range 20 {
				e := history.Event{
					Time: time.Duration(i+p) * 1e6, Process: p, Type: kind, F: "write", Key: keys[p%4], Value: protocol.Int(int64(i + p)), Node: "c1",
				}
				if kind == history.OK {
					e.Time += 20e6
				}
				if p%2 == 0 {
					e.F = "read"
				}
				if err := b.Add(e); err != nil {
					panic(err)
				}
			}
		}
	}
	return b.Finish()
}

const benchEvents = 100_000

// BenchmarkRead reads 50,000 operations; BenchmarkReadMillion 1,000,000 of them.
func BenchmarkRead(b *testing.B) { benchmarkRead(b, benchEvents) }

func BenchmarkReadMillion(b *testing.B) { benchmarkRead(b, 2_000_000) }

func benchmarkRead(b *testing.B, events int) {
	b.Helper()
	var text bytes.Buffer
	if err := history.Write(&text, long(events)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		h, err := history.Read(bytes.NewReader(text.Bytes()))
		if err != nil || h.Len() != events {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	h := long(benchEvents)
	b.ReportAllocs()
	for b.Loop() {
		if err := history.Write(io.Discard, h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuilder(b *testing.B) {
	var events []history.Event
	for _, e := range long(benchEvents).Events() {
		events = append(events, e)
	}
	b.ReportAllocs()
	for b.Loop() {
		var builder history.Builder
		for i := range events {
			if err := builder.Add(events[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}
