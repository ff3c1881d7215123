package docker

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// binaryFor returns the path of a binary of sunder that runs at the engine: the one given; or this process's own; or, if
// that is for another system or processor, one that the Go toolchain makes. The function returned removes what was made.
func (e *engine) binaryFor(ctx context.Context, given string) (path string, remove func(), err error) {
	remove = func() {}
	server, err := e.ServerVersion(ctx)
	if err != nil {
		return "", remove, fmt.Errorf("the engine's version: %w", err)
	}
	if given != "" {
		return given, remove, fits(given, server.Arch)
	}
	if runtime.GOOS == "linux" && runtime.GOARCH == server.Arch {
		if path, err = os.Executable(); err != nil {
			return "", remove, fmt.Errorf("this process's own binary: %w", err)
		}
		return path, remove, nil
	}
	about, known := debug.ReadBuildInfo()
	if !known {
		return "", remove, errors.New("this binary does not tell what it was made of; " + givenHint(server.Arch))
	}
	return crossCompile(ctx, about.Path, server.Arch)
}

// givenHint says how to give a binary where none can be made.
func givenHint(arch string) string {
	return fmt.Sprintf("the engine runs linux/%s: make a binary for it (GOOS=linux GOARCH=%s CGO_ENABLED=0 go build) and name it by --node-binary", arch, arch)
}

// crossCompile has the Go toolchain make a Linux binary of a main package for a processor. It must be called where the
// package can be found: within its module. The function returned removes the binary.
func crossCompile(ctx context.Context, pkg, arch string) (path string, remove func(), err error) {
	remove = func() {}
	tool, err := exec.LookPath("go")
	if err != nil {
		return "", remove, fmt.Errorf("there is no Go toolchain to make a binary with (%w); %s", err, givenHint(arch))
	}
	folder, err := os.MkdirTemp("", "sunder-")
	if err != nil {
		return "", remove, err
	}
	remove = func() { _ = os.RemoveAll(folder) } // a temporary folder that stays does no harm
	path = filepath.Join(folder, "sunder")
	command := exec.CommandContext(ctx, tool, "build", "-o", path, pkg)
	command.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
	if said, err := command.CombinedOutput(); err != nil {
		remove()
		return "", func() {}, fmt.Errorf("making a binary of %s: %w: %s; %s", pkg, err, firstLine(string(said)), givenHint(arch))
	}
	return path, remove, nil
}

// firstLine returns what a command said first.
func firstLine(said string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	return line
}

// machine returns what the head of a binary says for a processor that Go has a name for.
func machine(arch string) (m elf.Machine, known bool) {
	m, known = map[string]elf.Machine{
		"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "386": elf.EM_386, "arm": elf.EM_ARM, "ppc64le": elf.EM_PPC64,
		"s390x": elf.EM_S390, "riscv64": elf.EM_RISCV,
	}[arch]
	return m, known
}

// fits tells whether a file is a Linux binary for a processor, as far as its head says.
func fits(path, arch string) error {
	f, err := elf.Open(path)
	var pathError *os.PathError
	switch {
	case errors.As(err, &pathError):
		return fmt.Errorf("the binary for the nodes: %w", err)
	case err != nil:
		return fmt.Errorf("%s is no Linux binary: %w; %s", path, err, givenHint(arch))
	}
	defer f.Close()
	if want, known := machine(arch); known && f.Machine != want {
		return fmt.Errorf("%s is for another processor (%s); %s", path, f.Machine, givenHint(arch))
	}
	return nil
}
