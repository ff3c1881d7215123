// Package clauses makes choices under conditions. It serves the checkers that know an order only in part: what is open
// is a choice of this way or that, and each cycle that choices close is a condition that not all of them hold together.
package clauses

import "github.com/crillab/gophersat/solver"

// Solve changes choices, numbered from 1 (positive[0] means nothing), such that in each clause a literal holds: n if choice
// n is true, -n if it is false. It tells whether that can be; if not, the choices stay as they are, and so do those that
// are in no clause.
func Solve(clauses [][]int, positive []bool) bool {
	number, origin := map[int]int{}, []int{0}
	renamed := make([][]int, len(clauses))
	for i, clause := range clauses {
		for _, literal := range clause {
			v := max(literal, -literal)
			if number[v] == 0 {
				number[v] = len(origin)
				origin = append(origin, v)
			}
			if literal < 0 {
				renamed[i] = append(renamed[i], -number[v])
			} else {
				renamed[i] = append(renamed[i], number[v])
			}
		}
	}
	s := solver.New(solver.ParseSlice(renamed))
	if s.Solve() != solver.Sat {
		return false
	}
	for i, value := range s.Model() {
		positive[origin[i+1]] = value
	}
	return true
}
