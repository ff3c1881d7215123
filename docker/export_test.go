package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/pkg/stdcopy"

	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// What tests need to see of a cluster besides what a run does.

// RunOf returns the name of a cluster's run.
func RunOf(c cluster.Cluster) string { return string(c.(*running).run) }

// Deaf returns which nodes a pod cannot reach within a time.
func Deaf(ctx context.Context, c cluster.Cluster, id protocol.NodeID, patience time.Duration) ([]protocol.NodeID, error) {
	a, err := c.(*running).byID[id].do(ctx, order{Probe: &probe{Patience: patience}})
	return a.Deaf, err
}

// Silence stops the heartbeats to the nemesis of a pod.
func Silence(c cluster.Cluster, id protocol.NodeID) {
	r := c.(*running).byID[id].nemesis
	r.mu.Lock()
	r.silent = true
	r.mu.Unlock()
}

// Containers returns the identifiers of a pod's containers at the engine.
func Containers(c cluster.Cluster, id protocol.NodeID) (nemesis, node string) {
	p := c.(*running).byID[id]
	return p.nemesisID, p.nodeID
}

// Lease is how long a nemesis waits for a word.
const Lease = leaseTime

// ClosePatience is how long a connection may take to close.
const ClosePatience = closePatience

// Patient returns a connection that is given up if it does not close in time.
func Patient(c net.Conn) net.Conn { return patientConn{c} }

// EngineDialer returns what connects to the engine that the environment names now.
func EngineDialer() (func() (net.Conn, error), error) {
	e, err := dial(context.Background())
	if err != nil {
		return nil, err
	}
	return func() (net.Conn, error) { return e.Dialer()(context.Background()) }, nil
}

// CrossCompile has the Go toolchain make a binary of sunder, as for an engine that this process's own does not run at.
func CrossCompile(ctx context.Context, arch string) (path string, remove func(), err error) {
	return crossCompile(ctx, "sunder", arch)
}

// EngineArch returns the processor of the engine, as Go names it.
func EngineArch(ctx context.Context) (string, error) {
	e, err := dial(ctx)
	if err != nil {
		return "", err
	}
	defer e.Close()
	server, err := e.ServerVersion(ctx)
	return server.Arch, err
}

// BuildImage has the engine make an image of files, one of them a Dockerfile.
func BuildImage(ctx context.Context, name string, files map[string][]byte) (err error) {
	e, err := dial(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for path, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: path, Mode: 0o755, Size: int64(len(text))}); err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	made, err := e.ImageBuild(ctx, &b, build.ImageBuildOptions{Tags: []string{name}, Version: build.BuilderV1, Remove: true, ForceRemove: true})
	if err != nil {
		return err
	}
	return errors.Join(drain(made.Body), made.Body.Close())
}

// RemoveImage removes an image.
func RemoveImage(ctx context.Context, name string) error {
	e, err := dial(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	_, err = e.ImageRemove(ctx, name, image.RemoveOptions{})
	return err
}

// Address returns the address of a pod.
func Address(c cluster.Cluster, id protocol.NodeID) netip.Addr { return c.(*running).byID[id].address }

// Cut cuts links behind the back of the cluster: it takes them for open.
func Cut(ctx context.Context, c cluster.Cluster, f nemesis.Fault) error {
	r := c.(*running)
	_, err := r.place(ctx, ruleOf(f), chosen(r.spec.Config, f, 0))
	return err
}

// Left returns how many containers and networks the engine has of a run.
func Left(ctx context.Context, run string) (int, error) {
	e, err := dial(ctx)
	if err != nil {
		return 0, err
	}
	defer e.Close()
	all, err := e.leftovers(ctx)
	for _, l := range all {
		if string(l.run) == run {
			return l.things, err
		}
	}
	return 0, err
}

// Runs returns the names of the runs of a process of this computer that the engine has something of.
func Runs(ctx context.Context, pid int) (out []string, err error) {
	e, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	all, err := e.leftovers(ctx)
	for _, l := range all {
		if l.controller == controllerOf(pid) {
			out = append(out, string(l.run))
		}
	}
	return out, err
}

// NemesisLog returns what the nemeses of a run have logged.
func NemesisLog(ctx context.Context, run string) (string, error) {
	e, err := dial(ctx)
	if err != nil {
		return "", err
	}
	defer e.Close()
	containers, err := e.ContainerList(ctx, container.ListOptions{All: true, Filters: runID(run).only()})
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	for _, c := range containers {
		if c.Labels[labelPart] != partNemesis {
			continue
		}
		body, err := e.ContainerLogs(ctx, c.ID, container.LogsOptions{ShowStderr: true})
		if err != nil {
			return "", err
		}
		if _, err := stdcopy.StdCopy(&out, &out, body); err != nil {
			return "", err
		}
		_ = body.Close()
	}
	return out.String(), nil
}

// Reaches runs sunder's own binary in the nemesis container of a run's node, whoever controls it, and tells whether it can
// connect to the nemeses of all of some others. The binary is the test's own, which answers to the word "reach".
func Reaches(ctx context.Context, run string, from protocol.NodeID, to ...protocol.NodeID) (bool, error) {
	e, err := dial(ctx)
	if err != nil {
		return false, err
	}
	defer e.Close()
	containers, err := e.ContainerList(ctx, container.ListOptions{Filters: runID(run).only()})
	if err != nil {
		return false, err
	}
	command := []string{binaryPath, "reach"}
	inside := ""
	for _, c := range containers {
		id := protocol.NodeID(c.Labels[labelNode])
		if c.Labels[labelPart] != partNemesis {
			continue
		}
		if id == from {
			inside = c.ID
		}
		if slices.Contains(to, id) {
			for _, end := range c.NetworkSettings.Networks {
				command = append(command, net.JoinHostPort(end.IPAddress, strconv.Itoa(probePort)))
			}
		}
	}
	if inside == "" || len(command) != 2+len(to) {
		return false, fmt.Errorf("of run %s there are not the nemeses of %s and %v", run, from, to)
	}
	made, err := e.ContainerExecCreate(ctx, inside, container.ExecOptions{Cmd: command, AttachStdout: true})
	if err != nil {
		return false, err
	}
	output, err := e.ContainerExecAttach(ctx, made.ID, container.ExecAttachOptions{})
	if err != nil {
		return false, err
	}
	_, err = io.Copy(io.Discard, output.Reader) // it ends with the process
	output.Close()
	if err != nil {
		return false, err
	}
	ended, err := e.ContainerExecInspect(ctx, made.ID)
	if err == nil && (ended.Running || ended.ExitCode > 1) {
		err = fmt.Errorf("%v: running %t, exit code %d", command, ended.Running, ended.ExitCode)
	}
	return ended.ExitCode == 0, err
}

// Reach tells whether a connection to an address comes about at the first try.
func Reach(address string) bool { return reach(address, probeGap) }

// Kill kills a container from outside.
func Kill(ctx context.Context, id string) error {
	e, err := dial(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	return e.ContainerKill(ctx, id, "KILL")
}

// TwoNetworks makes a network on the first of two subnets, then another that tries both in order, and then a third. It
// returns the subnets that they got, and why the third got none.
func TwoNetworks(ctx context.Context, first, second int) (got []netip.Prefix, refusal, err error) {
	e, err := dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer e.Close()
	for _, order := range [][]int{{first}, {first, second}, {first, second}} {
		run := newRunID()
		_, s, failed := e.createNetworkFrom(ctx, run, order)
		if failed != nil {
			refusal = failed
			continue
		}
		defer func() { err = errors.Join(err, e.remove(context.WithoutCancel(ctx), run)) }()
		got = append(got, s)
	}
	return got, refusal, nil
}

// Memory returns how many bytes the containers of a run use.
func Memory(ctx context.Context, run string) (int64, error) {
	e, err := dial(ctx)
	if err != nil {
		return 0, err
	}
	defer e.Close()
	containers, err := e.ContainerList(ctx, container.ListOptions{Filters: runID(run).only()})
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, c := range containers {
		answer, err := e.ContainerStatsOneShot(ctx, c.ID)
		if err != nil {
			return 0, err
		}
		var stats container.StatsResponse
		err = json.NewDecoder(answer.Body).Decode(&stats)
		_ = answer.Body.Close()
		if err != nil {
			return 0, err
		}
		sum += int64(stats.MemoryStats.Usage)
	}
	return sum, nil
}

// CutAndHeal puts a partition into force and undoes it, and returns how long each took.
func CutAndHeal(ctx context.Context, c cluster.Cluster, f nemesis.Fault) (cut, heal time.Duration, err error) {
	r := c.(*running)
	began := time.Now()
	rules, err := r.place(ctx, ruleOf(f), chosen(r.spec.Config, f, 0))
	cut = time.Since(began)
	if err != nil {
		return 0, 0, err
	}
	began = time.Now()
	err = r.lift(ctx, &fault{Fault: f, counts: nemesis.Evidence{}}, rules)
	return cut, time.Since(began), err
}
