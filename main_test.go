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
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
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

// pureStandard is what a system may import of the standard library: what it gives depends on the arguments alone. The
// simulator may besides end early, and tell a crash of a machine from one of its own.
var pureStandard = []string{
	"bytes", "cmp", "container/heap", "encoding/binary", "encoding/json", "errors", "fmt", "iter", "maps", "math/bits", "slices", "sort",
	"strconv", "strings", "time", "unicode", "unicode/utf8",
}

var simStandard = append([]string{"context", "path", "runtime"}, pureStandard...)

// worldly are the parts of the standard library, with all below them, that reach out into the world. What decides, be it
// a contract, a checker or a workload, does not import them.
var worldly = []string{"os", "net", "syscall", "math/rand", "crypto", "plugin", "log"}

// unworldly are the families of packages, besides systems and simulator, that do not import those.
var unworldly = []string{"harness/protocol", "harness/workload", "harness/cluster", "nemesis", "checkers"}

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
	{family: "checkers", inside: []string{"checkers/oracle"}, external: []string{"checkers/...", "harness/history", "harness/prng"}},
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
	case name == "harness/prng" || name == "checkers/guarantee":
		return !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
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

// TestProtocolCodeTouchesNothingButItsEnv reads the syntax trees: goroutines, channels, clocks and floating point have
// no place in a system or in the simulator; init functions and package variables that can change have none anywhere.
func TestProtocolCodeTouchesNothingButItsEnv(t *testing.T) {
	for _, p := range modulePackages(t) {
		sources := map[string]string{}
		for _, file := range p.GoFiles {
			source, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			sources[file] = string(source)
		}
		name := local(p.ImportPath)
		for _, complaint := range impurities(t, name, sources) {
			t.Errorf("%s: %s", name, complaint)
		}
	}
}

func TestPurityRulesSeePlantedCode(t *testing.T) {
	for _, test := range []struct{ pkg, code, blames string }{
		{"systems/gossip", `func f() { go f() }`, "goroutine"},
		{"systems/gossip", `func f() { time.Now() }`, "time.Now"},
		{"systems/gossip", `import clock "time"; func f() { clock.Now() }`, "time.Now"},
		{"systems/gossip", `import . "time"; func f() { Now() }`, "dot import"},
		{"systems/gossip", `func f() { time.After(1) }`, "time.After"},
		{"systems/gossip", `func f() { var x float64; _ = x }`, "float"},
		{"systems/gossip", `func f() { _ = 1.5 }`, "floating"},
		{"systems/gossip", `func f() { var x complex128; _ = x }`, "complex"},
		{"systems/gossip", `type t struct { c chan int }`, "channel"},
		{"systems/gossip", `func f(c t) { c <- 1 }`, "channel"},
		{"systems/gossip", `func f(c t) { <-c }`, "channel"},
		{"systems", `func f() { go f() }`, "goroutine"},
		{"harness/sim", `func f() { var x float64; _ = x }`, "float"},
		{"harness/sim", `func f() { select {} }`, "select"},
		{"harness/sim", `func f() { time.Sleep(1) }`, "time.Sleep"},
		{"harness/store", `func init() {}`, "init"},
		{"harness/store", `var counter int`, "counter"},
		{"harness/store", `var names = []string{"a"}`, "names"},
		{"harness/store", `var names = map[string]int{}`, "names"},
		{"harness/store", `var names = [...]string{"a"}; func f() { names[0] = "b" }`, "names is written"},
		{"harness/store", `var numbers = [2]int{1, 2}; func f() { numbers[0]++ }`, "numbers is written"},
		{"harness/store", `var numbers = [2]int{1, 2}; func f() *[2]int { return &numbers }`, "numbers is written"},
		{"harness/store", `import _ "embed/x"`, "blank import"},
	} {
		got := impurities(t, test.pkg, map[string]string{"planted.go": "package p\n" + test.code})
		if len(got) != 1 || !strings.Contains(got[0], test.blames) {
			t.Errorf("planted %q in %s: got %q", test.code, test.pkg, got)
		}
	}
	for _, fine := range []string{
		`var ErrGone = errors.New("gone")`, `var _ fmt.Stringer = T{}`, `import clock "time"; func f(d clock.Duration) {}`,
		`var names = [...]string{"a"}; func f(i int) string { return names[i] }`,
	} {
		if got := impurities(t, "harness/sim", map[string]string{"fine.go": "package p\n" + fine}); len(got) > 0 {
			t.Errorf("%s: got %q", fine, got)
		}
	}
	across := map[string]string{"a.go": "package p\nvar names = [...]string{\"a\"}", "b.go": "package p\nfunc f() { names[0] = \"b\" }"}
	if got := impurities(t, "harness/store", across); len(got) != 1 {
		t.Errorf("an array that another file writes: got %q", got)
	}
}

// impurities returns what is wrong with the source files of a package.
func impurities(t *testing.T, name string, sources map[string]string) []string {
	t.Helper()
	positions := token.NewFileSet()
	var out []string
	blame := func(n ast.Node, what string) {
		out = append(out, fmt.Sprintf("%s: %s", positions.Position(n.Pos()), what))
	}
	pure := name == "harness/sim" || isSystem(name)
	arrays := map[string]bool{}
	var trees []*ast.File
	for _, file := range slices.Sorted(maps.Keys(sources)) {
		tree, err := parser.ParseFile(positions, file, sources[file], parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
		for _, declaration := range tree.Decls {
			declarations(declaration, arrays, pure, blame)
		}
	}
	for _, tree := range trees {
		clock := localName(tree, "time")
		ast.Inspect(tree, func(n ast.Node) bool {
			written(n, arrays, blame)
			if pure {
				impure(n, clock, blame)
			}
			return true
		})
	}
	return out
}

// localName returns what a file calls a package.
func localName(tree *ast.File, path string) string {
	for _, spec := range tree.Imports {
		if spec.Path.Value == strconv.Quote(path) && spec.Name != nil {
			return spec.Name.Name
		}
	}
	return path
}

// declarations blames what is wrong with a declaration, and collects the names of package variables that are arrays.
func declarations(d ast.Decl, arrays map[string]bool, pure bool, blame func(ast.Node, string)) {
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
				if spec.Name != nil && spec.Name.Name == "." && pure {
					blame(spec, "a dot import of "+spec.Path.Value)
				}
			case *ast.ValueSpec:
				switch {
				case d.Tok != token.VAR:
				case isArray(spec):
					arrays[spec.Names[0].Name] = true
				case !constantInSpirit(d, spec):
					blame(spec, "a package variable that can change: "+spec.Names[0].Name)
				}
			}
		}
	}
}

func isArray(spec *ast.ValueSpec) bool {
	if len(spec.Values) != 1 || len(spec.Names) != 1 {
		return false
	}
	literal, ok := spec.Values[0].(*ast.CompositeLit)
	if !ok {
		return false
	}
	array, ok := literal.Type.(*ast.ArrayType)
	return ok && array.Len != nil
}

// constantInSpirit accepts what Go has no constants for: errors, regular expressions, embedded files, and assertions that
// a type has an interface. Arrays are accepted as long as nobody writes them.
func constantInSpirit(d *ast.GenDecl, spec *ast.ValueSpec) bool {
	if spec.Names[0].Name == "_" || embedded(d) {
		return true
	}
	if len(spec.Values) != 1 {
		return false
	}
	if v, ok := spec.Values[0].(*ast.CallExpr); ok {
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

// written blames what changes an array of the package, or may let others change it.
func written(n ast.Node, arrays map[string]bool, blame func(ast.Node, string)) {
	var targets []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			targets = n.Lhs
		}
	case *ast.IncDecStmt:
		targets = []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			targets = []ast.Expr{n.X}
		}
	}
	for _, target := range targets {
		for {
			index, ok := target.(*ast.IndexExpr)
			if !ok {
				break
			}
			target = index.X
		}
		if name, ok := target.(*ast.Ident); ok && arrays[name.Name] {
			blame(n, name.Name+" is written to, and it is a package variable")
		}
	}
}

// impure blames what makes the behaviour of a machine depend on more than its Env. clock is the file's name for time.
func impure(n ast.Node, clock string, blame func(ast.Node, string)) {
	units := []string{"Duration", "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour", "ParseDuration"}
	switch n := n.(type) {
	case *ast.GoStmt:
		blame(n, "a goroutine")
	case *ast.SelectStmt:
		blame(n, "a select")
	case *ast.ChanType, *ast.SendStmt:
		blame(n, "a channel")
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			blame(n, "a channel")
		}
	case *ast.BasicLit:
		if n.Kind == token.FLOAT || n.Kind == token.IMAG {
			blame(n, "a floating point number")
		}
	case *ast.Ident:
		if slices.Contains([]string{"float32", "float64", "complex64", "complex128"}, n.Name) {
			blame(n, "a "+n.Name)
		}
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && x.Name == clock && !slices.Contains(units, n.Sel.Name) {
			blame(n, "time."+n.Sel.Name)
		}
	}
}
