package docker_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"sunder/docker"
	"sunder/harness/cli"
	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
	"sunder/systems"
	"sunder/systems/gossip"
)

// TestMain makes the test binary the command when a container runs it: the image holds the binary of whoever makes it.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "dial-stdio" {
		os.Exit(dialStdio())
	}
	if len(os.Args) > 1 && os.Args[1] == "reach" {
		if slices.ContainsFunc(os.Args[2:], func(address string) bool { return !docker.Reach(address) }) {
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) > 1 && slices.Contains([]string{"node", "nemesis", "run"}, os.Args[1]) {
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// needEngine skips a test where no engine answers. Of a package that passes go test tells that with -v only; .ci/run looks
// for an engine first.
func needEngine(t testing.TB) *docker.Backend {
	t.Helper()
	b := docker.New(docker.Options{})
	if c := b.Examine(t.Context())[0]; !c.OK {
		t.Skipf("there is no engine to run containers: %s", c.Found)
	}
	return b
}

// spec returns a gossip cluster of some replicas and clients.
func spec(replicas, clients int) cluster.Spec {
	s := cluster.Spec{System: gossip.System(), Seed: 1, Config: systems.Config{Object: "register", Timeout: 2 * time.Second, Options: map[string]string{}}}
	for _, o := range s.System.Options {
		s.Config.Options[o.Name] = o.Default
	}
	for i := range replicas {
		s.Config.Replicas = append(s.Config.Replicas, protocol.NodeID("r"+string(rune('1'+i))))
	}
	for i := range clients {
		s.Config.Clients = append(s.Config.Clients, protocol.NodeID("c"+string(rune('1'+i))))
	}
	return s
}

// start starts a cluster, and sees that nothing of it is left when the test is over.
func start(t testing.TB, b *docker.Backend, s cluster.Spec) cluster.Cluster {
	t.Helper()
	c, err := b.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Errorf("closing: %v", err)
		}
		if n, err := docker.Left(context.Background(), docker.RunOf(c)); n != 0 || err != nil {
			t.Errorf("%d containers and networks are left (%v)", n, err)
		}
	})
	return c
}

// await takes notices until one is what is wanted; the others are dropped.
func await[N cluster.Notice](t testing.TB, c cluster.Cluster, within time.Duration) N {
	t.Helper()
	until := c.Now() + within
	for {
		n, err := c.Await(t.Context(), until)
		if err != nil {
			t.Fatal(err)
		}
		switch n := n.(type) {
		case N:
			return n
		case cluster.Reached:
			var want N
			t.Fatalf("no %T within %v", want, within)
		case cluster.NodeDied:
			t.Fatalf("%s died: %s", n.Node, n.Reason)
		}
	}
}

// awaitError takes notices until the run cannot go on, and returns why.
func awaitError(t testing.TB, c cluster.Cluster, within time.Duration) error {
	t.Helper()
	until := c.Now() + within
	for {
		n, err := c.Await(t.Context(), until)
		if err != nil {
			return err
		}
		if _, reached := n.(cluster.Reached); reached {
			t.Fatalf("nothing went wrong within %v", within)
		}
	}
}

// ask does an operation and returns the reply.
func ask(t testing.TB, c cluster.Cluster, client protocol.NodeID, call cluster.CallID, op protocol.Op) protocol.Reply {
	t.Helper()
	c.Invoke(client, call, op)
	for {
		if done := await[cluster.Completion](t, c, 10*time.Second); done.Call == call {
			return done.Reply
		}
	}
}

// during has a fault done while something is looked at, and returns its evidence.
func during(t testing.TB, c cluster.Cluster, index int, f nemesis.Fault, look func()) nemesis.Evidence {
	t.Helper()
	c.Begin(index, f)
	if begun := await[cluster.FaultBegun](t, c, 30*time.Second); begun.Index != index {
		t.Fatalf("fault %d has begun, not %d", begun.Index, index)
	}
	look()
	c.End(index)
	return await[cluster.FaultEnded](t, c, 60*time.Second).Evidence
}
