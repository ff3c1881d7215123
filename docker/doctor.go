package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
)

// Check is what was found of one thing that the backend needs.
type Check struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Optional bool   `json:"optional,omitempty"` // everything can be done without it
	Found    string `json:"found"`
	Todo     string `json:"todo,omitempty"` // what to do if it is not ok
}

// Examine looks at everything that the backend needs. Where no engine answers, there is nothing else to look at.
func (b *Backend) Examine(ctx context.Context) []Check {
	e, err := dial(ctx)
	if err != nil {
		return []Check{{Name: "engine", Found: err.Error(), Todo: "install Docker 20.10 or newer, start it, and see that you may use its socket (`docker info` works then)"}}
	}
	defer e.Close()
	checks := e.examineEngine(ctx)
	checks = append(checks, b.examineKernel(ctx, e)...)
	return append(checks, e.examineSubnets(ctx), e.examineLeftovers(ctx))
}

func (e *engine) examineEngine(ctx context.Context) []Check {
	info, err := e.Info(ctx)
	if err != nil {
		return []Check{{Name: "engine", Found: err.Error(), Todo: "see the engine's log"}}
	}
	memory := Check{Name: "memory", OK: info.MemTotal >= memoryMin, Found: fmt.Sprintf("%d MB, %d processors", info.MemTotal>>20, info.NCPU)}
	if !memory.OK {
		memory.Todo = fmt.Sprintf("give the engine %d MB; a pod takes up to 60", memoryMin>>20)
	}
	return []Check{
		{Name: "engine", OK: true, Found: fmt.Sprintf("version %s at %s, %s", info.ServerVersion, e.DaemonHost(), info.OperatingSystem)},
		{Name: "api", OK: true, Found: fmt.Sprintf("version %s, %s is the oldest that will do", e.version, apiMin)},
		{Name: "cgroup", OK: true, Found: "version " + info.CgroupVersion + "; either will do"},
		{Name: "kernel", OK: true, Found: info.KernelVersion + ", " + info.Architecture},
		memory,
	}
}

// What the engine's machine must have.
const (
	memoryMin = 1 << 30
	diskMin   = 1 << 30
)

// features is what a nemesis finds in its kernel.
type features struct {
	Nftables string `json:"nftables"` // "": it works; else why not
	Queue    string `json:"queue"`
	Netem    string `json:"netem"`
	TBF      string `json:"tbf"`
	FUSE     string `json:"fuse"`
	DiskFree int64  `json:"disk_free"` // bytes
}

// examineKernel starts a container that tries what a nemesis does.
func (b *Backend) examineKernel(ctx context.Context, e *engine) []Check {
	found, err := b.tryKernel(ctx, e)
	if err != nil {
		return []Check{{Name: "container", Found: err.Error(), Todo: "see that the engine can run a container with the capability NET_ADMIN"}}
	}
	feature := func(name, why, use, todo string) Check {
		if why != "" {
			return Check{Name: name, Found: why, Todo: todo}
		}
		return Check{Name: name, OK: true, Found: use}
	}
	spare := func(name, why, instead string) Check {
		if why != "" {
			return Check{Name: name, Optional: true, Found: why, Todo: "nothing: " + instead}
		}
		return Check{Name: name, OK: true, Optional: true, Found: "there; not needed: " + instead}
	}
	disk := Check{Name: "disk", OK: found.DiskFree >= diskMin, Found: fmt.Sprintf("%d MB free where containers are", found.DiskFree>>20)}
	if !disk.OK {
		disk.Todo = "free some; `sunder doctor --clean` removes images and what runs have left"
	}
	return []Check{
		{Name: "container", OK: true, Found: "starts, with the capability NET_ADMIN"},
		feature("nftables", found.Nftables, "works: partitions, pauses", "load the kernel's module nf_tables on the engine's machine (modprobe nf_tables)"),
		feature("nfqueue", found.Queue, "works: weather, delay, loss, duplicate, reorder, corrupt, bandwidth",
			"load the kernel's modules nfnetlink_queue, nft_compat and xt_NFQUEUE on the engine's machine"),
		spare("netem", found.Netem, "the queue (nfqueue) does weather, delay, loss, duplicate, reorder and corrupt"),
		spare("tbf", found.TBF, "the queue (nfqueue) does bandwidth"),
		spare("fuse", found.FUSE, "a node drops what it has not synced by itself; faults of the disk are the simulator's"),
		disk,
	}
}

// tryKernel runs `sunder nemesis --try` in a container and returns what it says.
func (b *Backend) tryKernel(ctx context.Context, e *engine) (f features, err error) {
	run := newRunID()
	defer func() { err = errors.Join(err, e.remove(context.WithoutCancel(ctx), run)) }()
	image, err := e.imageFor(ctx, b.options)
	if err != nil {
		return f, err
	}
	making, done := whole(ctx)
	defer done()
	made, err := e.ContainerCreate(making, &container.Config{
		Image: image, Cmd: []string{"nemesis", "--try"}, Labels: run.labels(), OpenStdin: true, StdinOnce: true,
	}, &container.HostConfig{
		NetworkMode: "none", CapDrop: []string{"ALL"}, CapAdd: nemesisCapabilities(), LogConfig: container.LogConfig{Type: "none"},
	}, nil, nil, run.name("try"))
	if err != nil {
		return f, err
	}
	var log tail
	s, err := e.attach(ctx, made.ID, &log)
	if err != nil {
		return f, err
	}
	defer s.Close()
	if err := e.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		return f, err
	}
	defer context.AfterFunc(ctx, func() { _ = s.out.CloseWithError(ctx.Err()) })() // so that a silent container does not hold it up
	text, err := io.ReadAll(s)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("it says %q: %w%s", text, err, lastLines(log.String()))
	}
	return f, nil
}

// examineSubnets counts the subnets that no network of the engine has.
func (e *engine) examineSubnets(ctx context.Context) Check {
	c := Check{Name: "subnets"}
	networks, err := e.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		c.Found, c.Todo = err.Error(), "see the engine's log"
		return c
	}
	free := subnets
	for i := range subnets {
		for _, n := range networks {
			if overlaps(n, subnet(i)) {
				free--
				break
			}
		}
	}
	c.OK = free > 0
	c.Found = fmt.Sprintf("%d of %d in 198.18.0.0/15 are free; each run takes one", free, subnets)
	if !c.OK {
		c.Todo = "remove networks that are not needed; `sunder doctor --clean` removes what runs have left"
	}
	return c
}

// overlaps tells whether a network of the engine has addresses of a subnet.
func overlaps(n network.Inspect, s netip.Prefix) bool {
	for _, config := range n.IPAM.Config {
		if p, err := netip.ParsePrefix(config.Subnet); err == nil && p.Overlaps(s) {
			return true
		}
	}
	return false
}

// examineLeftovers tells what runs have left that are over.
func (e *engine) examineLeftovers(ctx context.Context) Check {
	c := Check{Name: "leftovers"}
	all, err := e.leftovers(ctx)
	if err != nil {
		c.Found, c.Todo = err.Error(), "see the engine's log"
		return c
	}
	live, dead := 0, 0
	for _, l := range all {
		if l.alive(time.Now()) {
			live++
		} else {
			dead++
		}
	}
	c.OK = dead == 0
	c.Found = fmt.Sprintf("%d runs are under way, %d have left something", live, dead)
	if !c.OK {
		c.Todo = "sunder doctor --clean"
	}
	return c
}
