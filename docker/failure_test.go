package docker_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sunder/docker"
	"sunder/harness/cluster"
	"sunder/harness/protocol"
	"sunder/nemesis"
)

// refused starts a cluster that cannot start, and returns why.
func refused(t *testing.T, b *docker.Backend, s cluster.Spec) string {
	t.Helper()
	c, err := b.Start(t.Context(), s)
	if err == nil {
		_ = c.Close(context.Background())
		t.Fatal("it starts")
	}
	return err.Error()
}

func TestNoEngine(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "none.sock"))
	if why := refused(t, docker.New(docker.Options{}), spec(1, 1)); !strings.Contains(why, "no engine answers at unix://") || !strings.Contains(why, "sunder doctor") {
		t.Error(why)
	}
	if checks := docker.New(docker.Options{}).Examine(t.Context()); len(checks) != 1 || checks[0].OK || checks[0].Todo == "" {
		t.Errorf("the doctor says %+v", checks)
	}
	if _, err := docker.New(docker.Options{}).Clean(t.Context()); err == nil {
		t.Error("there is something to clean")
	}
}

// TestNoRightToTheEngine looks at a socket that may not be used. Root may use all, and so an engine that says no stands
// in for it.
func TestNoRightToTheEngine(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	}))
	defer server.Close()
	t.Setenv("DOCKER_HOST", "tcp://"+server.Listener.Addr().String())
	if why := refused(t, docker.New(docker.Options{}), spec(1, 1)); !strings.Contains(why, "docker: ") {
		t.Error(why)
	}
}

func TestAnEngineThatIsTooOldOrAnother(t *testing.T) {
	for _, test := range []struct{ api, os, says string }{
		{"1.40", "linux", "has API 1.40; 1.41"}, {"1.45", "windows", "runs windows containers"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("API-Version", test.api)
			w.Header().Set("OSType", test.os)
		}))
		t.Setenv("DOCKER_HOST", "tcp://"+server.Listener.Addr().String())
		if why := refused(t, docker.New(docker.Options{}), spec(1, 1)); !strings.Contains(why, test.says) {
			t.Errorf("%q does not say %q", why, test.says)
		}
		server.Close()
	}
}

func TestASubnetThatIsTaken(t *testing.T) {
	needEngine(t)
	got, refusal, err := docker.TwoNetworks(t.Context(), 511, 510)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].String() != "198.19.255.0/24" || got[1].String() != "198.19.254.0/24" {
		t.Errorf("the networks have %v", got)
	}
	if refusal == nil || !strings.Contains(refusal.Error(), "none of the 2 subnets") {
		t.Errorf("where both are taken: %v", refusal)
	}
}

func TestAnImageThatCannotBeBuilt(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no binary"), 0o666); err != nil {
		t.Fatal(err)
	}
	needEngine(t)
	for binary, says := range map[string]string{text: "is no Linux binary", text + ".gone": "no such file"} {
		if why := refused(t, docker.New(docker.Options{Binary: binary}), spec(1, 1)); !strings.Contains(why, says) {
			t.Errorf("%q does not say %q", why, says)
		}
	}
}

// TestANodeThatExitsAtStart starts a system that the binary in the image does not know.
func TestANodeThatExitsAtStart(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	s := spec(2, 1)
	s.System.Name = "unheard-of"
	if why := refused(t, b, s); !strings.Contains(why, "the node r1") || !strings.Contains(why, "unheard-of") {
		t.Error(why)
	}
}

// long is a scenario in which nothing ends by itself for a while.
const long = `
about: A partition that lasts.
backends: [docker]
system: gossip
replicas: 2
clients: 2
duration: 120s
workload: {object: register, rate: 20/s}
nemesis:
  - {at: 0s, fault: partition, groups: "r1 c1 | r2 c2"}
expect: {holds: [causal]}
`

// controllerAt starts a controller of its own process that runs long, and waits until its pods are cut.
func controllerAt(t *testing.T) (command *exec.Cmd, run string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "long.yaml"), []byte(long), 0o666); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command = exec.Command(self, "run", "long.yaml", "--backend", "docker")
	command.Dir = dir
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		runs, err := docker.Runs(t.Context(), command.Process.Pid)
		if err != nil || len(runs) == 0 {
			continue
		}
		if log, err := docker.NemesisLog(t.Context(), runs[0]); err == nil && strings.Count(log, `"kind":"cut"`) == 4 {
			return command, runs[0]
		}
	}
	_ = command.Process.Kill()
	t.Fatal("the controller has cut nothing")
	return nil, ""
}

// acrossLong tells whether all links of long that its partition cuts are open: a connection needs both directions.
func acrossLong(ctx context.Context, run string) (bool, error) {
	for _, from := range []protocol.NodeID{"r1", "c1"} {
		if open, err := docker.Reaches(ctx, run, from, "r2", "c2"); !open {
			return false, err
		}
	}
	return true, nil
}

// TestAControllerThatIsKilled kills the controller in the middle of a partition: the nemeses heal by themselves within
// their lease, all links are open again, and what is left can be found and removed.
func TestAControllerThatIsKilled(t *testing.T) {
	b := needEngine(t)
	t.Parallel()
	command, run := controllerAt(t)
	for _, link := range [][2]protocol.NodeID{{"r1", "r2"}, {"r1", "c2"}, {"c1", "r2"}, {"c1", "c2"}} {
		if open, err := docker.Reaches(t.Context(), run, link[0], link[1]); open || err != nil {
			t.Errorf("%v in the partition: open %t (%v)", link, open, err)
		}
	}
	if open, err := docker.Reaches(t.Context(), run, "r1", "c1"); !open || err != nil {
		t.Errorf("the links of one side: open %t (%v)", open, err)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	_ = command.Wait()             // it was killed
	const margin = 2 * time.Second // to look takes time, too
	open, err := false, error(nil)
	for ; !open && time.Since(killed) < docker.Lease+margin; time.Sleep(50 * time.Millisecond) {
		open, err = acrossLong(t.Context(), run)
	}
	if took := time.Since(killed); !open || took > docker.Lease+margin {
		t.Errorf("%v after the controller was killed: links open %t (%v)", took, open, err)
	}
	healed := 0
	for deadline := time.Now().Add(2 * docker.Lease); healed < 4 && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		log, err := docker.NemesisLog(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		healed = strings.Count(log, "\nhealed\n")
	}
	if healed != 4 {
		t.Errorf("%d of 4 pods have healed", healed)
	}
	done, err := b.Clean(t.Context())
	if !strings.Contains(strings.Join(done, "\n"), "removed what run "+run) {
		t.Errorf("cleaning: %v, %q", err, done) // what others have left may stay, and is no matter here
	}
	if n, err := docker.Left(t.Context(), run); n != 0 || err != nil {
		t.Errorf("%d things are left (%v)", n, err)
	}
}

// TestAnInterrupt ends a run as Ctrl-C does.
func TestAnInterrupt(t *testing.T) {
	needEngine(t)
	t.Parallel()
	command, run := controllerAt(t)
	if err := command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := command.Wait(); !errors.As(err, &ended) || ended.ExitCode() != 130 {
		t.Errorf("it ends with %v, want exit code 130", err)
	}
	if n, err := docker.Left(t.Context(), run); n != 0 || err != nil {
		t.Errorf("%d things are left (%v)", n, err)
	}
}

// TestAnInterruptAtAnyMoment interrupts commands that do several runs, while the first is on its way up, or while one run
// follows the other on the same pods.
func TestAnInterruptAtAnyMoment(t *testing.T) {
	needEngine(t)
	t.Parallel()
	for _, after := range []time.Duration{200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 7 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			short := strings.ReplaceAll(strings.ReplaceAll(long, "120s", "500ms"), "{at: 0s,", "{at: 0s, for: 200ms,") + "recovery: 100ms\n"
			if err := os.WriteFile(filepath.Join(folder, "short.yaml"), []byte(short), 0o666); err != nil {
				t.Fatal(err)
			}
			command, said := controller(t, folder, "run", "short.yaml", "--seeds", "1000", "--backend", "docker", "--workers", "2")
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(after)
			if err := command.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			if code := exitCode(command.Wait()); code != 130 {
				t.Errorf("it ends with %d: %s", code, said)
			}
			time.Sleep(2 * time.Second) // an engine that was still at something would be done with it
			if runs, err := docker.Runs(t.Context(), command.Process.Pid); err != nil || len(runs) > 0 {
				t.Errorf("runs are left: %v (%v)", runs, err)
			}
		})
	}
}

func TestWhatCannotBeDoneIsRefused(t *testing.T) {
	b := docker.New(docker.Options{})
	s := spec(3, 3)
	for _, test := range []struct {
		fault nemesis.Fault
		says  string
	}{
		{nemesis.Fault{Kind: nemesis.Slow, Target: nemesis.Target{Word: nemesis.One}}, "for each event"},
		{nemesis.Fault{Kind: nemesis.Disk, Mode: nemesis.Flip, Target: nemesis.Target{Word: nemesis.One}}, "another file system"},
		{nemesis.Fault{Kind: nemesis.Corrupt, Mode: nemesis.Delivered, Chance: 1}, "never delivered"},
		{nemesis.Fault{Kind: nemesis.Corrupt, Mode: nemesis.Detected, Message: "GOSSIP", Chance: 1}, "whose message"},
		{nemesis.Fault{Kind: nemesis.Drop, Count: 1, Links: nemesis.Links{{From: nemesis.Anybody, To: "r1"}}}, "counted together"},
		{nemesis.Fault{Kind: nemesis.Pause, Target: nemesis.Target{Nodes: s.Config.Replicas[:0:0]}, Links: nemesis.Links{{From: "r9", To: "r1"}}}, `no node "r9"`},
		{nemesis.Fault{Kind: "earthquake"}, "no such fault"},
	} {
		errs := b.Refuses(s, nemesis.Schedule{{At: time.Second, Fault: test.fault}})
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), test.says) {
			t.Errorf("%s: %v does not say %q", test.fault, errs, test.says)
		}
	}
	fine := nemesis.Schedule{{Fault: nemesis.Fault{Kind: nemesis.Drop, Count: 1, Links: nemesis.Links{{From: "r1", To: nemesis.Anybody}}}}}
	if errs := b.Refuses(s, fine); len(errs) > 0 {
		t.Errorf("refused: %v", errs)
	}
}
