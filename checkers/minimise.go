package checkers

import "slices"

// Minimise makes a set of operations smaller as long as it stays broken: first by leaving out whole groups, then
// halves, quarters and so on down to single operations (Zeller & Hildebrandt, Simplifying and Isolating
// Failure-Inducing Input, 2002). It asks broken at most trials times, and tells whether what it returns is minimal:
// broken, and not broken without any one of its operations.
func Minimise(ops []int, groups [][]int, trials int, broken func([]int) bool) (smaller []int, minimal bool) {
	m := &minimiser{ops: ops, trials: trials, broken: broken}
	for _, group := range groups {
		m.without(group)
	}
	for size := len(m.ops) / 2; size > 1; size /= 2 {
		m.pass(size)
	}
	for m.trials > 0 {
		if !m.pass(1) {
			return m.ops, m.trials > 0
		}
	}
	return m.ops, false
}

type minimiser struct {
	ops    []int
	trials int
	broken func([]int) bool
}

// without leaves a group of operations out if the rest is broken, and tells whether it did.
func (m *minimiser) without(group []int) bool {
	rest := slices.DeleteFunc(slices.Clone(m.ops), func(i int) bool { return slices.Contains(group, i) })
	if m.trials <= 0 || len(rest) == len(m.ops) || len(rest) == 0 {
		return false
	}
	m.trials--
	if !m.broken(rest) {
		return false
	}
	m.ops = rest
	return true
}

// pass tries to leave out each stretch of a size, the last ones first, and tells whether it could leave out any.
func (m *minimiser) pass(size int) bool {
	changed := false
	for end := len(m.ops); end > 0; end -= size {
		end = min(end, len(m.ops))
		if m.without(slices.Clone(m.ops[max(0, end-size):end])) {
			changed = true
		}
	}
	return changed
}
