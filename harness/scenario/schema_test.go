package scenario_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"sunder/harness/cluster"
	"sunder/harness/scenario"
	"sunder/scenarios"
	systemsall "sunder/systems/all"
)

// schema is as much of a JSON Schema as Schema writes.
type schema struct {
	Version              string             `json:"$schema"`
	Title                string             `json:"title"`
	Description          string             `json:"description"`
	Type                 string             `json:"type"`
	Properties           map[string]*schema `json:"properties"`
	Required             []string           `json:"required"`
	AdditionalProperties json.RawMessage    `json:"additionalProperties"` // false, or a schema
	PropertyNames        *schema            `json:"propertyNames"`
	Items                *schema            `json:"items"`
	AnyOf                []*schema          `json:"anyOf"`
	Enum                 []any              `json:"enum"`
	Minimum              *int               `json:"minimum"`
}

// schemaOf reads the schema of a catalog. A keyword that the validator below does not know is an error.
func schemaOf(t *testing.T, c scenario.Catalog) *schema {
	t.Helper()
	text := scenario.Schema(c)
	if again := scenario.Schema(c); !bytes.Equal(text, again) {
		t.Fatal("the schema is another one at each time")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	s := &schema{}
	if err := decoder.Decode(s); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return s
}

// check returns what is wrong with a value, "" if it fits.
func (s *schema) check(path string, v any) string {
	if s.Type != "" && s.Type != typeOf(v) && !(s.Type == "number" && typeOf(v) == "integer") {
		return fmt.Sprintf("%s is %s, not %s", path, typeOf(v), s.Type)
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		return fmt.Sprintf("%s is none of %v", path, s.Enum)
	}
	if len(s.AnyOf) > 0 && !slices.ContainsFunc(s.AnyOf, func(o *schema) bool { return o.check(path, v) == "" }) {
		return fmt.Sprintf("%s fits no alternative", path)
	}
	switch v := v.(type) {
	case map[string]any:
		return s.checkObject(path, v)
	case []any:
		for i, element := range v {
			if s.Items != nil {
				if wrong := s.Items.check(fmt.Sprintf("%s[%d]", path, i), element); wrong != "" {
					return wrong
				}
			}
		}
	}
	return ""
}

func (s *schema) checkObject(path string, v map[string]any) string {
	for _, name := range s.Required {
		if _, given := v[name]; !given {
			return fmt.Sprintf("%s has no %s", path, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		at := path + "." + name
		if s.PropertyNames != nil {
			if wrong := s.PropertyNames.check(at, name); wrong != "" {
				return wrong
			}
		}
		if p, known := s.Properties[name]; known {
			if wrong := p.check(at, v[name]); wrong != "" {
				return wrong
			}
			continue
		}
		if string(s.AdditionalProperties) == "false" {
			return at + " is unknown"
		}
		other := &schema{}
		if len(s.AdditionalProperties) > 0 && json.Unmarshal(s.AdditionalProperties, other) == nil {
			if wrong := other.check(at, v[name]); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case int, uint64:
		return "integer"
	case float64:
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return fmt.Sprintf("%T", v)
}

func fits(t *testing.T, s *schema, source []byte) string {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(source, &v); err != nil {
		t.Fatal(err)
	}
	return s.check("", v)
}

// TestScenariosFitTheSchema sees that an editor that knows the schema finds no fault with scenarios that Parse accepts.
func TestScenariosFitTheSchema(t *testing.T) {
	s := schemaOf(t, catalog())
	for _, source := range []string{small, full, scripted, changing} {
		if wrong := fits(t, s, []byte(source)); wrong != "" {
			t.Errorf("%s\n%s", wrong, source)
		}
		if encoded := scenario.Encode(parse(t, source)); fits(t, s, encoded) != "" {
			t.Errorf("%s\n%s", fits(t, s, encoded), encoded)
		}
	}
	own := schemaOf(t, scenario.Catalog{Systems: systemsall.All(), Backends: []cluster.Backend{fake{name: "sim"}, fake{name: "docker"}}})
	names, err := scenario.Names(scenarios.FS, ".")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d scenarios, %v", len(names), err)
	}
	for _, name := range names {
		source, err := fs.ReadFile(scenarios.FS, name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if wrong := fits(t, own, source); wrong != "" {
			t.Errorf("%s: %s", name, wrong)
		}
	}
}

func TestMistakesDoNotFitTheSchema(t *testing.T) {
	s := schemaOf(t, catalog())
	for _, test := range []struct{ in, old, new, want string }{
		{full, "about:", "abuot:", ".abuot is unknown"},
		{small, "system: echo", "", " has no system"},
		{full, "system: echo", "system: ecko", ".system is none of"},
		{full, "replicas: 5", "replicas: three", ".replicas is string, not integer"},
		{full, "suites: [quick,", "suites: [slow,", ".suites[0] is none of"},
		{full, "copies: 2", "copis: 2", ".options.copis is none of"},
		{full, "object: register", "object: abacus", ".workload.object is none of"},
		{full, "read: 2", "raed: 2", ".workload.mix.raed is none of"},
		{full, "rate: 100/s", "rate: 100", ".workload.rate is integer, not string"},
		{full, "loss: 1%", "lost: 1%", ".network.lost is unknown"},
		{full, "shape: halves", "shape: circle", ".nemesis[0].shape is none of"},
		{full, "fault: partition", "fault: explode", ".nemesis[0].fault is none of"},
		{full, "{at: 1s, for", "{for", ".nemesis[0] fits no alternative"},
		{full, "random: [pause", "random: [paws", ".nemesis[6].random[0] is none of"},
		{full, "holds: [session", "holds: [sesion", ".expect.holds[0] is none of"},
		{full, "linearizable: stale-read", "linearizable: stale", ".expect.breaks.linearizable is none of"},
		{full, "evidence: {partition", "evidence: {explode", ".evidence.explode is none of"},
		{scripted, "client: c1, ", "", ".workload.script[0] has no client"},
	} {
		source := strings.Replace(test.in, test.old, test.new, 1)
		if wrong := fits(t, s, []byte(source)); !strings.HasPrefix(wrong, test.want) {
			t.Errorf("%s -> %s: got %q, want %q", test.old, test.new, wrong, test.want)
		}
	}
}

// TestTheSchemaHasEveryField asks Parse for the fields of each part of a scenario, by a field that there is not.
func TestTheSchemaHasEveryField(t *testing.T) {
	s := schemaOf(t, catalog())
	for _, test := range []struct {
		in, old, new string
		part         *schema
	}{
		{full, "about:", "zzzzz: 1\nabout:", s},
		{full, "workload: {", "workload: {zzzzz: 1, ", s.Properties["workload"]},
		{scripted, "{at: 10ms", "{zzzzz: 1, at: 10ms", s.Properties["workload"].Properties["script"].Items},
		{full, "network: {", "network: {zzzzz: 1, ", s.Properties["network"]},
		{full, "disk: {", "disk: {zzzzz: 1, ", s.Properties["disk"]},
		{full, "{at: 1s, for", "{zzzzz: 1, at: 1s, for", s.Properties["nemesis"].Items},
		{full, "expect:\n", "expect:\n  zzzzz: 1\n", s.Properties["expect"]},
	} {
		_, errs := scenario.Parse("f", []byte(strings.Replace(test.in, test.old, test.new, 1)), catalog())
		if len(errs) != 1 {
			t.Errorf("%s: got %q", test.new, errs)
			continue
		}
		hint := strings.TrimPrefix(place(t, errs[0]).Hint, "there is: ")
		fields := slices.Sorted(slices.Values(strings.Split(hint, ", ")))
		if known := slices.Sorted(maps.Keys(test.part.Properties)); !slices.Equal(fields, known) {
			t.Errorf("%s: Parse takes %v, the schema has %v", test.new, fields, known)
		}
		for name, p := range test.part.Properties {
			if p.Description == "" {
				t.Errorf("the field %s is not explained", name)
			}
		}
	}
}
