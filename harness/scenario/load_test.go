package scenario_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sunder/harness/scenario"
)

// folder holds two scenarios, one of them wrong, and what is none.
func folder() fstest.MapFS {
	return fstest.MapFS{
		"echo/good.yaml":         {Data: []byte(small)},
		"echo/mutants/bad.yaml":  {Data: []byte("system: ecko\n")},
		"echo/notes.txt":         {Data: []byte("none")},
		"scenarios.go":           {Data: []byte("package scenarios")},
		"other/again/third.yaml": {Data: []byte(full)},
	}
}

func TestScenariosOfAFolder(t *testing.T) {
	names, err := scenario.Names(folder(), ".")
	if want := []string{"echo/good", "echo/mutants/bad", "other/again/third"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("got %v, %v, want %v", names, err, want)
	}
	names, err = scenario.Names(folder(), "echo")
	if want := []string{"echo/good", "echo/mutants/bad"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("below echo: got %v, %v, want %v", names, err, want)
	}
	if _, err := scenario.Names(folder(), "nowhere"); err == nil {
		t.Error("a folder that does not exist has names")
	}
	s, err := scenario.Load(folder(), "top/", "echo/good", catalog())
	if err != nil || s.Name != "echo/good" || s.System.Name != "echo" {
		t.Errorf("got %q, %v", s.Name, err)
	}
	_, err = scenario.Load(folder(), "top/", "echo/mutants/bad", catalog())
	if err == nil || !strings.Contains(err.Error(), "top/echo/mutants/bad.yaml:1:9: there is no system") {
		t.Errorf("got %v", err)
	}
	if lines := strings.Count(err.Error(), "\n"); lines != 2 {
		t.Errorf("three problems are told in %d lines: %v", lines+1, err)
	}
	if _, err := scenario.Load(folder(), "", "echo/missing", catalog()); err == nil {
		t.Error("a file that does not exist was read")
	}
	broken := os.DirFS(filepath.Join(t.TempDir(), "gone"))
	if names, err := scenario.Names(broken, "."); err == nil {
		t.Errorf("a folder that is gone has the names %v", names)
	}
}

func TestNamesOfFiles(t *testing.T) {
	for file, want := range map[string]string{
		"x.yaml":                                "x",
		"a/b/x.yml":                             "x",
		`a\b\x.yaml`:                            "x",
		"scenarios/gossip/x.yaml":               "gossip/x",
		"./scenarios/gossip/x.yaml":             "gossip/x",
		"/home/me/scenarios/gossip/deep/x.yaml": "gossip/deep/x",
		"scenarios/old/scenarios/x.yaml":        "x",
		"my-scenarios/x.yaml":                   "x",
		"scenarios/x.y.yaml":                    "x.y",
	} {
		s, err := scenario.ParseFile(file, []byte(small), catalog())
		if err != nil || s.Name != want {
			t.Errorf("%s is called %q (%v), want %q", file, s.Name, err, want)
		}
	}
	if _, err := scenario.ParseFile("x.yaml", []byte("system: ecko"), catalog()); err == nil || !strings.Contains(err.Error(), "x.yaml:1:9: ") {
		t.Errorf("got %v", err)
	}
}

func TestSuggestions(t *testing.T) {
	names := []string{"gossip/partition-heals", "gossip/crash", "gossip/pause"}
	for name, want := range map[string]string{
		"gossip/partition-heal": "did you mean gossip/partition-heals?",
		"gosip/crash":           "did you mean gossip/crash?",
		"unheard-of":            "`sunder list scenarios` shows them",
	} {
		if err := scenario.Suggest(name, names); !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %q, want %q", name, err, want)
		}
	}
}
