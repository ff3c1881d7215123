package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The tests of this file hold the house to its layout: who may import whom, and what no protocol may touch.

// listed is what `go list -json` tells of a package.
type listed struct {
	ImportPath, Dir                    string
	GoFiles                            []string
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
		"checkers/causality", "checkers/interleave", // what several checkers build on
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
	"systems/systemtest": {"harness/...", "checkers/...", "systems", "nemesis", "scenarios"},
	"harness/cli":        {"harness/...", "nemesis", "checkers/...", "systems/...", "docker", "scenarios"},
	"scenarios":          {},
	"sunder":             {"harness/cli"},
}

// closed are packages that only harness/cli imports, besides tests.
var closed = []string{"systems/all", "checkers/all", "harness/sim", "docker", "scenarios", "systems/systemtest", "checkers/oracle"}

// neverInSystems are packages that no system imports: what they offer would make a replica's behaviour depend on more
// than its Env.
var neverInSystems = []string{"math/rand", "math/rand/v2", "os", "net", "sync", "sync/atomic", "context", "runtime", "unsafe", "reflect"}

func TestImportsFollowTheArchitecture(t *testing.T) {
	for _, complaint := range complaints(modulePackages(t)) {
		t.Error(complaint)
	}
}

func TestImportRulesSeeAPlantedImport(t *testing.T) {
	for _, test := range []struct {
		pkg     listed
		blames  string
		imports string
	}{
		{listed{ImportPath: "sunder/systems/gossip"}, "may not import", "sunder/harness/sim"},
		{listed{ImportPath: "sunder/systems/gossip"}, "may not import", "math/rand"},
		{listed{ImportPath: "sunder/systems/gossip"}, "may not import", "sunder/checkers"},
		{listed{ImportPath: "sunder/checkers/causal"}, "may not import", "sunder/systems"},
		{listed{ImportPath: "sunder/harness/sim"}, "may not import", "sunder/harness/scenario"},
		{listed{ImportPath: "sunder/harness/prng"}, "may not import", "gopkg.in/yaml.v3"},
		{listed{ImportPath: "sunder/util"}, "has no place", ""},
	} {
		if test.imports != "" {
			test.pkg.Imports = []string{test.imports}
		}
		got := complaints([]listed{test.pkg})
		if len(got) != 1 || !strings.Contains(got[0], test.blames) {
			t.Errorf("planted %s -> %q: got %q", test.pkg.ImportPath, test.imports, got)
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
	}
	return out
}

// local is an import path without the module's name; the module's root is called sunder.
func local(path string) string { return strings.TrimPrefix(path, "sunder/") }

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

func permitted(name, imported string, allowed []string) bool {
	if !strings.HasPrefix(imported, "sunder/") {
		standardOnly := name == "harness/prng" || name == "checkers/guarantee"
		if standardOnly && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
			return false
		}
		isSystem := strings.HasPrefix(name, "systems/") && name != "systems/systemtest"
		return !isSystem || !slices.Contains(neverInSystems, imported)
	}
	imported = local(imported)
	if slices.Contains(closed, imported) && name != "harness/cli" && !(name == "systems/systemtest") {
		return false
	}
	return slices.ContainsFunc(allowed, func(a string) bool {
		family, all := strings.CutSuffix(a, "/...")
		return a == imported || all && (imported == family || strings.HasPrefix(imported, family+"/"))
	})
}

// TestProtocolCodeTouchesNothingButItsEnv reads the syntax trees: goroutines, select, channels, clocks and floating
// point have no place in a system or in the simulator; init functions and package variables that can change have none
// anywhere.
func TestProtocolCodeTouchesNothingButItsEnv(t *testing.T) {
	for _, p := range modulePackages(t) {
		name := local(p.ImportPath)
		for _, file := range p.GoFiles {
			path := filepath.Join(p.Dir, file)
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, complaint := range impurities(t, name, file, source) {
				t.Errorf("%s: %s", name, complaint)
			}
		}
	}
}

func TestPurityRulesSeePlantedCode(t *testing.T) {
	for _, test := range []struct{ pkg, code, blames string }{
		{"systems/gossip", `func f() { go f() }`, "goroutine"},
		{"systems/gossip", `func f() { time.Now() }`, "time.Now"},
		{"systems/gossip", `func f() { var x float64; _ = x }`, "float"},
		{"harness/sim", `func f() { var x float64; _ = x }`, "float"},
		{"harness/sim", `func f(c chan int) { select {} }`, "select"},
		{"harness/store", `func init() {}`, "init"},
		{"harness/store", `var counter int`, "counter"},
		{"harness/store", `import _ "embed/x"`, "blank import"},
	} {
		got := impurities(t, test.pkg, "planted.go", []byte("package p\n"+test.code))
		if len(got) != 1 || !strings.Contains(got[0], test.blames) {
			t.Errorf("planted %q in %s: got %q", test.code, test.pkg, got)
		}
	}
	for _, fine := range []string{`var ErrGone = errors.New("gone")`, `var names = [...]string{"a"}`, `var _ fmt.Stringer = T{}`} {
		if got := impurities(t, "harness/store", "fine.go", []byte("package p\n"+fine)); len(got) > 0 {
			t.Errorf("%s: got %q", fine, got)
		}
	}
}

func impurities(t *testing.T, name, file string, source []byte) []string {
	t.Helper()
	positions := token.NewFileSet()
	tree, err := parser.ParseFile(positions, file, source, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	blame := func(n ast.Node, what string) {
		out = append(out, fmt.Sprintf("%s: %s", positions.Position(n.Pos()), what))
	}
	for _, declaration := range tree.Decls {
		declarations(declaration, blame)
	}
	pure := name == "harness/sim" || strings.HasPrefix(name, "systems/") && name != "systems/systemtest" && name != "systems/all"
	if pure {
		ast.Inspect(tree, func(n ast.Node) bool {
			impure(n, blame)
			return true
		})
	}
	return out
}

func declarations(d ast.Decl, blame func(ast.Node, string)) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.Name == "init" {
			blame(d, "an init function")
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.ImportSpec:
				if spec.Name != nil && spec.Name.Name == "_" && spec.Path.Value != `"embed"` {
					blame(spec, "a blank import of "+spec.Path.Value)
				}
			case *ast.ValueSpec:
				if d.Tok == token.VAR && !constantInSpirit(d, spec) {
					blame(spec, "a package variable that can change: "+spec.Names[0].Name)
				}
			}
		}
	}
}

// constantInSpirit accepts what Go has no constants for: errors, regular expressions, embedded files, arrays, and
// assertions that a type has an interface.
func constantInSpirit(d *ast.GenDecl, spec *ast.ValueSpec) bool {
	if spec.Names[0].Name == "_" || embedded(d) {
		return true
	}
	if len(spec.Values) != 1 {
		return false
	}
	switch v := spec.Values[0].(type) {
	case *ast.CompositeLit:
		array, ok := v.Type.(*ast.ArrayType)
		return ok && array.Len != nil
	case *ast.CallExpr:
		if f, ok := v.Fun.(*ast.SelectorExpr); ok {
			return slices.Contains([]string{"errors.New", "regexp.MustCompile"}, fmt.Sprintf("%s.%s", f.X, f.Sel.Name))
		}
	}
	return false
}

// embedded tells whether a variable holds files that the compiler put there.
func embedded(d *ast.GenDecl) bool {
	return d.Doc != nil && slices.ContainsFunc(d.Doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

func impure(n ast.Node, blame func(ast.Node, string)) {
	units := []string{"Duration", "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour", "ParseDuration"}
	switch n := n.(type) {
	case *ast.GoStmt:
		blame(n, "a goroutine")
	case *ast.SelectStmt:
		blame(n, "a select")
	case *ast.Ident:
		if n.Name == "float64" || n.Name == "float32" {
			blame(n, "a "+n.Name)
		}
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && !slices.Contains(units, n.Sel.Name) {
			blame(n, "time."+n.Sel.Name)
		}
	}
}
