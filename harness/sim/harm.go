package sim

import (
	"fmt"
	"slices"

	"sunder/nemesis"
)

// harm does to a node's disk what a fault does to disks.
func (s *simulation) harm(n *node, f *fault) {
	switch f.Mode {
	case nemesis.Full:
		n.full = append(n.full, f)
	case nemesis.SlowSync:
		n.slowDisk = append(n.slowDisk, f)
	default:
		s.strikeDown(n, f)
	}
}

// mend undoes what harm did. A node that stopped because its disk was full comes back.
func (s *simulation) mend(n *node, f *fault) {
	switch f.Mode {
	case nemesis.Full:
		n.full = without(n.full, f)
		if slices.Contains(f.filled, n) {
			s.comeBack(n, f)
		}
	case nemesis.SlowSync:
		n.slowDisk = without(n.slowDisk, f)
	default:
		s.comeBack(n, f)
	}
}

// overflow stops a node that wrote to a full disk: what it wrote is not there, what it wrote before still is, and nobody
// is told what it did after.
func (s *simulation) overflow(n *node) {
	f := n.full[0]
	f.counts[failed]++
	f.filled = append(f.filled, n)
	n.crashes++
	s.digest.Word(uint64(f.index))
	if s.tracer != nil {
		s.trace(n, "crash", fmt.Sprintf("a write failed%s", byFault(f)))
	}
	s.stop(n)
}
