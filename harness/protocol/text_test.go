package protocol

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// TestTextIsWrittenAsEncodingJSONWritesIt holds the short cut for plain strings to the long way.
func TestTextIsWrittenAsEncodingJSONWritesIt(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, s string) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if got := String(s).String(); got != string(want) {
			t.Fatalf("%q is written %s, json.Marshal writes %s", s, got, want)
		}
	}
	for c := range 256 {
		check(t, "a"+string([]byte{byte(c)})+"z")
		check(t, "a"+string(rune(c))+"z")
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.String().Draw(t, "s")) })
}
