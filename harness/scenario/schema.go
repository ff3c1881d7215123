package scenario

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/invopop/jsonschema"

	"sunder/checkers/guarantee"
	"sunder/harness/workload"
	"sunder/nemesis"
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
	v := vocabularyOf(c)
	restrict(schema, "system", v.systems)
	restrict(schema, "mutant", v.mutants)
	restrictKeys(schema, "options", v.options)
	restrictItems(schema, "backends", v.backends)
	restrictItems(schema, "suites", Suites())
	work := property(schema, "workload")
	work.Required = []string{"object"}
	restrict(work, "object", v.objects)
	restrictKeys(work, "mix", v.operations)
	property(work, "script").Items.Required = []string{"at", "client", "do"}
	step := property(schema, "nemesis").Items
	step.AnyOf = []*jsonschema.Schema{{Required: []string{"at", "fault"}}, {Required: []string{"random"}}, {Required: []string{"swarm"}}}
	restrict(step, "fault", kindNames())
	restrict(step, "shape", nemesis.Shapes())
	restrict(step, "lose", nemesis.Losses())
	restrictItems(step, "random", kindNames())
	restrictItems(step, "swarm", kindNames())
	restrict(step, "size", nemesis.Sizes())
	expect := property(schema, "expect")
	restrictItems(expect, "holds", v.guarantees)
	restrictKeys(expect, "breaks", v.guarantees)
	property(expect, "breaks").AdditionalProperties = &jsonschema.Schema{Type: "string", Enum: anys(v.anomalies)}
	restrictKeys(schema, "evidence", kindNames())
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("scenario: the schema is not JSON: %v", err))
	}
	return append(text, '\n')
}

// vocabulary is every name that a scenario may use, of all systems together.
type vocabulary struct {
	systems, mutants, options, backends, objects, operations []string
	guarantees                                               []guarantee.Name
	anomalies                                                []guarantee.Anomaly
}

func vocabularyOf(c Catalog) vocabulary {
	v := vocabulary{objects: []string{"cas-register"}, anomalies: []guarantee.Anomaly{guarantee.Any, guarantee.BrokenByItself}}
	for _, s := range c.Systems {
		v.systems = append(v.systems, s.Name)
		for _, m := range s.Mutants {
			v.mutants = append(v.mutants, m.Name)
		}
		for _, o := range s.Options {
			v.options = append(v.options, o.Name)
		}
		for _, i := range s.Invariants {
			v.guarantees = append(v.guarantees, i.Guarantee())
		}
	}
	for _, b := range c.Backends {
		v.backends = append(v.backends, b.Name())
	}
	for _, o := range workload.Objects() {
		v.objects = append(v.objects, o.Name)
		for _, op := range o.Operations {
			v.operations = append(v.operations, op.F)
		}
	}
	for _, g := range guarantee.All() {
		v.guarantees = append(v.guarantees, g.Name)
		v.anomalies = append(v.anomalies, g.Anomalies...)
	}
	return v
}

// scalarSchema describes what is written as one value: text for durations, ranges, ratios and rates; numbers and words
// alike where a value stands for itself.
func scalarSchema(t reflect.Type) *jsonschema.Schema {
	word := []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}
	switch t {
	case reflect.TypeFor[duration](), reflect.TypeFor[span](), reflect.TypeFor[ratio](), reflect.TypeFor[rate]():
		return &jsonschema.Schema{Type: "string"}
	case reflect.TypeFor[map[string]string]():
		return &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{AnyOf: word}}
	case reflect.TypeFor[string]():
		return &jsonschema.Schema{AnyOf: word}
	case reflect.TypeFor[answer]():
		return &jsonschema.Schema{AnyOf: append(word, &jsonschema.Schema{Type: "null"}, &jsonschema.Schema{Type: "array"})}
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

func restrict[S ~string](s *jsonschema.Schema, name string, values []S) {
	p := property(s, name)
	p.AnyOf, p.Type, p.Enum = nil, "string", anys(values)
}

func restrictItems[S ~string](s *jsonschema.Schema, name string, values []S) {
	property(s, name).Items = &jsonschema.Schema{Type: "string", Enum: anys(values)}
}

func restrictKeys[S ~string](s *jsonschema.Schema, name string, values []S) {
	property(s, name).PropertyNames = &jsonschema.Schema{Enum: anys(values)}
}

// anys lists names in alphabetical order, each once.
func anys[S ~string](values []S) []any {
	out := make([]any, 0, len(values))
	for _, v := range slices.Compact(slices.Sorted(slices.Values(values))) {
		out = append(out, v)
	}
	return out
}
