package protocol

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// FactCodec turns the facts of one system into JSON and back: {"name":"role","body":{"name":"primary"}}. A fact of the
// system's own goes by its own name, and its body is the fields: {"name":"gossip/changed","body":{...}}. So what an
// invariant reads is the same whether a fact was noted in this process or in another.
type FactCodec struct {
	types map[string]reflect.Type // of facts, and of the fields of own ones
	own   map[string]bool
}

// NewFactCodec returns the codec of a system whose own facts are listed, one of each name with a zero value for its
// fields. It panics if two share a name, or one is called as the facts that every system may note: a system is written
// wrong then.
func NewFactCodec(own []Own) *FactCodec {
	c := &FactCodec{types: map[string]reflect.Type{}, own: map[string]bool{}}
	for _, f := range []Fact{Multicast{}, Delivered{}, Installed{}, Phase{}, Role{}, Mark{}, Left{}} {
		c.types[factName(f)] = reflect.TypeOf(f)
	}
	for _, f := range own {
		if _, taken := c.types[f.Name]; taken {
			panic(fmt.Sprintf("protocol: two facts are called %s", f.Name))
		}
		c.types[f.Name], c.own[f.Name] = reflect.TypeOf(f.Fields), true
	}
	return c
}

// factName returns the name of a fact on its journey.
func factName(f Fact) string {
	if own, isOwn := f.(Own); isOwn {
		return own.Name
	}
	return strings.ToLower(reflect.TypeOf(f).Name())
}

// Encode returns f as JSON. An own fact that the system does not list, or whose fields are not of the listed type, is an
// error.
func (c *FactCodec) Encode(f Fact) ([]byte, error) {
	name, body := factName(f), any(f)
	if own, isOwn := f.(Own); isOwn {
		body = own.Fields
		if !c.own[name] {
			return nil, fmt.Errorf("fact %s is not listed by its system (it lists %s)", name, c.listed())
		}
		if t := reflect.TypeOf(body); t != c.types[name] {
			return nil, fmt.Errorf("fact %s is listed with fields of type %v, and these are %v", name, c.types[name], t)
		}
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encoding fact %s: %w", name, err)
	}
	return json.Marshal(envelope{Name: name, Body: data})
}

// Decode returns the fact that Encode was given.
func (c *FactCodec) Decode(data []byte) (Fact, error) {
	var e envelope
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("decoding a fact: %w", err)
	}
	t, known := c.types[e.Name]
	if !known {
		return nil, fmt.Errorf("fact %q is not one of the system's (it lists %s)", e.Name, c.listed())
	}
	p := reflect.New(t)
	if err := json.Unmarshal(e.Body, p.Interface()); err != nil {
		return nil, fmt.Errorf("decoding fact %s: %w", e.Name, err)
	}
	body := p.Elem().Interface()
	if c.own[e.Name] {
		return Own{Name: e.Name, Fields: body}, nil
	}
	return body.(Fact), nil
}

// listed returns the names of the system's own facts in alphabetical order.
func (c *FactCodec) listed() string {
	names := make([]string, 0, len(c.own))
	for name := range c.own {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
