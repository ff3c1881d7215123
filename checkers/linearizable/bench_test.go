package linearizable

import (
	"fmt"
	"testing"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/checkers/oracle"
	"sunder/harness/prng"
)

func benchmark(b *testing.B, shape oracle.Shape, by []engine) {
	b.Helper()
	object, _ := model.Lookup(shape.Object)
	in := checkers.Input{History: oracle.Random(prng.New(1), shape), Object: object}
	b.ReportAllocs()
	for b.Loop() {
		if v := judge(in, by); v.Valid != checkers.Valid {
			b.Fatalf("%s: %s", v.Valid, v.Reason)
		}
	}
}

func BenchmarkBlocks100k(b *testing.B) {
	benchmark(b, oracle.Shape{Object: "register", Ops: 100_000, Processes: 10, Keys: 1, Unsure: 1}, []engine{blocks{}})
}

func BenchmarkBlocks100kOn3Keys(b *testing.B) {
	benchmark(b, oracle.Shape{Object: "register", Ops: 100_000, Processes: 10, Keys: 3, Unsure: 1}, []engine{blocks{}})
}

// BenchmarkSearch100k searches what BenchmarkBlocks100k decides directly, but without unknown outcomes: beside refused
// cas each of those stays open, and hundreds of them exceed the budget.
func BenchmarkSearch100k(b *testing.B) {
	benchmark(b, oracle.Shape{Object: "register", Ops: 100_000, Processes: 10, Keys: 1}, []engine{search{}})
}

func BenchmarkCounter1M(b *testing.B) {
	benchmark(b, oracle.Shape{Object: "counter", Ops: 1_000_000, Processes: 20, Keys: 1, Values: 1, Unsure: 1}, []engine{slots{}})
}

// BenchmarkSet4k has 2,000 reads of 1,000 elements on average.
func BenchmarkSet4k(b *testing.B) {
	benchmark(b, oracle.Shape{Object: "set", Ops: 4000, Processes: 20, Keys: 1, Unsure: 1}, []engine{chain{}})
}

func BenchmarkSearchCounter10k(b *testing.B) {
	benchmark(b, oracle.Shape{Object: "counter", Ops: 10_000, Processes: 10, Keys: 1}, []engine{search{}})
}

func BenchmarkSearch1k(b *testing.B) {
	benchmark(b, oracle.Shape{Object: "register", Ops: 1000, Processes: 5, Keys: 1}, []engine{search{}})
}

// BenchmarkPorcupine1k is short: of 100,000 operations on one key porcupine does not get to the end within its bound
// of memory.
func BenchmarkPorcupine1k(b *testing.B) {
	benchmark(b, oracle.Shape{Object: "register", Ops: 1000, Processes: 5, Keys: 1}, []engine{porcupineSearch{}})
}

// BenchmarkRegister1M is the whole check, on one core. Unsure is the share of operations in percent that fail or end
// without an answer.
func BenchmarkRegister1M(b *testing.B) {
	for _, shape := range []oracle.Shape{
		{Object: "register", Ops: 1_000_000, Processes: 5, Keys: 1},
		{Object: "register", Ops: 1_000_000, Processes: 100, Keys: 1, Unsure: 5},
		{Object: "register", Ops: 1_000_000, Processes: 100, Keys: 100, Unsure: 5},
	} {
		b.Run(fmt.Sprintf("clients=%d/keys=%d/unsure=%d", shape.Processes, shape.Keys, shape.Unsure), func(b *testing.B) {
			benchmark(b, shape, engines())
		})
	}
}
