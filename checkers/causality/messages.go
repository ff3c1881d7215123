package causality

import (
	"cmp"
	"slices"

	"sunder/checkers"
	"sunder/harness/protocol"
)

// channel is what travels from one client to another: all messages with one payload, or all that have none.
type channel struct {
	from, to protocol.NodeID
	payload  word
	plain    bool // without payload
}

// match finds for each hear which tell it heard. Front ends deliver in order and once, so the k-th hear heard the
// k-th tell; with messages of unknown fate it may have been a later one, which is as good if it was told by the same
// process, and a doubt if not.
func (b *builder) match() {
	tells, hears := map[channel][]int32{}, map[channel][]int32{}
	for i := range b.roles {
		op, r := &b.h.Operations[i], &b.roles[i]
		if r.tells {
			if c, ok := channelOf(op.Node(), op.Input); ok {
				tells[c] = append(tells[c], int32(i))
			}
		}
		if r.answers {
			if c, ok := channelOf(op.Node(), op.Output); ok {
				c.from, c.to = c.to, c.from
				hears[c] = append(hears[c], int32(i))
			}
		}
	}
	channels := make([]channel, 0, len(hears))
	for c := range hears {
		channels = append(channels, c)
	}
	// In the order of the first hear, so that the doubt does not depend on the order of a map.
	slices.SortFunc(channels, func(c, d channel) int { return cmp.Compare(hears[c][0], hears[d][0]) })
	for _, c := range channels {
		b.matchChannel(tells[c], hears[c])
	}
}

// channelOf reads the value of a tell or a hear at a client: the other client, or a list of it and a payload.
func channelOf(at protocol.NodeID, v protocol.Value) (channel, bool) {
	if other, ok := v.Text(); ok {
		return channel{from: at, to: protocol.NodeID(other), plain: true}, true
	}
	list, _ := v.List()
	if len(list) != 2 {
		return channel{}, false
	}
	other, ok := list[0].Text()
	return channel{from: at, to: protocol.NodeID(other), payload: wordOf(list[1])}, ok
}

func (b *builder) matchChannel(tells, hears []int32) {
	if len(hears) > len(tells) {
		b.doubts("%s heard a message that nobody told it", checkers.Actor(&b.h.Operations[hears[len(hears)-1]]))
		hears = hears[:len(tells)]
	}
	if len(hears) == 0 {
		return
	}
	slack := len(tells) - len(hears)
	if !b.uncertain(tells, hears) {
		slack = 0
	}
	for k, hear := range hears {
		if !b.oneProcess(tells[k : k+slack+1]) {
			b.doubts("it is unclear which message %s heard", checkers.Actor(&b.h.Operations[hear]))
			continue
		}
		b.roles[hear].heard = tells[k]
		b.roles[tells[k]].heard = hear
	}
}

// uncertain tells whether some message may have been lost or taken without our knowing.
func (b *builder) uncertain(tells, hears []int32) bool {
	for _, i := range tells {
		if b.h.Operations[i].Outcome != protocol.OK {
			return true
		}
	}
	at := b.h.Operations[hears[0]].Node()
	for i := range b.h.Operations {
		op := &b.h.Operations[i]
		if op.F == "hear" && op.Node() == at && op.Outcome == protocol.Info {
			return true
		}
	}
	return false
}

func (b *builder) oneProcess(ops []int32) bool {
	for _, i := range ops {
		if b.h.Operations[i].Process != b.h.Operations[ops[0]].Process {
			return false
		}
	}
	return true
}
