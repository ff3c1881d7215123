package docker_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"sunder/docker"
	"sunder/harness/protocol"
)

// answers starts a cluster and tells whether it does what it is there for.
func answers(t *testing.T, b *docker.Backend) {
	t.Helper()
	c := start(t, b, spec(1, 1))
	if r := ask(t, c, "c1", 1, protocol.Op{F: "read", Key: "x", Via: "r1"}); r.Outcome != protocol.OK {
		t.Errorf("a read: %+v", r)
	}
}

// TestABinaryOrAnImageOfOnesOwn has the toolchain make a binary, as where this process's own does not run at the engine,
// and runs it in an image of sunder's, and in one that the Dockerfile makes.
func TestABinaryOrAnImageOfOnesOwn(t *testing.T) {
	needEngine(t)
	t.Parallel()
	arch, err := docker.EngineArch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	binary, remove, err := docker.CrossCompile(t.Context(), arch)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	t.Run("binary", func(t *testing.T) { answers(t, docker.New(docker.Options{Binary: binary})) })
	t.Run("Dockerfile", func(t *testing.T) {
		text, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		how, err := os.ReadFile("Dockerfile")
		if err != nil {
			t.Fatal(err)
		}
		const name = "sunder-of-a-test:latest"
		if err := docker.BuildImage(t.Context(), name, map[string][]byte{"Dockerfile": how, "sunder": text}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := docker.RemoveImage(context.Background(), name); err != nil {
				t.Error(err)
			}
		})
		answers(t, docker.New(docker.Options{Image: name}))
	})
	remove()
	if _, err := os.Stat(binary); !os.IsNotExist(err) {
		t.Errorf("the binary is left: %v", err)
	}
}

func TestABinaryForAnotherProcessor(t *testing.T) {
	needEngine(t)
	t.Parallel()
	arch, err := docker.EngineArch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := "arm64"
	if arch == other {
		other = "amd64"
	}
	binary, remove, err := docker.CrossCompile(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	if why := refused(t, docker.New(docker.Options{Binary: binary}), spec(1, 1)); !strings.Contains(why, "is for another processor") || !strings.Contains(why, "GOARCH="+arch) {
		t.Error(why)
	}
}

func TestAToolchainThatIsNotThereOrFails(t *testing.T) {
	if _, _, err := docker.CrossCompile(t.Context(), "z80"); err == nil || !strings.Contains(err.Error(), "z80") || !strings.Contains(err.Error(), "--node-binary") {
		t.Errorf("for a processor that Go does not know: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, _, err := docker.CrossCompile(t.Context(), "amd64"); err == nil || !strings.Contains(err.Error(), "no Go toolchain") {
		t.Errorf("without a toolchain: %v", err)
	}
}

func TestAnImageThatTheEngineHasNot(t *testing.T) {
	needEngine(t)
	if why := refused(t, docker.New(docker.Options{Image: "unheard-of:1"}), spec(1, 1)); !strings.Contains(why, `no image "unheard-of:1"`) {
		t.Error(why)
	}
}
