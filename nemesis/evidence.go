package nemesis

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// needs returns the least evidence that f must show. A crash that loses unsynced data or the disk must have lost a
// record, a strobe must have been seen to jump, and a rate must have moved a timer.
func needs(f Fault, minima Evidence) Evidence {
	need := Evidence{}
	info, _ := Lookup(f.Kind)
	for _, name := range info.proof(f.Mode) {
		need[name] = 1
	}
	if f.Kind == Crash && (f.Lose == LoseUnsynced || f.Lose == LoseAll) {
		need["records_lost"] = 1
	}
	if f.Strobe != 0 {
		need["jumps"] = 1
	}
	if f.Rate != 0 {
		need["timers"] = 1
	}
	for name, n := range minima {
		need[name] = max(need[name], n)
	}
	return need
}

func bites(e Evidence, f Fault, minima Evidence) (bool, string) {
	need := needs(f, minima)
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(need)) {
		if e[name] < need[name] {
			missing = append(missing, fmt.Sprintf("%s: %d, needs %d", name, e[name], need[name]))
		}
	}
	return len(missing) == 0, strings.Join(missing, "; ")
}
