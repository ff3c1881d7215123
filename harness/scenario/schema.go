package scenario

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/invopop/jsonschema"

	"sunder/checkers/guarantee"
	"sunder/harness/workload"
)

// Schema returns the JSON Schema of scenario files, for editors. It knows the fields, and the names in the catalog;
// what depends on several fields only Parse sees.
func Schema(c Catalog) []byte {
	reflector := jsonschema.Reflector{
		FieldNameTag:               "yaml",
		DoNotReference:             true,
		Anonymous:                  true,
		RequiredFromJSONSchemaTags: true,
		Mapper:                     scalarSchema,
	}
	schema := reflector.Reflect(&file{})
	schema.Title = "sunder scenario"
	schema.Required = []string{"system", "workload", "expect"}
	var systems, backends, objects []string
	for _, s := range c.Systems {
		systems = append(systems, s.Name)
	}
	for _, b := range c.Backends {
		backends = append(backends, b.Name())
	}
	for _, o := range workload.Objects() {
		objects = append(objects, o.Name)
	}
	restrict(schema, "system", systems)
	restrictItems(schema, "backends", backends)
	restrictItems(schema, "suites", Suites())
	restrict(property(schema, "workload"), "object", append(objects, "cas-register"))
	step := property(schema, "nemesis").Items
	restrict(step, "fault", kindNames())
	restrictItems(step, "random", kindNames())
	var guarantees []string
	for _, g := range guarantee.All() {
		guarantees = append(guarantees, string(g.Name))
	}
	for _, s := range c.Systems {
		for _, i := range s.Invariants {
			guarantees = append(guarantees, string(i.Guarantee()))
		}
	}
	restrictItems(property(schema, "expect"), "holds", guarantees)
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("scenario: the schema is not JSON: %v", err))
	}
	return append(text, '\n')
}

// scalarSchema describes what is written as one value: text for durations, ranges, ratios and rates; numbers and words
// alike where a value stands for itself.
func scalarSchema(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[duration](), reflect.TypeFor[span](), reflect.TypeFor[ratio](), reflect.TypeFor[rate]():
		return &jsonschema.Schema{Type: "string"}
	case reflect.TypeFor[map[string]string]():
		return &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{}}
	case reflect.TypeFor[string]():
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}, {Type: "null"}}}
	}
	return nil
}

func property(s *jsonschema.Schema, name string) *jsonschema.Schema {
	p, ok := s.Properties.Get(name)
	if !ok {
		panic(fmt.Sprintf("scenario: the schema has no %s", name))
	}
	return p
}

func restrict(s *jsonschema.Schema, name string, values []string) {
	property(s, name).Enum = anys(values)
}

func restrictItems(s *jsonschema.Schema, name string, values []string) {
	property(s, name).Items = &jsonschema.Schema{Type: "string", Enum: anys(values)}
}

func anys(values []string) []any {
	out := make([]any, 0, len(values))
	for _, v := range slices.Compact(slices.Sorted(slices.Values(values))) {
		out = append(out, v)
	}
	return out
}
