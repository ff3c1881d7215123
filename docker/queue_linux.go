package docker

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/florianl/go-nfqueue/v2"
	"golang.org/x/sys/unix"

	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// queueMax is how many packets wait at most; more than that are dropped by the kernel, and counted by it.
const queueMax = 16384

// queue lets packets into the pod as the rules of weather say. The kernel hands each packet over and waits for a verdict;
// a packet's verdict is held until its time has come.
type queue struct {
	self    take
	of      map[[4]byte]protocol.NodeID
	started func() // stops it; nil: it does not run

	mu     sync.Mutex
	rand   *prng.Rand
	rules  map[int]*queueRule
	late   packets
	number uint64
	paths  map[[4]byte]*link
	wake   chan struct{}
	kernel *nfqueue.Nfqueue
	inject *injector
}

// queueRule is a rule of weather in force, and what it did.
type queueRule struct {
	rule
	from      map[[4]byte]bool
	counts    map[string]int64
	checksums int64                 // that were wrong when it began
	free      map[[4]byte]time.Time // by source: when the bytes so far have passed its limit
}

// link is the way from one peer.
type link struct {
	last time.Time // when the latest packet that keeps its order is let in
	let  uint64    // number of the latest packet that was let in
}

// packet waits for its verdict.
type packet struct {
	at        time.Time
	number    uint64 // in the order of arrival
	id        uint32 // the kernel's
	from      [4]byte
	changed   []byte     // nil: it is as it was
	reordered *queueRule // that lets it be overtaken
	copies    int
	payload   []byte
}

func newQueue(t take) *queue {
	q := &queue{wake: make(chan struct{}, 1)}
	q.take(t)
	return q
}

// take makes the queue one of a pod that was taken, as if it had been opened for it. Nothing may be diverted into it.
func (q *queue) take(t take) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.started != nil {
		q.hurry() // what still came when nothing was diverted any more
	}
	q.self, q.rand, q.of = t, prng.New(t.Seed).Split(string(t.Self)), map[[4]byte]protocol.NodeID{}
	q.rules, q.paths = map[int]*queueRule{}, map[[4]byte]*link{}
	for id, address := range t.Peers {
		if ip := net.ParseIP(address).To4(); ip != nil {
			q.of[[4]byte(ip)] = id
		}
	}
}

// apply puts a rule into force. The packets must be diverted into the queue after that.
func (q *queue) apply(r rule) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.rules[r.Number] != nil {
		return fmt.Errorf("rule %d is in force already", r.Number)
	}
	if q.started == nil {
		if err := q.start(); err != nil {
			return err
		}
	}
	added := &queueRule{rule: r, from: map[[4]byte]bool{}, counts: map[string]int64{}, free: map[[4]byte]time.Time{}}
	for address, id := range q.of {
		if slices.Contains(r.From, id) {
			added.from[address] = true
		}
	}
	var err error
	if r.Weather.Corrupt > 0 {
		added.checksums, err = badChecksums()
	}
	q.rules[r.Number] = added
	return err
}

// last tells whether a rule is the only one in force.
func (q *queue) last(number int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.rules) == 1 && q.rules[number] != nil
}

// lift takes a rule away and returns what it did. What waits is let in: at once, if the rule was the last.
func (q *queue) lift(number int) (map[string]int64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.rules[number]
	if r == nil {
		return nil, fmt.Errorf("there is no rule %d", number)
	}
	delete(q.rules, number)
	if r.Weather.Limit > 0 || len(q.rules) == 0 {
		q.hurry()
	}
	if r.Weather.Corrupt > 0 {
		now, err := badChecksums()
		if err != nil {
			return nil, err
		}
		r.counts["dropped"] = now - r.checksums
	}
	return maps.Clone(r.counts), nil
}

// hurry lets in all that waits.
func (q *queue) hurry() {
	for q.late.Len() > 0 {
		q.letIn(heap.Pop(&q.late).(*packet))
	}
	for _, p := range q.paths {
		p.last = time.Time{}
	}
}

// clear takes all rules away.
func (q *queue) clear() {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.rules)
	if q.started != nil {
		q.hurry()
	}
}

// start opens the queue. It stays open: without a rule that diverts packets it costs nothing.
func (q *queue) start() error {
	kernel, err := nfqueue.Open(&nfqueue.Config{
		NfQueue: queueNumber, MaxPacketLen: 0xffff, MaxQueueLen: queueMax, Copymode: nfqueue.NfQnlCopyPacket,
		AfFamily: unix.AF_INET, WriteTimeout: time.Second,
	})
	if err != nil {
		return err
	}
	_ = kernel.Con.SetReadBuffer(8 << 20) // as much as the kernel allows: it is there for bursts
	if q.inject, err = newInjector(); err != nil {
		return errors.Join(err, kernel.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	q.kernel, q.started = kernel, cancel
	if err := kernel.RegisterWithErrorFunc(ctx, q.arrive, func(error) int { return 0 }); err != nil {
		cancel()
		q.started = nil
		return err
	}
	go q.run(ctx)
	return nil
}

// arrive decides what becomes of a packet.
func (q *queue) arrive(a nfqueue.Attribute) int {
	if a.PacketID == nil || a.Payload == nil || len(*a.Payload) < 20 {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.number++
	p := &packet{at: time.Now(), number: q.number, id: *a.PacketID, from: [4]byte((*a.Payload)[12:16]), payload: slices.Clone(*a.Payload)}
	if !q.weather(p) {
		_ = q.kernel.SetVerdict(p.id, nfqueue.NfDrop)
		return 0
	}
	heap.Push(&q.late, p)
	q.poke()
	return 0
}

// weather does to a packet what the rules say, and tells whether it goes on.
func (q *queue) weather(p *packet) bool {
	arrived := p.at
	for _, number := range slices.Sorted(maps.Keys(q.rules)) {
		r := q.rules[number]
		if !r.from[p.from] {
			continue
		}
		w := r.Weather
		if q.rand.Chance(w.Loss) {
			r.counts["dropped"]++
			return false
		}
		if w.Corrupt > 0 && q.rand.Chance(w.Corrupt) {
			p.changed = flip(p.payload, q.rand)
			r.counts["corrupted"]++
		}
		if q.rand.Chance(w.Duplicate) {
			p.copies++
			r.counts["duplicated"]++
		}
		if w.Latency.Max > 0 {
			p.at = p.at.Add(q.rand.Between(w.Latency.Min, w.Latency.Max))
			r.counts["delayed"]++
		}
		if w.Limit > 0 {
			q.limit(r, p)
		}
		if q.rand.Chance(w.Reorder) {
			p.reordered = r
		}
	}
	way := q.paths[p.from]
	if way == nil {
		way = &link{}
		q.paths[p.from] = way
	}
	if p.reordered != nil {
		// Not before those ahead of it, and late enough that what comes behind it passes.
		if p.at.Before(way.last) {
			p.at = way.last
		}
		p.at = p.at.Add(reorderedBy + q.rand.Between(0, p.at.Sub(arrived)))
		return true
	}
	if p.at.Before(way.last) {
		p.at = way.last
	}
	way.last = p.at
	return true
}

// reorderedBy is how much later at least a packet comes that may be overtaken.
const reorderedBy = 5 * time.Millisecond

// limit makes a packet wait until all before it have passed, and take the time of its bytes.
func (q *queue) limit(r *queueRule, p *packet) {
	if free := r.free[p.from]; free.After(p.at) {
		p.at = free
		r.counts["queued"]++
	}
	p.at = p.at.Add(time.Duration(int64(len(p.payload)) * int64(time.Second) / int64(r.Weather.Limit)))
	r.free[p.from] = p.at
	r.counts["carried"] += int64(len(p.payload))
}

// run lets packets in when their time has come.
func (q *queue) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		q.mu.Lock()
		next := time.Hour
		for q.late.Len() > 0 {
			if next = time.Until(q.late[0].at); next > 0 {
				break
			}
			q.letIn(heap.Pop(&q.late).(*packet))
			next = time.Hour
		}
		q.mu.Unlock()
		timer.Reset(next)
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-timer.C:
		}
	}
}

// poke makes run look again.
func (q *queue) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// letIn gives a packet its verdict.
func (q *queue) letIn(p *packet) {
	if p.changed != nil {
		_ = q.kernel.SetVerdictWithOption(p.id, nfqueue.NfAccept, nfqueue.WithAlteredPacket(p.changed))
	} else {
		_ = q.kernel.SetVerdict(p.id, nfqueue.NfAccept)
	}
	way := q.paths[p.from]
	if p.reordered != nil && way.let > p.number {
		p.reordered.counts["reordered"]++
	}
	way.let = max(way.let, p.number)
	for range p.copies {
		q.again(p)
	}
}

// flip returns a packet with one bit of its TCP segment flipped; the checksum stays what it was, and finds it out.
func flip(payload []byte, r *prng.Rand) []byte {
	changed := slices.Clone(payload)
	head := int(changed[0]&0x0f) * 4
	if body := len(changed) - head; body > 0 {
		bit := r.IntN(body * 8)
		changed[head+bit/8] ^= 1 << (bit % 8)
	}
	return changed
}

// packets is a heap of those that wait, the earliest first.
type packets []*packet

func (h packets) Len() int { return len(h) }
func (h packets) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].number < h[j].number
}
func (h packets) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *packets) Push(x any)   { *h = append(*h, x.(*packet)) }
func (h *packets) Pop() any {
	old := *h
	p := old[len(old)-1]
	*h = old[:len(old)-1]
	return p
}
