package jepsen_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"

	"sunder/harness/history"
	"sunder/harness/history/jepsen"
	"sunder/harness/protocol"
)

// The logs of Jepsen's tests of etcd that porcupine is tested with are read where they lie, in its module, and its own
// table says which are linearizable.

// etcdLog is a log with its verdict.
type etcdLog struct {
	name, path   string
	linearizable bool
}

func porcupineDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/anishathalye/porcupine").Output()
	if err != nil {
		t.Fatalf("porcupine's module cannot be found: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// etcdLogs returns all of porcupine's table.
func etcdLogs(t *testing.T) []etcdLog {
	t.Helper()
	dir := porcupineDir(t)
	source, err := os.ReadFile(filepath.Join(dir, "porcupine_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`func TestEtcdJepsen(\d+)\(t \*testing\.T\) \{\s*checkJepsen\(t, \d+, (true|false)\)`)
	var logs []etcdLog
	linearizable := 0
	for _, m := range row.FindAllSubmatch(source, -1) {
		name := fmt.Sprintf("etcd_%s.log", m[1])
		l := etcdLog{name, filepath.Join(dir, "test_data", "jepsen", name), string(m[2]) == "true"}
		if l.linearizable {
			linearizable++
		}
		logs = append(logs, l)
	}
	if len(logs) != 102 || linearizable != 23 {
		t.Fatalf("porcupine's table has %d logs, %d of them linearizable; it had 102 and 23", len(logs), linearizable)
	}
	return logs
}

func readLog(t *testing.T, path string) (*history.History, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return jepsen.Read(f)
}

// TestEtcdLogsByPorcupine judges what is read with porcupine alone and a model that stands here: a wrong verdict is the
// reader's fault.
func TestEtcdLogsByPorcupine(t *testing.T) {
	for _, l := range etcdLogs(t) {
		h, err := readLog(t, l.path)
		if err != nil {
			t.Errorf("%s: %v", l.name, err)
			continue
		}
		if got := porcupine.CheckOperations(register, operations(h)); got != l.linearizable {
			t.Errorf("%s: linearizable %v, porcupine's table says %v", l.name, got, l.linearizable)
		}
	}
}

// TestEveryLineOfTheEtcdLogsIsAnEvent: nothing in them is passed over.
func TestEveryLineOfTheEtcdLogsIsAnEvent(t *testing.T) {
	for _, l := range etcdLogs(t) {
		text, err := os.ReadFile(l.path)
		if err != nil {
			t.Fatal(err)
		}
		h, err := readLog(t, l.path)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n"); h.Len() != lines {
			t.Errorf("%s: %d lines, %d events", l.name, lines, h.Len())
		}
	}
}

func TestTheEtcdLogWithoutARun(t *testing.T) {
	_, err := readLog(t, filepath.Join(porcupineDir(t), "test_data", "jepsen", "etcd_095.log"))
	var lineError *history.LineError
	if !errors.As(err, &lineError) || lineError.What != "no operation in it" {
		t.Errorf("error %v", err)
	}
}

// register is a register that holds nil at first, for porcupine. A state is the value; inputs and outputs are operations.
var register = porcupine.Model{
	Init: func() any { return protocol.Value{} },
	Step: func(state, input, _ any) (bool, any) {
		held, op := state.(protocol.Value), input.(*history.Operation)
		known := op.Outcome != protocol.Info
		switch op.F {
		case "read":
			return !known || op.Output.Equal(held), held
		case "write":
			return true, op.Input
		}
		pair, _ := op.Input.List()
		matches := pair[0].Equal(held)
		if op.Refused() {
			return !matches, held
		}
		if matches {
			return true, pair[1]
		}
		return !known, held
	},
	Equal: func(a, b any) bool { return a.(protocol.Value).Equal(b.(protocol.Value)) },
}

// operations leaves out what did not happen.
func operations(h *history.History) []porcupine.Operation {
	var out []porcupine.Operation
	for i := range h.Operations {
		op := &h.Operations[i]
		if op.Outcome == protocol.Fail && !op.Refused() {
			continue
		}
		end := min(op.Return, h.Len())
		out = append(out, porcupine.Operation{ClientId: op.Process, Input: op, Call: int64(op.Call), Return: int64(end)})
	}
	return out
}
