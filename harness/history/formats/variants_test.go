package formats_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sunder/harness/history"
	"sunder/harness/history/formats"
)

// plainOperations and keyedOperations are what all variants of each kind say, in sunder's own form without index and time.
const (
	plainOperations = `{"process":0,"type":"invoke","f":"write","value":3}
{"process":1,"type":"invoke","f":"read","value":null}
{"process":"nemesis","type":"info","f":"start","value":null}
{"process":0,"type":"ok","f":"write","value":3}
{"process":1,"type":"ok","f":"read","value":3}
{"process":0,"type":"invoke","f":"cas","value":[3,4]}
{"process":0,"type":"info","f":"cas","value":[3,4],"error":"timed-out"}`
	keyedOperations = `{"process":0,"type":"invoke","f":"write","key":"7","value":3}
{"process":1,"type":"invoke","f":"read","key":"7","value":null}
{"process":"nemesis","type":"info","f":"start","value":null}
{"process":0,"type":"ok","f":"write","key":"7","value":3}
{"process":1,"type":"ok","f":"read","key":"7","value":3}
{"process":0,"type":"invoke","f":"cas","key":"7","value":[3,4]}
{"process":0,"type":"info","f":"cas","key":"7","value":[3,4],"error":"timed-out"}`
	plainText = "0\t:invoke\t:write\t3\n1\t:invoke\t:read\tnil\n:nemesis\t:info\t:start\tnil\n0\t:ok\t:write\t3\n1\t:ok\t:read\t3\n0\t:invoke\t:cas\t[3 4]\n0\t:info\t:cas\t[3 4]\t:timed-out\n"
	keyedText = "0\t:invoke\t:write\t[7 3]\n1\t:invoke\t:read\t[7 nil]\n:nemesis\t:info\t:start\tnil\n0\t:ok\t:write\t[7 3]\n1\t:ok\t:read\t[7 3]\n0\t:invoke\t:cas\t[7 [3 4]]\n0\t:info\t:cas\t[7 [3 4]]\t:timed-out\n"
)

// edited returns the rows of a text, each between what stands ahead of it and what stands behind.
func edited(text string, ahead, behind func(row int) string) string {
	var out strings.Builder
	for i, row := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		out.WriteString(ahead(i) + row + behind(i) + "\n")
	}
	return out.String()
}

func always(text string) func(int) string { return func(int) string { return text } }

// maps writes the rows of a history.txt as maps, each with what is added to it.
func maps(text string, added func(row int) string) string {
	var rows []string
	for i, row := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		f := strings.Split(row, "\t")
		m := "{" + added(i) + ":process " + f[0] + ", :type " + f[1] + ", :f " + f[2] + ", :value " + f[3]
		if len(f) > 4 {
			m += ", :error " + f[4]
		}
		rows = append(rows, m+"}")
	}
	return strings.Join(rows, "\n") + "\n"
}

func numbered(row int) string {
	return `:index ` + string(rune('0'+row)) + `, :time ` + string(rune('1'+row)) + `000, `
}

// TestJepsensVariants reads one history in all the ways in which Jepsen and its relatives have written it, and finds the same
// operations; and the form is recognized by the text.
func TestJepsensVariants(t *testing.T) {
	column := func(row int) string { return string(rune('0'+row)) + "\t" }
	columns := func(row int) string { return column(row) + string(rune('1'+row)) + "000\t" }
	type variant struct {
		name, format, text string
		timed              bool
	}
	for _, kind := range []struct{ name, text, want, textFormat string }{
		{"plain", plainText, plainOperations, "jepsen-log"}, {"keyed", keyedText, keyedOperations, "jepsen-text"},
	} {
		bare := maps(kind.text, always(""))
		whole := maps(kind.text, numbered)
		for _, v := range []variant{
			{"a map a line", "jepsen-edn", whole, true},
			{"without index and time", "jepsen-edn", bare, false},
			{"one vector", "jepsen-edn", "[" + whole + "]", true},
			{"one vector on one line", "jepsen-edn", "[" + strings.ReplaceAll(whole, "\n", " ") + "]", true},
			{"a list", "jepsen-edn", "(" + whole + ")\n", true},
			{"records", "jepsen-edn", edited(whole, always("#jepsen.history.Op"), always("")), true},
			{"records in a list", "jepsen-edn", "(" + edited(bare, always("#jepsen.history.Op "), always("")) + ")", false},
			{"comments", "jepsen-edn", "; written by hand\n" + edited(bare, always(""), always(" ; so it was")), false},
			{"unknown tags and more keys", "jepsen-edn", maps(kind.text, always(`:node "n1", :at #inst "2024-01-01T00:00:00Z", :ratio 1/2, :end-process? true, :exception #error{:via [#some.pkg/Thing [1 #{:a}]]}, `)), false},
			{"history.txt", kind.textFormat, kind.text, false},
			{"history.txt with Windows' ends of lines", kind.textFormat, strings.ReplaceAll(kind.text, "\n", "\r\n"), false},
			{"history.txt with an index", "jepsen-text", edited(kind.text, column, always("")), false},
			{"history.txt with index and time", "jepsen-text", edited(kind.text, columns, always("")), true},
			{"a log", kind.textFormat, "INFO  jepsen.core - Running test\n" + edited(kind.text, always("INFO  jepsen.util - "), always("")) + "INFO  jepsen.core - Everything looks good!\n", false},
			{"a log of today", kind.textFormat, edited(kind.text, always("2024-01-01 10:00:00,123{GMT}\tINFO\t[jepsen worker 0] jepsen.util: "), always("")), false},
		} {
			h, format, err := formats.Read(strings.NewReader(v.text), "file", "")
			if err != nil {
				t.Errorf("%s, %s: %v", kind.name, v.name, err)
				continue
			}
			if format.Name != v.format {
				t.Errorf("%s, %s: taken for %s, not %s", kind.name, v.name, format.Name, v.format)
			}
			if diff := cmp.Diff(kind.want, untimed(t, h)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", kind.name, v.name, diff)
			}
			if timed := h.Operations[1].CallTime == 2000; timed != v.timed {
				t.Errorf("%s, %s: the read began at %v", kind.name, v.name, h.Operations[1].CallTime)
			}
		}
	}
}

// untimed writes a history as sunder does, without index and time.
func untimed(t *testing.T, h *history.History) string {
	t.Helper()
	var b bytes.Buffer
	if err := history.Write(&b, h); err != nil {
		t.Fatal(err)
	}
	var rows []string
	for line := range strings.Lines(b.String()) {
		var e struct {
			Process, Type, F, Key, Value, Error json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		row := `{"process":` + string(e.Process) + `,"type":` + string(e.Type) + `,"f":` + string(e.F)
		for _, f := range []struct {
			name string
			text json.RawMessage
		}{{"key", e.Key}, {"value", e.Value}, {"error", e.Error}} {
			if f.text != nil {
				row += `,"` + f.name + `":` + string(f.text)
			}
		}
		rows = append(rows, row+"}")
	}
	return strings.Join(rows, "\n")
}

// TestLogsOfOtherObjects: a log of the keyed registers of porcupine's kind says what timed out in place of the value, and a
// log of a set is read too; what else is logged is passed over.
func TestLogsOfOtherObjects(t *testing.T) {
	const prefix = "INFO  jepsen.util - "
	for _, test := range []struct{ text, want string }{
		{"WARN  jepsen.core - Process 1 indeterminate\n" + prefix + "0\t:invoke\t:read\t[7 nil]\n\tat java.net.Socket\n" + prefix + "0\t:fail\t:read\t:timed-out\n" +
			prefix + "1\t:invoke\t:write\t[7 1]\n" + prefix + "1\t:info\t:write\t:timed-out\n",
			`{"process":0,"type":"invoke","f":"read","key":"7","value":null}
{"process":0,"type":"fail","f":"read","key":"7","value":null,"error":"timed-out"}
{"process":1,"type":"invoke","f":"write","key":"7","value":1}
{"process":1,"type":"info","f":"write","key":"7","value":null,"error":"timed-out"}`},
		{prefix + "0\t:invoke\t:add\t4\n" + prefix + "0\t:ok\t:add\t4\n",
			`{"process":0,"type":"invoke","f":"add","value":4}` + "\n" + `{"process":0,"type":"ok","f":"add","value":4}`},
	} {
		h, _, err := formats.Read(strings.NewReader(test.text), "file", "")
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if diff := cmp.Diff(test.want, untimed(t, h)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
