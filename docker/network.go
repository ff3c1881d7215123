package docker

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/network"
)

// The addresses of runs are taken from 198.18.0.0/15, which RFC 2544 sets aside for tests of networks: no real host has
// one of them. Each run has a /24 of its own. The engine refuses one that is taken, at once and for good, so that two
// runs never have the same, whichever processes they belong to.
const (
	subnets     = 512
	subnetPods  = 250 // pods that fit into one
	subnetFirst = 2   // the last byte of the first pod's address; 1 is the gateway's
)

// subnet returns the i-th /24.
func subnet(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{198, byte(18 + i/256), byte(i % 256), 0}), 24)
}

// podAddress returns the address of the i-th pod of a run.
func podAddress(s netip.Prefix, i int) netip.Addr {
	b := s.Addr().As4()
	b[3] = byte(subnetFirst + i)
	return netip.AddrFrom4(b)
}

// subnets returns all subnets in the order in which the run tries them: each run begins elsewhere.
func (r runID) subnets() []int {
	first, _ := strconv.ParseUint(string(r), 16, 64) // an identifier that is no number begins at 0
	order := make([]int, subnets)
	for i := range order {
		order[i] = (int(first%subnets) + i) % subnets
	}
	return order
}

// createNetwork makes the network of a run on a subnet that is free.
func (e *engine) createNetwork(ctx context.Context, run runID) (string, netip.Prefix, error) {
	return e.createNetworkFrom(ctx, run, run.subnets())
}

// createNetworkFrom tries the subnets in the order given.
func (e *engine) createNetworkFrom(ctx context.Context, run runID, order []int) (string, netip.Prefix, error) {
	var last error
	for _, i := range order {
		s := subnet(i)
		making, done := whole(ctx)
		made, err := e.NetworkCreate(making, run.name(), network.CreateOptions{
			Driver: "bridge",
			IPAM:   &network.IPAM{Config: []network.IPAMConfig{{Subnet: s.String(), Gateway: podAddress(s, -1).String()}}},
			Labels: run.labels(),
		})
		done()
		if err == nil {
			return made.ID, s, ctx.Err()
		}
		if !isOverlap(err) {
			return "", netip.Prefix{}, fmt.Errorf("docker: the network of the run: %w", err)
		}
		last = err
	}
	return "", netip.Prefix{}, fmt.Errorf("docker: none of the %d subnets of 198.18.0.0/15 is free (%w); `sunder doctor --clean` removes what runs have left", len(order), last)
}

// whole returns the context of a request that makes something at the engine. It does not end with ctx: the engine may carry
// out a request whose client has gone, and then something is there after all that was there has been removed.
func whole(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), patience)
}

// isOverlap tells whether a subnet was refused because it is taken. The engine has no code of its own for that.
func isOverlap(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "overlap") || strings.Contains(text, "already in use")
}
