package cli_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"sunder/harness/cli"
)

// TestReadmeShowsRealOutput runs the example that the README explains and compares what it prints, but for times of day and
// of the machine.
func TestReadmeShowsRealOutput(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const scenario = "gossip/gos-a1-not-linearizable"
	_, rest, found := strings.Cut(string(readme), "$ go run . run "+scenario+"\n")
	shown, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("the README does not show %s", scenario)
	}
	t.Chdir(t.TempDir())
	var out bytes.Buffer
	if code := cli.Main([]string{"run", scenario}, os.Stdin, &out, &out); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, &out)
	}
	if got, want := timeless(out.String()), timeless(shown); got != want {
		t.Errorf("it prints\n%s\nand the README says\n%s", got, want)
	}
}

func timeless(text string) string {
	text = regexp.MustCompile(`simulated in [^ \n]+`).ReplaceAllString(text, "simulated in TIME")
	text = regexp.MustCompile(`\d{8}T\d{6}\.\d{3}Z`).ReplaceAllString(text, "STAMP")
	return strings.TrimSpace(text)
}
