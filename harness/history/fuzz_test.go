package history_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sunder/harness/history"
)

// FuzzRead holds the reader to five promises: it does not panic; an error is a *LineError with a text; what it reads
// is JSON for encoding/json too; what it has read is written so that it is read the same again; and of lines with a field
// that it does not know, which it reads the slow way, it makes the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	for line := range strings.Lines(sample) {
		f.Add([]byte(line))
		f.Add([]byte(line[:len(line)/2]))
	}
	f.Add([]byte("\ufeff{\"process\":0,\"type\":\"invoke\",\"f\":\"read\",\"x\":{\"y\":[1e5,true]}}\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := history.Read(bytes.NewReader(text))
		slow, slowErr := history.Read(bytes.NewReader(strange(text)))
		if (err == nil) != (slowErr == nil) {
			t.Fatalf("error %v, and read the slow way %v", err, slowErr)
		}
		if err != nil {
			var lineError *history.LineError
			if !errors.As(err, &lineError) || lineError.What == "" {
				t.Fatalf("error %#v", err)
			}
			return
		}
		for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\ufeff"))) {
			if len(bytes.TrimSpace(line)) > 0 && !json.Valid(line) {
				t.Fatalf("read what is not JSON: %q", line)
			}
		}
		canonical := write(t, h)
		if got := write(t, slow); got != canonical {
			t.Fatalf("read the slow way %q, not %q", got, canonical)
		}
		again := mustRead(t, canonical)
		if got := write(t, again); got != canonical {
			t.Fatalf("written %q, then %q", canonical, got)
		}
		if diff := cmp.Diff(h, again, cmpopts.IgnoreFields(history.History{}, "Lines"), cmpopts.IgnoreUnexported(history.History{}, history.Operation{})); diff != "" {
			t.Fatalf("read again (-first +second):\n%s", diff)
		}
	})
}

// strange returns the lines with one more field each, of a name that no field has.
func strange(text []byte) []byte {
	var out []byte
	for line := range bytes.Lines(text) {
		if at := bytes.IndexByte(line, '{'); at >= 0 && !bytes.HasPrefix(bytes.TrimLeft(line[at+1:], " \t\r\n"), []byte("}")) {
			line = slices.Concat(line[:at+1], []byte(`"strange":0,`), line[at+1:])
		}
		out = append(out, line...)
	}
	return out
}

// FuzzReadJSON compares the reader's own understanding of JSON with encoding/json's: any one value as a field that it
// passes over.
func FuzzReadJSON(f *testing.F) {
	for _, text := range []string{`1`, `-0.5E+10`, `"\u00e9\\"`, `[{},[],{"a":null}]`, `01`, `1.`, `tru`, `"\x"`, `{"a" 1}`, `[1,]`, "\"\x01\"", `1 2`, `1}`, `1,"f":2`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		line := append([]byte(`{"process":0,"type":"invoke","f":"read","x":`), append(bytes.Clone(value), '}')...)
		want := json.Valid(value)
		switch {
		case bytes.ContainsAny(value, "\n"), !utf8.Valid(value), bytes.Count(value, []byte("["))+bytes.Count(value, []byte("{")) > 500:
			return // what lines, their encoding and their depth are held to is more than JSON
		case !want && json.Valid(line):
			return // the value ends its field and begins another
		}
		_, err := history.Read(bytes.NewReader(line))
		if want != (err == nil) {
			t.Fatalf("%q: encoding/json says %v, error %v", line, want, err)
		}
	})
}
