package sequential

import (
	"sort"
	"testing"

	"sunder/harness/prng"
)

func TestPairs(t *testing.T) {
	r := prng.New(1)
	var p pairs
	want := map[[2]int32]bool{}
	for range 20_000 {
		pair := [2]int32{int32(r.IntN(90)), int32(r.IntN(90))}
		if got := p.add(pair[0], pair[1]); got == want[pair] {
			t.Fatalf("%v is new: %v", pair, got)
		}
		want[pair] = true
	}
	if !want[[2]int32{}] || p.count != len(want) {
		t.Errorf("%d pairs, want %d", p.count, len(want))
	}
}

// TestNearest compares the search from a guess with the search without one, for all guesses.
func TestNearest(t *testing.T) {
	for n := range 40 {
		for first := range n + 1 {
			for guess := range n + 1 {
				holds := func(at int) bool {
					if at < 0 || at >= n {
						t.Fatalf("asked of place %d of %d", at, n)
					}
					return at >= first
				}
				if got := nearest(n, guess, holds); got != sort.Search(n, holds) {
					t.Fatalf("%d of %d, guess %d: got %d", first, n, guess, got)
				}
			}
		}
	}
}

// TestAround compares, in random graphs, the shortest way around from each operation with what going through all ways finds,
// and what is trimmed with what no way around passes or leads to.
func TestAround(t *testing.T) {
	r := prng.New(2)
	cycles, trimmed := 0, 0
	for range 400 {
		n := 2 + r.IntN(12)
		k := &knot{ops: make([]int32, n), begin: []int32{0}}
		for i := range n {
			for j := range n {
				if i != j && r.IntN(n) == 0 {
					k.next = append(k.next, int32(j))
				}
			}
			k.begin = append(k.begin, int32(len(k.next)))
		}
		k.trim()
		far := distances(k)
		w := newWalker(n)
		for i := range int32(n) {
			leads := far[i][i] > 0
			for j := range n {
				leads = leads || far[i][j] > 0 && far[j][j] > 0
			}
			if k.leads(i) != leads {
				t.Fatalf("%d leads to a cycle: %v, want %v: %+v", i, k.leads(i), leads, k)
			}
			if !leads {
				trimmed++
				continue
			}
			path, cut := k.around(&w, i, n)
			if len(path) != far[i][i]+min(1, far[i][i]) || cut {
				t.Fatalf("a way of %d around from %d, want %d: %+v", len(path)-1, i, far[i][i], k)
			}
			if far[i][i] > 0 {
				cycles++
				if path, cut := k.around(&w, i, far[i][i]-1); path != nil || !cut {
					t.Fatalf("too short a way around from %d: %v", i, path)
				}
			}
		}
	}
	if cycles < 500 || trimmed < 500 {
		t.Errorf("%d ways around, %d trimmed: too few", cycles, trimmed)
	}
}

// distances returns how many edges lead from each operation to each, at least one; 0 if there is no way.
func distances(k *knot) [][]int {
	n := len(k.ops)
	far := make([][]int, n)
	for i := range far {
		far[i] = make([]int, n)
		for _, j := range k.after(int32(i)) {
			far[i][j] = 1
		}
	}
	for via := range far {
		for i := range far {
			for j := range far {
				if way := far[i][via] + far[via][j]; far[i][via] > 0 && far[via][j] > 0 && (far[i][j] == 0 || way < far[i][j]) {
					far[i][j] = way
				}
			}
		}
	}
	return far
}
