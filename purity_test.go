package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

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
