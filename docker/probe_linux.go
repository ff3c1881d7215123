package docker

import (
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"sunder/harness/protocol"
)

// probeGap is the time between tries to reach a peer; each of them may take as long as all.
const probeGap = 100 * time.Millisecond

// probe connects to each peer, and returns those that could not be reached.
func (a *agent) probe(p probe) []protocol.NodeID {
	a.mu.Lock()
	self, peers := a.self.Self, a.self.Peers
	a.mu.Unlock()
	var mu sync.Mutex
	var deaf []protocol.NodeID
	var all sync.WaitGroup
	for id, address := range peers {
		if id == self {
			continue
		}
		all.Go(func() {
			if !reach(net.JoinHostPort(address, strconv.Itoa(probePort)), p.Patience) {
				mu.Lock()
				defer mu.Unlock()
				deaf = append(deaf, id)
			}
		})
	}
	all.Wait()
	slices.Sort(deaf)
	return deaf
}

// reach tells whether a connection to an address comes about in time. A lost SYN is sent again only after a second, so
// that it makes a new try more often.
func reach(address string, patience time.Duration) bool {
	deadline := time.Now().Add(patience)
	for try := probeGap; ; try = min(2*try, time.Second) {
		conn, err := net.DialTimeout("tcp4", address, max(min(try, time.Until(deadline)), time.Millisecond))
		if err == nil {
			_ = conn.Close()
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(time.Millisecond)
	}
}
