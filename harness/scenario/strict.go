package scenario

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// read decodes a node into v and notes everything that does not fit, going on after each problem. Fields are found by
// their yaml tags; a struct takes no field that it does not have.
func (p *problems) read(n *yaml.Node, v reflect.Value, path string) {
	p.nodes[path] = n
	if v.Kind() == reflect.Pointer {
		before := len(p.list)
		v.Set(reflect.New(v.Type().Elem()))
		p.read(n, v.Elem(), path)
		whole := v.Elem().Kind() != reflect.Struct || n.Kind != yaml.MappingNode
		if len(p.list) > before && whole {
			v.SetZero() // what cannot be read counts as not given, so that nothing is said of it twice
		}
		return
	}
	if !p.bare(n) {
		return
	}
	if reader, ok := v.Addr().Interface().(nodeReader); ok {
		if err := reader.readNode(n); err != nil {
			p.at(n, "", "%s: %v", path, err)
		}
		return
	}
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if p.scalar(n, path) {
			if err := text.UnmarshalText([]byte(n.Value)); err != nil {
				p.at(n, "", "%s: %v", path, err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		p.readStruct(n, v, path)
	case reflect.Map:
		p.readMap(n, v, path)
	case reflect.Slice:
		p.readSlice(n, v, path)
	case reflect.String:
		if p.scalar(n, path) {
			v.SetString(n.Value)
		}
	default:
		p.readNumber(n, v, path)
	}
}

// nodeReader is what reads more than one text.
type nodeReader interface{ readNode(*yaml.Node) error }

// bare notes what YAML has and scenarios do not: names for parts of the file, and tags.
func (p *problems) bare(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		p.at(n, "write it out", "*%s is an alias, which scenarios do not have", n.Value)
		return false
	case n.Anchor != "":
		p.at(n, "write it out wherever it is wanted", "&%s is an anchor, which scenarios do not have", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		p.at(n, "leave it out", "%s is a tag, which scenarios do not have", n.Tag)
	}
	return true
}

// scalar tells whether a node is one value; if not, it notes that.
func (p *problems) scalar(n *yaml.Node, path string) bool {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return true
	}
	p.at(n, "", "%s is one value, not %s", path, kindName(n))
	return false
}

// filled notes that there is nothing in what holds other things: it would have no effect.
func (p *problems) filled(n *yaml.Node, path string) {
	if len(n.Content) == 0 {
		p.at(n, "leave it out", "%s is empty", orFile(path))
	}
}

func (p *problems) readNumber(n *yaml.Node, v reflect.Value, path string) {
	if !p.scalar(n, path) {
		return
	}
	if v.CanUint() {
		number, err := strconv.ParseUint(n.Value, 10, 64)
		if err != nil {
			p.at(n, "", "%s is a whole number from 0 on, not %q", path, n.Value)
		}
		v.SetUint(number)
		return
	}
	number, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil || v.OverflowInt(number) {
		p.at(n, "", "%s is a whole number, not %q", path, n.Value)
		return
	}
	v.SetInt(number)
}

func (p *problems) readSlice(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		p.at(n, "put it in brackets, or a dash before each", "%s is a list, not %s", path, kindName(n))
		return
	}
	p.filled(n, path)
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, element := range n.Content {
		p.read(element, v.Index(i), path+"["+strconv.Itoa(i)+"]")
	}
}

func (p *problems) readMap(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		p.at(n, "write name: value", "%s has names with values, not %s", path, kindName(n))
		return
	}
	p.filled(n, path)
	v.Set(reflect.MakeMap(v.Type()))
	for key, value := range p.entries(n) {
		element := reflect.New(v.Type().Elem()).Elem()
		p.read(value, element, path+"."+key.Value)
		v.SetMapIndex(reflect.ValueOf(key.Value), element)
	}
}

func (p *problems) readStruct(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		p.at(n, "write name: value", "%s has fields, not %s", orFile(path), kindName(n))
		return
	}
	fields := map[string]int{}
	var names []string
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		fields[name] = i
		names = append(names, name)
	}
	for key, value := range p.entries(n) {
		i, known := fields[key.Value]
		if !known {
			p.at(key, oneOf(key.Value, names), "unknown field %q in %s", key.Value, orFile(path))
			continue
		}
		p.read(value, v.Field(i), strings.TrimPrefix(path+"."+key.Value, "."))
	}
}

// entries goes over a mapping and notes names that stand twice.
func (p *problems) entries(n *yaml.Node) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if !p.bare(key) {
				continue
			}
			if line, twice := seen[key.Value]; twice {
				p.at(key, "", "%q stands twice, first on line %d", key.Value, line)
				continue
			}
			seen[key.Value] = key.Line
			if !yield(key, n.Content[i+1]) {
				return
			}
		}
	}
}

func orFile(path string) string {
	if path == "" {
		return "a scenario"
	}
	return path
}

// kindName says what a node is.
func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "names with values"
	}
	if n.Tag == "!!null" {
		return "nothing"
	}
	return strconv.Quote(n.Value)
}
