package kvlog_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sunder/checkers"
	"sunder/checkers/linearizable"
	"sunder/checkers/model"
	"sunder/harness/history/kvlog"
)

// TestPorcupinesLogs judges the logs that porcupine is tested with, where they lie in its module. Their names say which
// are linearizable.
func TestPorcupinesLogs(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/anishathalye/porcupine").Output()
	if err != nil {
		t.Fatalf("porcupine's module cannot be found: %v", err)
	}
	logs, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "test_data", "kv", "*.txt"))
	if len(logs) != 6 {
		t.Fatalf("porcupine has 6 logs, not %v", logs)
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		h, err := kvlog.Read(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		in := checkers.Input{History: h, Object: model.Text()}
		if err := checkers.Admit(h, in.Object); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		want := checkers.Valid
		if strings.HasSuffix(path, "-bad.txt") {
			want = checkers.Invalid
		}
		if v := linearizable.Checker().Run(in); v.Valid != want {
			t.Errorf("%s is %s: %s", filepath.Base(path), v.Valid, v.Reason)
		}
	}
}
