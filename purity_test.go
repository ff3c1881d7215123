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
		{"systems/gossip", `import ("time"; clock "time"); func f() { time.Now() }`, "time.Now"},
		{"systems/gossip", `import ("time"; clock "time"); func f() { clock.Now() }`, "time.Now"},
		{"systems/gossip", `import . "time"; func f() { Now() }`, "dot import"},
		{"systems/gossip", `func f() { time.After(1) }`, "time.After"},
		{"systems/gossip", `func f() { var x float64; _ = x }`, "float"},
		{"systems/gossip", `func f() { _ = 1.5 }`, "floating"},
		{"systems/gossip", `func f() { var x complex128; _ = x }`, "complex"},
		{"systems/gossip", `func f(d time.Duration) { _ = d.Seconds() }`, "floating"},
		{"systems/gossip", `func f() { x, _ := strconv.ParseFloat("1", 64); _ = x }`, "floating"},
		{"systems/gossip", `func f() { fmt.Println("here") }`, "fmt.Println"},
		{"systems/gossip", `import print "fmt"; func f() { print.Printf("here") }`, "fmt.Printf"},
		{"systems/gossip", `func f() { println("here") }`, "println"},
		{"systems/gossip", `type t struct { c chan int }`, "channel"},
		{"systems/gossip", `func f(c t) { c <- 1 }`, "channel"},
		{"systems/gossip", `func f(c t) { <-c }`, "channel"},
		{"systems", `func f() { go f() }`, "goroutine"},
		{"harness/sim", `func f() { var x float64; _ = x }`, "float"},
		{"harness/sim", `func f() { select {} }`, "select"},
		{"harness/sim", `func f() { time.Sleep(1) }`, "time.Sleep"},
		{"harness/protocol", `func f() { time.Now() }`, "time.Now"},
		{"harness/prng", `func f() { time.Now() }`, "time.Now"},
		{"checkers/causal", `func f() { time.Now() }`, "time.Now"},
		{"nemesis", `func f() { time.Since(t) }`, "time.Since"},
		{"harness/store", `func init() {}`, "init"},
		{"harness/store", `var counter int`, "counter"},
		{"harness/store", `var names = []string{"a"}`, "names"},
		{"harness/store", `var names = map[string]int{}`, "names"},
		{"harness/store", `var names = [...]string{"a"}; func f() { names[0] = "b" }`, "names is written"},
		{"harness/store", `var numbers = [2]int{1, 2}; func f() { numbers[0]++ }`, "numbers is written"},
		{"harness/store", `var numbers = [2]int{1, 2}; func f() *[2]int { return &numbers }`, "numbers is written"},
		{"harness/store", `var points = [2]point{}; func f() { points[0].x = 1 }`, "points is written"},
		{"harness/store", `var points = [2]*point{}; func f() { (*points[0]).x = 1 }`, "points"},
		{"harness/store", `var numbers = [2]int{1, 2}; func f() { slices.Sort(numbers[:]) }`, "numbers is written"},
		{"harness/store", `var numbers = [2]int{1, 2}; func f(all []int) { for numbers[0] = range all {} }`, "numbers is written"},
		{"harness/store", `var lists = [2][]int{}`, "lists"},
		{"harness/store", `var tables = [2]map[string]int{}`, "tables"},
		{"harness/store", `var ErrGone = errors.New("gone"); func f() { ErrGone = nil }`, "ErrGone is written"},
		{"harness/store", `var Mark = new(point)`, "Mark"},
		{"harness/store", `var mark = make(map[string]int)`, "mark"},
		{"harness/store", `var mark = new(point); func f() { mark.x = 1 }`, "mark is written"},
		{"harness/store", `var mark = new(point); func f() { *mark = point{} }`, "mark is written"},
		{"harness/store", `var Table = sync.OnceValue(f)`, "Table"},
		{"harness/store", `var table = sync.OnceFunc(f)`, "table"},
		{"harness/store", `var table = sync.OnceValue(f); func g() { table = nil }`, "table is written"},
		{"harness/store", `import _ "embed/x"`, "blank import"},
	} {
		got := impurities(t, test.pkg, map[string]string{"planted.go": "package p\n" + test.code})
		if len(got) != 1 || !strings.Contains(got[0], test.blames) {
			t.Errorf("planted %q in %s: got %q", test.code, test.pkg, got)
		}
	}
	for _, fine := range []string{
		`var mark = new(point); func f(p *point) bool { return p == mark }`,
		`var table = sync.OnceValue(f); func g() int { return table() }`,
		`var ErrGone = errors.New("gone")`, `var _ fmt.Stringer = T{}; func f() { _ = g() }`, `import clock "time"; func f(d clock.Duration) {}`,
		`var names = [...]string{"a"}; func f(i int) string { return names[i] }`,
		`var names = [...]string{"a"}; func f() { for _, n := range names { use(n) } }`,
		`func f(d time.Duration, b *strings.Builder) { fmt.Fprintf(b, "%d", d/time.Second) }`,
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
	pure := isPure(name)
	constants := map[string]bool{}
	var trees []*ast.File
	for _, file := range slices.Sorted(maps.Keys(sources)) {
		tree, err := parser.ParseFile(positions, file, sources[file], parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
		for _, declaration := range tree.Decls {
			declarations(declaration, constants, pure, blame)
		}
	}
	for _, tree := range trees {
		calls := map[string]string{}
		if pure || isTimeless(name) {
			localNames(tree, "time", calls)
		}
		if pure {
			localNames(tree, "fmt", calls)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			written(n, constants, blame)
			worldlyCall(n, calls, blame)
			if pure {
				impure(n, blame)
			}
			return true
		})
	}
	return out
}

// isTimeless tells whether what a package says must not depend on when or how fast it is said.
func isTimeless(name string) bool {
	return slices.ContainsFunc([]string{"harness/prng", "harness/protocol", "harness/history", "harness/scenario"}, func(family string) bool {
		return within(name, family)
	}) || slices.ContainsFunc(unworldly, func(family string) bool { return within(name, family) })
}

// localNames adds what a file calls a package: its own name, and those that it gives it.
func localNames(tree *ast.File, path string, names map[string]string) {
	names[path] = path
	for _, spec := range tree.Imports {
		if spec.Path.Value == strconv.Quote(path) && spec.Name != nil {
			names[spec.Name.Name] = path
		}
	}
}

// declarations blames what is wrong with a declaration, and collects the names of the package variables that stand for
// constants.
func declarations(d ast.Decl, constants map[string]bool, pure bool, blame func(ast.Node, string)) {
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
				case spec.Names[0].Name == "_": // an assertion that a type has an interface
				case constantInSpirit(d, spec):
					constants[spec.Names[0].Name] = true
				default:
					blame(spec, "a package variable that can change: "+spec.Names[0].Name)
				}
			}
		}
	}
}

// isArray tells whether a variable is an array whose elements have nothing behind them that could change by itself.
func isArray(spec *ast.ValueSpec) bool {
	literal, ok := spec.Values[0].(*ast.CompositeLit)
	if !ok {
		return false
	}
	array, ok := literal.Type.(*ast.ArrayType)
	if !ok || array.Len == nil {
		return false
	}
	switch array.Elt.(type) {
	case *ast.ArrayType, *ast.MapType, *ast.StarExpr:
		return false
	}
	return true
}

// constantInSpirit accepts what Go has no constants for, as long as nobody writes it: errors, regular expressions, arrays,
// embedded files, what is put together once and no other package can get at, and marks, which are addresses of nothing in
// particular that none can either.
func constantInSpirit(d *ast.GenDecl, spec *ast.ValueSpec) bool {
	if embedded(d) {
		return true
	}
	if len(spec.Values) != 1 || len(spec.Names) != 1 {
		return false
	}
	if isArray(spec) {
		return true
	}
	if v, ok := spec.Values[0].(*ast.CallExpr); ok {
		if f, ok := v.Fun.(*ast.Ident); ok {
			return f.Name == "new" && !spec.Names[0].IsExported()
		}
		if f, ok := v.Fun.(*ast.SelectorExpr); ok {
			name := fmt.Sprintf("%s.%s", f.X, f.Sel.Name)
			return slices.Contains([]string{"errors.New", "regexp.MustCompile"}, name) || name == "sync.OnceValue" && !spec.Names[0].IsExported()
		}
	}
	return false
}

// embedded tells whether a variable holds files that the compiler put there.
func embedded(d *ast.GenDecl) bool {
	return d.Doc != nil && slices.ContainsFunc(d.Doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// written blames what changes a package variable that stands for a constant, or may let others change it.
func written(n ast.Node, constants map[string]bool, blame func(ast.Node, string)) {
	var targets []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			targets = n.Lhs
		}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			targets = []ast.Expr{n.Key, n.Value}
		}
	case *ast.IncDecStmt:
		targets = []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			targets = []ast.Expr{n.X}
		}
	case *ast.SliceExpr: // the slice lies over the array
		targets = []ast.Expr{n.X}
	}
	for _, target := range targets {
		if name, ok := root(target).(*ast.Ident); ok && constants[name.Name] {
			blame(n, name.Name+" is written to, and it is a package variable")
		}
	}
}

// root returns the variable that an expression is a part of.
func root(e ast.Expr) ast.Expr {
	for {
		switch part := e.(type) {
		case *ast.IndexExpr:
			e = part.X
		case *ast.SelectorExpr:
			e = part.X
		case *ast.ParenExpr:
			e = part.X
		case *ast.StarExpr:
			e = part.X
		default:
			return e
		}
	}
}

// worldlyCall blames the use of clocks and of the process's own input and output. packages has the file's names of the
// packages to look at.
func worldlyCall(n ast.Node, packages map[string]string, blame func(ast.Node, string)) {
	selector, ok := n.(*ast.SelectorExpr)
	if !ok {
		return
	}
	x, ok := selector.X.(*ast.Ident)
	if !ok {
		return
	}
	name := selector.Sel.Name
	switch packages[x.Name] {
	case "time":
		units := []string{"Duration", "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour", "ParseDuration"}
		if !slices.Contains(units, name) {
			blame(n, "time."+name)
		}
	case "fmt":
		if strings.HasPrefix(name, "Print") || strings.HasPrefix(name, "Scan") {
			blame(n, "fmt."+name)
		}
	}
}

// impure blames what makes the behaviour of a machine depend on more than its Env.
func impure(n ast.Node, blame func(ast.Node, string)) {
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
	case *ast.SelectorExpr: // functions and methods of the standard library that give one
		if slices.Contains([]string{"Seconds", "Minutes", "Hours", "Float64", "ParseFloat"}, n.Sel.Name) {
			blame(n, "a floating point number, of "+n.Sel.Name)
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
			blame(n, f.Name)
		}
	}
}
