package docker

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"sunder/harness/node"
	"sunder/harness/protocol"
)

const (
	diskPath = "/data" // of a node's disk, in its container
	nodePort = "7000"  // where a node listens for the others
)

// patience is how long a pod may take to do what it is told: a machine that is busy is slow.
const patience = 60 * time.Second

// pod is a node of the network for a run: two containers, and what the run does to them.
type pod struct {
	*hull
	id      protocol.NodeID
	cluster *running
	order   int // among the pods of the run

	log     tail // of the nemesis
	nodeLog tail // of the node's process, over all its lives

	doing   sync.Mutex // held by whoever stops or starts the node's process, for these:
	boots   uint64
	crashes int  // faults that keep the node down
	paused  bool // its process is stopped
	wipe    bool // its disk is lost when it starts again
	away    bool // it is not in the cluster: only a join starts it

	ruling  sync.Mutex    // held by whoever tells the process of rules, or to leave
	rules   map[int]ruled // that it is to carry out, also after it has started again, by fault
	leaving *fault        // that asks it to leave, also after it has started again; it may last until after the fault

	mu      sync.Mutex
	process *process // nil: down
}

// ruled is a rule that a node is to carry out, and the fault that it is for.
type ruled struct {
	node.Rule
	fault *fault
}

// process is one life of a node.
type process struct {
	remote *node.Remote
	said   *spout // by the process, for a person
	log    tail
	begun  bool // its machine was started
	asked  bool // somebody killed it
	ready  node.Ready
}

// logs of a nemesis say what it did and why; they cannot grow without bounds, nor can they be switched off.
func nemesisLogs() container.LogConfig {
	return container.LogConfig{Type: "local", Config: map[string]string{"max-size": "1m", "max-file": "1", "compress": "false"}}
}

// thrift is the environment of processes of which there are dozens on a few processors: each needs one at most, and finds
// garbage seldom worth collecting.
func thrift() []string { return []string{"GOMAXPROCS=1", "GOGC=400"} }

// nemesisCapabilities are what a nemesis needs: to change its network, to put packets into it, and to kill.
func nemesisCapabilities() []string { return []string{"NET_ADMIN", "NET_RAW", "KILL"} }

// occupy makes the pod one of the run: its containers are there, or made, and its nemesis knows the other pods.
func (p *pod) occupy(ctx context.Context) error {
	c := p.cluster
	p.onLoss(func(err error) { c.lost(p, err) })
	p.said.turn(&p.log)
	if p.nemesisID == "" {
		if err := p.createNemesis(ctx); err != nil {
			return err
		}
		if err := p.createNode(ctx); err != nil {
			return err
		}
	}
	_, err := p.do(ctx, order{Take: &take{Self: p.id, Peers: c.addresses(), Lease: leaseTime, Seed: c.spec.Seed}})
	return err
}

// createNemesis makes the container that owns the pod's namespaces, and starts it.
func (p *pod) createNemesis(ctx context.Context) error {
	c := p.cluster
	making, done := whole(ctx)
	defer done()
	made, err := c.engine.ContainerCreate(making, &container.Config{
		Image: c.image, Cmd: []string{"nemesis"}, Env: thrift(), Hostname: string(p.id), Labels: c.run.labels(labelNode, string(p.id), labelPart, partNemesis),
		OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true,
	}, &container.HostConfig{
		NetworkMode: container.NetworkMode(c.network), CapDrop: []string{"ALL"}, CapAdd: nemesisCapabilities(),
		ReadonlyRootfs: true, LogConfig: nemesisLogs(),
	}, &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{
		c.network: {IPAMConfig: &network.EndpointIPAMConfig{IPv4Address: p.address.String()}},
	}}, nil, c.run.name(string(p.id), partNemesis))
	if err != nil {
		return fmt.Errorf("the pod of %s: %w", p.id, err)
	}
	p.nemesisID = made.ID
	s, err := c.engine.attach(ctx, p.nemesisID, &p.said)
	if err != nil {
		return err
	}
	p.nemesis = newRemote(s, p.isLost)
	if err := c.joinNetwork(ctx, p.nemesisID); err != nil {
		return fmt.Errorf("the pod of %s: %w", p.id, err)
	}
	return nil
}

// joinNetwork starts a container that is to have an address of its own, one at a time: an engine (20.10) that lets several
// join a network at once can lose count of them, and then never lets go of the network.
func (s *site) joinNetwork(ctx context.Context, id string) error {
	s.joining.Lock()
	defer s.joining.Unlock()
	return s.engine.ContainerStart(ctx, id, container.StartOptions{})
}

// createNode makes the container of the node's process.
func (p *pod) createNode(ctx context.Context) error {
	c := p.cluster
	making, done := whole(ctx)
	defer done()
	made, err := c.engine.ContainerCreate(making, &container.Config{
		Image: c.image, Cmd: []string{"node"}, Env: thrift(), Labels: c.run.labels(labelNode, string(p.id), labelPart, partNode),
		OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true,
	}, &container.HostConfig{
		NetworkMode: container.NetworkMode("container:" + p.nemesisID), PidMode: container.PidMode("container:" + p.nemesisID),
		CapDrop: []string{"ALL"}, LogConfig: container.LogConfig{Type: "none"},
	}, nil, nil, c.run.name(string(p.id), partNode))
	if err != nil {
		return fmt.Errorf("the node %s: %w", p.id, err)
	}
	p.nodeID = made.ID
	return nil
}

// do gives the pod's nemesis an order.
func (p *pod) do(ctx context.Context, o order) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a, err := p.nemesis.do(ctx, o)
	if err != nil {
		err = fmt.Errorf("the nemesis of %s: %w%s", p.id, err, lastLines(p.log.String()))
	}
	return a, err
}

// launch starts the node's process, unless one waits to be told what to be, and tells it. It listens then, but its machine
// is not started yet.
func (p *pod) launch(ctx context.Context) (*process, error) {
	c := p.cluster
	boot, wipe := p.boots, p.wipe
	if p.boots == 0 {
		wipe = p.use()
	}
	p.boots++
	p.wipe = false
	life, err := p.inhabit(ctx)
	if err != nil {
		return nil, err
	}
	config := c.spec.Config
	life.ready, err = life.remote.Configure(ctx, node.Configure{
		System: c.spec.System.Name, Object: config.Object, Options: config.Options, Mutant: config.Mutant, Node: p.id,
		Replicas: config.Replicas, Spares: config.Spares, Clients: config.Clients, Timeout: config.Timeout, Seed: c.spec.Seed, Boot: boot,
		Listen: ":" + nodePort, Dir: diskPath, Wipe: wipe, SyncMin: c.spec.Disk.Sync.Min, SyncMax: c.spec.Disk.Sync.Max, Lease: nodeLease,
	})
	if err != nil {
		return nil, fmt.Errorf("the node %s: %w%s", p.id, err, lastLines(life.log.String()))
	}
	return life, nil
}

// inhabit takes the process that waits in the hull, or starts one.
func (p *pod) inhabit(ctx context.Context) (*process, error) {
	c, life := p.cluster, &process{}
	hear := func(e node.Event) { c.hear(p, life, e) }
	log := io.MultiWriter(&life.log, &p.nodeLog)
	if v := p.enter(); v != nil {
		life.said, life.remote = v.said, v.remote
		life.said.turn(log)
		life.remote.Attend(c.facts, hear)
		p.live(life)
		return life, nil
	}
	life.said = &spout{to: log}
	s, err := c.engine.attach(ctx, p.nodeID, life.said)
	if err != nil {
		return nil, err
	}
	life.remote = node.NewRemote(s, c.facts, hear)
	p.live(life)
	if err := c.engine.ContainerStart(ctx, p.nodeID, container.StartOptions{}); err != nil {
		return nil, fmt.Errorf("the node %s: %w", p.id, err)
	}
	return life, nil
}

// live makes a process the node's own.
func (p *pod) live(life *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.process = life
}

// vacate undoes all that the run did to the pod, so that another may have it: nothing is in force, and the node's process
// begins anew. What is on its disk the next one wipes off.
func (p *pod) vacate(ctx context.Context) error {
	if _, err := p.do(ctx, order{Vacate: &vacate{}}); err != nil {
		return err
	}
	if life := p.alive(); life != nil {
		if err := life.remote.Renew(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.id, err)
		}
		life.said.turn(nil)
		p.leave(&vacant{said: life.said, remote: life.remote})
		p.live(nil)
	}
	p.said.turn(nil)
	p.onLoss(nil)
	return nil
}

// nodeLease is how long a node goes on without a word of the controller.
const nodeLease = 10 * time.Second

// begin starts the machine, with the rules that are in force.
func (p *pod) begin(ctx context.Context, life *process) error {
	p.ruling.Lock()
	defer p.ruling.Unlock()
	for _, number := range slices.Sorted(maps.Keys(p.rules)) {
		if err := life.remote.Begin(ctx, p.rules[number].Rule); err != nil {
			return fmt.Errorf("the node %s: %w%s", p.id, err, lastLines(life.log.String()))
		}
	}
	if err := life.remote.Start(ctx, node.Start{Now: p.cluster.Now(), Peers: p.cluster.peers()}); err != nil {
		return fmt.Errorf("the node %s: %w%s", p.id, err, lastLines(life.log.String()))
	}
	life.begun = true
	if p.leaving != nil {
		if err := life.remote.Leave(ctx); err != nil {
			return fmt.Errorf("the node %s: %w%s", p.id, err, lastLines(life.log.String()))
		}
	}
	return nil
}

// alive returns the node's process, nil if it is down.
func (p *pod) alive() *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.process
}

// close lets go of the stream of the node's process, if there is one.
func (p *pod) close() {
	if life := p.alive(); life != nil {
		_ = life.remote.Close() // its container is gone
	}
}

// lastMax is how many bytes of a log stand in an error at most.
const lastMax = 4 << 10

// lastLines returns the end of a log as a part of an error's text.
func lastLines(log string) string {
	log = strings.TrimSpace(log[max(0, len(log)-lastMax):])
	if log == "" {
		return ""
	}
	lines := strings.Split(log, "\n")
	return "; the end of its log: " + strings.Join(lines[max(0, len(lines)-5):], " | ")
}
