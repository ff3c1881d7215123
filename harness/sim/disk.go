package sim

import (
	"bytes"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// tornChance is how often the last unsynced record that survives a crash turns out to be damaged.
const tornChance = prng.One / 4

// disk is what a node keeps across crashes: a snapshot and a log that a Sync covers, and the writes since.
type disk struct {
	snapshot []byte
	log      [][]byte
	tail     []write // not covered by a Sync, oldest first
	written  uint64  // writes so far
	damaged  bool    // the last crash tore a record
}

// write is a record appended, or a snapshot put in place of all before it.
type write struct {
	data     []byte
	snapshot bool
}

func (d *disk) append(record []byte) {
	d.tail = append(d.tail, write{data: bytes.Clone(record)})
	d.written++
}

func (d *disk) replace(snapshot []byte) {
	// An empty snapshot is one: it must not read as none.
	data := append(make([]byte, 0, len(snapshot)), snapshot...)
	d.tail = append(d.tail, write{data: data, snapshot: true})
	d.written++
}

// cover makes durable what was written up to a count of writes.
func (d *disk) cover(written uint64) {
	covered := d.written - uint64(len(d.tail))
	if written <= covered {
		return
	}
	n := int(written - covered)
	for _, w := range d.tail[:n] {
		if w.snapshot {
			d.snapshot, d.log = w.data, nil
		} else {
			d.log = append(d.log, w.data)
		}
	}
	left := copy(d.tail, d.tail[n:])
	clear(d.tail[left:])
	d.tail = d.tail[:left]
}

// crash takes from the disk what a fault that crashes its node loses. It returns how many writes are lost and whether one
// of them was damaged.
func (d *disk) crash(f *nemesis.Fault, rand *prng.Rand) (lost int64, damaged bool) {
	switch f.Mode {
	case nemesis.Torn:
		return d.tear()
	case nemesis.Flip:
		return d.flip(rand)
	}
	switch f.Lose {
	case nemesis.LoseUnsynced:
		return d.loseUnsynced(rand)
	case nemesis.LoseAll:
		d.cover(d.written)
		lost = int64(len(d.log))
		if d.snapshot != nil {
			lost++
		}
		d.snapshot, d.log = nil, nil
	}
	return lost, false
}

// loseUnsynced drops a random suffix, not empty if it can be helped, of what no Sync covers. What is left is what a
// reader finds on the platter: it can be lost no more.
func (d *disk) loseUnsynced(rand *prng.Rand) (lost int64, torn bool) {
	if len(d.tail) == 0 {
		return 0, false
	}
	keep := rand.IntN(len(d.tail))
	if keep > 0 && !d.tail[keep-1].snapshot && rand.Chance(tornChance) {
		keep--
		torn = true
	}
	lost = int64(len(d.tail) - keep)
	clear(d.tail[keep:])
	d.tail = d.tail[:keep]
	d.cover(d.written)
	d.damaged = torn
	return lost, torn
}

// tear takes the last write that no Sync covers. A record was on its way to the platter, and is damaged; a snapshot takes
// the place of the former one when all of it is there, and so never is.
func (d *disk) tear() (lost int64, torn bool) {
	last := len(d.tail) - 1
	if last < 0 {
		return 0, false
	}
	d.damaged = !d.tail[last].snapshot
	d.tail[last] = write{}
	d.tail = d.tail[:last]
	d.cover(d.written)
	return 1, d.damaged
}

// flip damages a record of the log, any of them: it is cut off with all after it.
func (d *disk) flip(rand *prng.Rand) (lost int64, flipped bool) {
	d.cover(d.written)
	if len(d.log) == 0 {
		return 0, false
	}
	left := rand.IntN(len(d.log))
	lost = int64(len(d.log) - left)
	clear(d.log[left:])
	d.log = d.log[:left]
	d.damaged = true
	return lost, true
}

// saved returns what a machine finds when it starts, as copies of its own.
func (d *disk) saved(boot uint64) protocol.Saved {
	s := protocol.Saved{Boot: boot, Snapshot: bytes.Clone(d.snapshot), Damaged: d.damaged}
	d.damaged = false
	for _, record := range d.log {
		s.Log = append(s.Log, bytes.Clone(record))
	}
	for _, w := range d.tail {
		if w.snapshot {
			s.Snapshot, s.Log = bytes.Clone(w.data), nil
		} else {
			s.Log = append(s.Log, bytes.Clone(w.data))
		}
	}
	return s
}
