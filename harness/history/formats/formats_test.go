package formats_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"sunder/harness/history"
	"sunder/harness/history/formats"
)

const (
	nemesis = ":nemesis\t:info\t:start\tnil\n"

	jsonl = `{"process":0,"type":"invoke","f":"read"}` + "\n" + `{"process":0,"type":"ok","f":"read","value":1}` + "\n"
	log   = "INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  jepsen.util - 0\t:ok\t:read\t1\n"
)

func TestDetectAndRead(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"JSON lines", jsonl, "jsonl"},
		{"JSON lines with a byte order mark", "\ufeff" + jsonl, "jsonl"},
		{"blank lines first", "\n \n" + jsonl, "jsonl"},
		{"a log", log, "jepsen-log"},
		{"a log that begins with other output", "INFO  jepsen.core - {:valid? true}\n" + log, "jepsen-log"},
		{"a log of a key-value store", `{:process 0, :type :invoke, :f :get, :key "k", :value nil}` + "\n" + `{:process 0, :type :ok, :f :get, :key "k", :value "1"}`, "kv-log"},
		{"history.txt", "0\t:invoke\t:read\tnil\n0\t:ok\t:read\t1\n", "jepsen-log"},
		{"a log after a byte order mark", "\ufeff" + log, "jepsen-log"},
	} {
		h, format, err := formats.Read(strings.NewReader(test.text), "file", "")
		if err != nil || format.Name != test.want {
			t.Errorf("%s: format %q: %v", test.name, format.Name, err)
			continue
		}
		if len(h.Operations) != 1 || strings.Trim(h.Operations[0].Output.String(), `"`) != "1" {
			t.Errorf("%s: %+v", test.name, h.Operations)
		}
	}
}

// TestReaderOfHistoryText checks that all rows tell whether a history.txt is of a register, not the first one alone.
func TestReaderOfHistoryText(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"history.txt that begins with the nemesis", nemesis + "0\t:invoke\t:read\tnil\n0\t:ok\t:read\t1\n", "jepsen-log"},
		{"history.txt of a register with cas", "0\t:invoke\t:read\tnil\n0\t:ok\t:read\t1\n" + nemesis + "0\t:invoke\t:cas\t[1 2]", "jepsen-log"},
		{"history.txt of transactions after the nemesis", nemesis + nemesis + "0\t:invoke\t:txn\t[[:r 1 nil]]\n0\t:ok\t:txn\t[[:r 1 3]]", "jepsen-text"},
		{"history.txt of a set that is read first", "1\t:invoke\t:read\tnil\n1\t:ok\t:read\t1\n" + nemesis + "0\t:invoke\t:add\t1\n", "jepsen-text"},
		{"history.txt of registers with keys", nemesis + "1\t:invoke\t:cas\t[1 [1 2]]\n1\t:ok\t:cas\t[1 [1 2]]\n", "jepsen-text"},
	} {
		_, format, err := formats.Read(strings.NewReader(test.text), "history.txt", "")
		if err != nil || format.Name != test.want {
			t.Errorf("%s: format %q, want %s: %v", test.name, format.Name, test.want, err)
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	for _, test := range []struct{ text, format, want string }{
		{"", "", "h: no event in it (a history has one event a line)"},
		{"", "jepsen-log", "h: no operation in it (Jepsen logs operations as INFO jepsen.util - PROCESS :invoke|:ok|:fail|:info :F VALUE)"},
		{"hello\n", "", "h:1: column 1: not JSON: 'h' where there should be an object, {...}"},
		{log, "jsonl", "h:1: column 1: not JSON: 'I' where there should be an object, {...}"},
		{jsonl, "jepsen-log", `h:1: neither an operation nor other output of a log: "{\"process\":0,\"type\":\"invoke\",\"f\":\"read\"}" (an operation is logged as INFO jepsen.util - PROCESS :invoke|:ok|:fail|:info :F VALUE)`},
		{jsonl, "edn", `h: there is no format "edn"; there are jsonl, kv-log, jepsen-edn, jepsen-text, elle-json, etcd, plume, dbcop, dbcop-json, jepsen-log`},
	} {
		if _, _, err := formats.Read(strings.NewReader(test.text), "h", test.format); err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
	broken := errors.New("the disk is broken")
	if _, _, err := formats.Read(iotest.ErrReader(broken), "h", ""); !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "h: ") {
		t.Errorf("error %v", err)
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.jsonl")
	if _, _, err := formats.ReadFile(t.Context(), path, ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(path, []byte(jsonl), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, format, err := formats.ReadFile(t.Context(), path, ""); err != nil || format.Name != "jsonl" || len(h.Operations) != 1 {
		t.Errorf("format %q: %v", format.Name, err)
	}
	if _, _, err := formats.ReadFile(t.Context(), filepath.Dir(path), ""); err == nil || !strings.Contains(err.Error(), "it is a directory") {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(path, []byte(jsonl+jsonl[:20]), 0o600); err != nil {
		t.Fatal(err)
	}
	var lineError *history.LineError
	if _, _, err := formats.ReadFile(t.Context(), path, ""); !errors.As(err, &lineError) || lineError.File != path || lineError.Line != 3 {
		t.Errorf("error %v", err)
	}
}

func TestEveryFormatIsDescribedAndFound(t *testing.T) {
	for _, f := range formats.All() {
		got, err := formats.Lookup(f.Name)
		if err != nil || got.Name != f.Name || f.About == "" || f.Read == nil {
			t.Errorf("%+v: found %q: %v", f, got.Name, err)
		}
	}
}
