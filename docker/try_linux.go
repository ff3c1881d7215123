package docker

import (
	"encoding/json"
	"io"

	"golang.org/x/sys/unix"

	"sunder/harness/protocol"
)

// Try does once what a nemesis does, in the network of its own container, and writes what came of it.
func Try(out io.Writer) error {
	var f features
	t := take{Self: "r1", Peers: map[protocol.NodeID]string{"r1": podAddress(subnet(0), 0).String(), "r2": podAddress(subnet(0), 1).String()}}
	rules, err := newFirewall(t)
	if err == nil {
		err = rules.apply(rule{Number: 1, Kind: ruleCut, From: []protocol.NodeID{"r2"}})
	}
	if err == nil {
		_, err = rules.lift(1)
	}
	if err != nil {
		f.Nftables, f.Queue = err.Error(), err.Error()
	} else if err := tryQueue(t, rules); err != nil {
		f.Queue = err.Error()
	}
	f.Netem, f.TBF, f.FUSE = tryQdisc("netem"), tryQdisc("tbf"), tryFilesystem("fuse")
	var disk unix.Statfs_t
	if err := unix.Statfs(diskPath, &disk); err != nil {
		return err
	}
	f.DiskFree = int64(disk.Bavail) * disk.Bsize
	return json.NewEncoder(out).Encode(f)
}

func tryQueue(t take, rules *firewall) error {
	if err := newQueue(t).apply(rule{Number: 2, Kind: ruleWeather, From: []protocol.NodeID{"r2"}}); err != nil {
		return err
	}
	return rules.divert(true)
}
