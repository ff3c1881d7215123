package causality

import "slices"

// clocks holds vector clocks: numbers for each session. A clock is a list of pages, and clocks share the pages in which
// they agree: most of them say the same of most sessions, above all of those that have ended. Page 0 is all zero, and so
// is clock 0.
type clocks struct {
	sessions int32
	shift    int32   // a page has 1<<shift entries, or one for each session if these are fewer
	width    int32   // how many pages a clock has
	tables   chunked // of each clock: its pages
	pages    chunked
}

// pageShift is that of the largest page: small enough to be mostly shared, large enough that the lists of pages are
// small beside them.
const pageShift = 6

func newClocks(sessions int32) *clocks {
	c := &clocks{sessions: sessions}
	for c.shift < pageShift && 1<<c.shift < sessions {
		c.shift++
	}
	c.width = max(1, (sessions+1<<c.shift-1)>>c.shift)
	c.tables, c.pages = newChunked(c.width), newChunked(min(1<<c.shift, max(1, sessions)))
	c.tables.add()
	c.pages.add()
	return c
}

// bytes returns the memory of all clocks.
func (c *clocks) bytes() int64 { return c.tables.bytes() + c.pages.bytes() }

// at returns the entry of a clock for a session.
func (c *clocks) at(clock, session int32) int32 {
	page := c.tables.of(clock)[session>>c.shift]
	return c.pages.of(page)[session&(1<<c.shift-1)]
}

// mergeInto raises each entry of a plain clock to that of a paged one, and tells whether that changed it.
func (c *clocks) mergeInto(plain []int32, clock int32) bool {
	changed := false
	for i, page := range c.tables.of(clock) {
		if page == 0 {
			continue
		}
		part := plain[i<<c.shift:]
		for s, known := range c.pages.of(page)[:min(len(part), 1<<c.shift)] {
			if known > part[s] {
				part[s], changed = known, true
			}
		}
	}
	return changed
}

// draft is a clock in the making. Its pages are those of other clocks until it must differ.
type draft struct {
	*clocks
	table []int32
	fresh int32 // pages from this one on are the draft's own
}

func newDraft(c *clocks) *draft { return &draft{clocks: c, table: make([]int32, c.width)} }

// begin makes the draft a copy of a clock.
func (d *draft) begin(clock int32) {
	copy(d.table, d.tables.of(clock))
	d.fresh = d.pages.count
}

// raise makes the entry for a session at least n, and tells whether that changed it.
func (d *draft) raise(session, n int32) bool {
	i, at := session>>d.shift, session&(1<<d.shift-1)
	if d.pages.of(d.table[i])[at] >= n {
		return false
	}
	d.own(i)[at] = n
	return true
}

// own returns a page of the draft that may be written to.
func (d *draft) own(i int32) []int32 {
	if page := d.table[i]; page < d.fresh {
		d.table[i] = d.pages.add()
		copy(d.pages.of(d.table[i]), d.pages.of(page))
	}
	return d.pages.of(d.table[i])
}

// merge raises each entry to that of a clock, and tells whether that changed anything. A page that says no less than
// the draft's own takes its place.
func (d *draft) merge(clock int32) bool {
	changed := false
	for i, other := range d.tables.of(clock) {
		mine := d.table[i]
		if mine == other || other == 0 {
			continue
		}
		more, less := compare(d.pages.of(other), d.pages.of(mine))
		switch {
		case !more:
			continue
		case !less:
			d.table[i] = other
		default:
			raise(d.own(int32(i)), d.pages.of(other))
		}
		changed = true
	}
	return changed
}

// compare tells whether some entry of a is more than that of b, and whether some is less.
func compare(a, b []int32) (more, less bool) {
	for i, n := range a {
		more = more || n > b[i]
		less = less || n < b[i]
	}
	return more, less
}

func raise(to, from []int32) {
	for i, n := range from {
		to[i] = max(to[i], n)
	}
}

// end adds the draft to the clocks and returns its number.
func (d *draft) end() int32 {
	clock := d.tables.add()
	copy(d.tables.of(clock), d.table)
	return clock
}

// chunked holds many slices of one size. It grows without copying what it holds.
type chunked struct {
	size   int32 // of a slice
	shift  int32 // a chunk holds 1<<shift of them
	count  int32
	chunks [][]int32
}

// chunkEntries is about how many entries a chunk has.
const chunkEntries = 1 << 14

func newChunked(size int32) chunked {
	c := chunked{size: size}
	for size<<(c.shift+1) <= chunkEntries {
		c.shift++
	}
	return c
}

// add adds a slice of zeros and returns its number.
func (c *chunked) add() int32 {
	at := c.count
	c.count++
	if int(at>>c.shift) == len(c.chunks) {
		c.chunks = append(c.chunks, nil)
	}
	last := &c.chunks[len(c.chunks)-1]
	// The first chunk grows, for most are never full; the others are made at once.
	if need := int(at&(1<<c.shift-1)+1) * int(c.size); len(c.chunks) == 1 {
		*last = slices.Grow(*last, need-len(*last))[:need]
	} else if *last == nil {
		*last = make([]int32, c.size<<c.shift)
	}
	return at
}

func (c *chunked) of(i int32) []int32 {
	from := (i & (1<<c.shift - 1)) * c.size
	return c.chunks[i>>c.shift][from : from+c.size : from+c.size]
}

func (c *chunked) bytes() int64 { return 4 * int64(c.count) * int64(c.size) }
