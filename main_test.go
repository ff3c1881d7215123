package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The tests of this file hold the house to its layout: who may import whom. What code may do is in purity_test.go.

// listed is what `go list -json` tells of a package.
type listed struct {
	ImportPath, Dir                    string
	GoFiles                            []string
	IgnoredGoFiles, CgoFiles, SFiles   []string // what not every machine builds, or builds from Go
	Imports, TestImports, XTestImports []string
}

// mayImport says for each package which others of the module its code may import. A name that ends in "/..." stands for
// every package below it, and "systems/<x>" and "checkers/<x>" for the packages of one system or checker.
var mayImport = map[string][]string{
	"harness/prng":        {},
	"checkers/guarantee":  {},
	"harness/protocol":    {"harness/prng"},
	"harness/history":     {"harness/protocol", "harness/prng"},
	"harness/history/<x>": {"harness/history/...", "harness/protocol", "harness/prng"},
	"checkers/model":      {"harness/protocol"},
	"systems/object":      {"harness/protocol"},
	"harness/workload":    {"harness/protocol", "harness/prng"},
	"nemesis":             {"harness/protocol", "harness/prng"},
	"checkers":            {"harness/history", "harness/protocol", "checkers/guarantee", "checkers/model"},
	"checkers/<x>": {
		"checkers", "harness/history", "harness/protocol", "checkers/guarantee", "checkers/model", "harness/prng",
		"checkers/causality", "checkers/interleave", "checkers/clauses", // what several checkers build on
	},
	"checkers/all":     {"checkers/..."},
	"systems":          {"harness/protocol", "nemesis", "checkers/guarantee"},
	"systems/<x>":      {"systems", "systems/object", "systems/group", "systems/txn", "harness/protocol", "harness/prng", "nemesis", "checkers/guarantee"},
	"systems/all":      {"systems/..."},
	"harness/cluster":  {"harness/protocol", "harness/prng", "nemesis", "systems"},
	"harness/scenario": {"harness/cluster", "harness/protocol", "harness/prng", "systems", "harness/workload", "nemesis", "checkers/guarantee"},
	"harness/sim":      {"harness/cluster", "harness/protocol", "nemesis", "harness/prng", "systems"},
	"harness/node":     {"harness/protocol", "harness/prng"},
	"harness/store":    {"harness/scenario", "harness/history", "checkers"},
	"harness": {
		"harness/scenario", "harness/cluster", "harness/workload", "harness/history", "harness/store", "harness/protocol", "harness/prng",
		"nemesis", "systems", "checkers", "checkers/guarantee", "checkers/model",
	},
	"harness/campaign": {
		"harness", "harness/store", "harness/scenario", "harness/cluster", "harness/workload", "harness/history", "harness/protocol",
		"harness/prng", "nemesis", "systems", "checkers", "checkers/guarantee", "checkers/model",
	},
	"systems/systemtest": {"harness/...", "checkers/...", "systems", "nemesis", "scenarios", "docker"},
	"docker":             {"harness/cluster", "harness/node", "harness/protocol", "harness/prng", "nemesis", "systems"},
	"harness/cli":        {"harness/...", "nemesis", "checkers/...", "systems/...", "docker", "scenarios"},
	"scenarios":          {},
	"sunder":             {"harness/cli"},
}

// closed are packages that only harness/cli imports, besides tests.
var closed = []string{"systems/all", "checkers/all", "harness/sim", "docker", "scenarios", "systems/systemtest", "checkers/oracle"}

// pureStandard is what a system may import of the standard library: what it gives depends on the arguments alone. The
// simulator may besides end early, and tell a crash of a machine from one of its own.
var pureStandard = []string{
	"bytes", "cmp", "container/heap", "encoding/binary", "encoding/json", "errors", "fmt", "iter", "maps", "math/bits", "slices", "sort",
	"strconv", "strings", "time", "unicode", "unicode/utf8",
}

var simStandard = append([]string{"context", "path", "runtime"}, pureStandard...)

// protocolStandard and prngStandard are for the contract and for where chance comes from: a digest looks at values as
// they lie in memory, and a seed is made longer by one generator, whose numbers are the same for ever. The table of guarantees
// is put together once.
var (
	guaranteeStandard = append([]string{"sync"}, pureStandard...)
	protocolStandard  = append([]string{"reflect", "unsafe"}, pureStandard...)
	prngStandard      = append([]string{"math/rand/v2"}, pureStandard...)
)

// worldly are the parts of the standard library, with all below them, that reach out into the world. What decides, be it
// a contract, a checker or a workload, does not import them.
var worldly = []string{"os", "net", "syscall", "math/rand", "crypto", "plugin", "log"}

// unworldly are the families of packages, besides systems and simulator, that do not import those.
var unworldly = []string{"harness/workload", "harness/cluster", "nemesis", "checkers"}

// testsMayImport says what the tests of a family of packages may import besides what its code may. Those of all others,
// which are on top of the house, may import everything.
var testsMayImport = []struct {
	family           string
	inside, external []string
}{
	{family: "harness/prng"},
	{family: "harness/protocol"},
	{family: "harness/history", external: []string{"checkers/..."}},
	{family: "harness/workload"},
	{family: "harness/cluster"},
	{family: "harness/store"},
	{family: "nemesis"},
	{family: "checkers", inside: []string{"checkers/oracle"}, external: []string{"checkers/...", "harness/history", "harness/protocol", "harness/prng"}},
	{family: "systems/object", external: []string{"checkers/model"}},
	{family: "systems/systemtest", inside: []string{"systems/..."}, external: []string{"systems/..."}},
	{family: "systems", external: []string{"systems/systemtest"}},
}

func TestImportsFollowTheArchitecture(t *testing.T) {
	for _, complaint := range complaints(modulePackages(t)) {
		t.Error(complaint)
	}
}

func TestImportRulesSeeAPlantedImport(t *testing.T) {
	for _, test := range []struct{ pkg, kind, imports, blames string }{
		{"systems/gossip", "code", "sunder/harness/sim", "may not import"},
		{"systems/gossip", "code", "sunder/checkers", "may not import"},
		{"systems/gossip", "code", "math/rand", "may not import"},
		{"systems/gossip", "code", "net/http", "may not import"},
		{"systems/gossip", "code", "os/exec", "may not import"},
		{"systems/gossip", "code", "math", "may not import"},
		{"systems/gossip", "code", "gopkg.in/yaml.v3", "may not import"},
		{"systems", "code", "sync/atomic", "may not import"},
		{"checkers/causal", "code", "sunder/systems", "may not import"},
		{"checkers/causal", "code", "os", "may not import"},
		{"nemesis", "code", "math/rand/v2", "may not import"},
		{"harness/sim", "code", "sunder/harness/scenario", "may not import"},
		{"harness/sim", "code", "os", "may not import"},
		{"harness/sim", "code", "sync", "may not import"},
		{"harness/sim", "code", "math/rand/v2", "may not import"},
		{"harness/sim", "code", "gopkg.in/yaml.v3", "may not import"},
		{"harness/prng", "code", "gopkg.in/yaml.v3", "may not import"},
		{"harness/prng", "code", "math/rand", "may not import"},
		{"harness/prng", "code", "crypto/rand", "may not import"},
		{"harness/protocol", "code", "sync", "may not import"},
		{"harness/protocol", "code", "math/rand/v2", "may not import"},
		{"checkers/guarantee", "code", "os", "may not import"},
		{"harness/campaign", "code", "sunder/systems/all", "may not import"},
		{"systems/gossip", "inside", "sunder/systems/systemtest", "tests of it may not import"},
		{"systems/gossip", "inside", "sunder/harness/sim", "tests of it may not import"},
		{"systems/gossip", "external", "sunder/harness/sim", "tests of it may not import"},
		{"checkers/causal", "inside", "sunder/systems/all", "tests of it may not import"},
		{"checkers/causal", "external", "sunder/systems/gossip", "tests of it may not import"},
		{"harness/protocol", "external", "sunder/harness/sim", "tests of it may not import"},
		{"util", "code", "", "has no place"},
	} {
		p := listed{ImportPath: "sunder/" + test.pkg}
		switch {
		case test.imports == "":
		case test.kind == "code":
			p.Imports = []string{test.imports}
		case test.kind == "inside":
			p.TestImports = []string{test.imports}
		default:
			p.XTestImports = []string{test.imports}
		}
		got := complaints([]listed{p})
		if len(got) != 1 || !strings.Contains(got[0], test.blames) {
			t.Errorf("planted %q in the %s of %s: got %q", test.imports, test.kind, test.pkg, got)
		}
	}
	for _, unread := range []listed{
		{IgnoredGoFiles: []string{"clock_windows.go"}}, {CgoFiles: []string{"clock.go"}}, {SFiles: []string{"clock.s"}},
	} {
		unread.ImportPath = "sunder/systems/gossip"
		if got := complaints([]listed{unread}); len(got) != 1 || !strings.Contains(got[0], "clock") {
			t.Errorf("planted a file that is not read, %+v: got %q", unread, got)
		}
	}
}

// modulePackages lists the packages of this module.
func modulePackages(t *testing.T) []listed {
	t.Helper()
	command := exec.Command("go", "list", "-json", "./...")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func complaints(packages []listed) []string {
	var out []string
	for _, p := range packages {
		name := local(p.ImportPath)
		allowed, known := rule(name)
		if !known {
			out = append(out, fmt.Sprintf("%s has no place in the house", name))
			continue
		}
		for _, imported := range p.Imports {
			if !permitted(name, imported, allowed) {
				out = append(out, fmt.Sprintf("%s may not import %s", name, imported))
			}
		}
		if unread := slices.Concat(p.IgnoredGoFiles, p.CgoFiles, p.SFiles); isPure(name) && len(unread) > 0 {
			out = append(out, fmt.Sprintf("%s may not have files that are not Go for every machine: %s", name, strings.Join(unread, ", ")))
		}
		inside, external, bound := testRule(name)
		for _, imported := range p.TestImports {
			if bound && !testPermitted(name, imported, slices.Concat(allowed, inside)) {
				out = append(out, fmt.Sprintf("%s: the tests of it may not import %s", name, imported))
			}
		}
		for _, imported := range p.XTestImports {
			if bound && !testPermitted(name, imported, slices.Concat(allowed, external)) {
				out = append(out, fmt.Sprintf("%s: the external tests of it may not import %s", name, imported))
			}
		}
	}
	return out
}

// local is an import path without the module's name; the module's root is called sunder.
func local(path string) string { return strings.TrimPrefix(path, "sunder/") }

// within tells whether a package is of a family, or the family itself.
func within(name, family string) bool { return name == family || strings.HasPrefix(name, family+"/") }

func rule(name string) ([]string, bool) {
	if allowed, ok := mayImport[name]; ok {
		return allowed, true
	}
	for _, family := range []string{"systems", "checkers", "harness/history"} {
		if strings.HasPrefix(name, family+"/") {
			return mayImport[family+"/<x>"], true
		}
	}
	return nil, false
}

// testRule returns what tests may import besides what code may, and whether they are bound by rules at all.
func testRule(name string) (inside, external []string, bound bool) {
	for _, r := range testsMayImport {
		if within(name, r.family) {
			return r.inside, append(r.inside, r.external...), true
		}
	}
	return nil, nil, false
}

// isSystem tells whether a package is protocol code.
func isSystem(name string) bool {
	return within(name, "systems") && name != "systems/systemtest" && name != "systems/all"
}

// isPure tells whether a package is what a run is computed by: protocol code, or the simulator.
func isPure(name string) bool { return isSystem(name) || name == "harness/sim" }

func permitted(name, imported string, allowed []string) bool {
	if strings.HasPrefix(imported, "sunder/") {
		imported = local(imported)
		if slices.Contains(closed, imported) && name != "harness/cli" && name != "systems/systemtest" {
			return false
		}
		return matches(imported, allowed)
	}
	switch {
	case isSystem(name):
		return slices.Contains(pureStandard, imported)
	case name == "harness/sim":
		return slices.Contains(simStandard, imported)
	case name == "harness/protocol":
		return slices.Contains(protocolStandard, imported)
	case name == "harness/prng":
		return slices.Contains(prngStandard, imported)
	case name == "checkers/guarantee":
		return slices.Contains(guaranteeStandard, imported)
	case slices.ContainsFunc(unworldly, func(family string) bool { return within(name, family) }):
		return !slices.ContainsFunc(worldly, func(part string) bool { return within(imported, part) })
	}
	return true
}

// testPermitted lets tests import themselves and everything outside the module, for they may read files and draw numbers.
func testPermitted(name, imported string, allowed []string) bool {
	return !strings.HasPrefix(imported, "sunder/") || local(imported) == name || matches(local(imported), allowed)
}

func matches(imported string, allowed []string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		family, all := strings.CutSuffix(a, "/...")
		return a == imported || all && within(imported, family)
	})
}
