package protocol

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Codec turns the messages of one protocol into JSON and back: {"name":"GOSSIP","body":{...}}.
type Codec struct {
	types map[string]reflect.Type
}

// NewCodec returns the codec of a protocol whose messages are listed, one zero value each. It panics if two
// share a name: a protocol is written wrong then.
func NewCodec(messages []Message) *Codec {
	c := &Codec{types: make(map[string]reflect.Type, len(messages))}
	for _, m := range messages {
		if _, taken := c.types[m.Name()]; taken {
			panic(fmt.Sprintf("protocol: two messages are called %s", m.Name()))
		}
		c.types[m.Name()] = reflect.TypeOf(m)
	}
	return c
}

// Names returns the names of the messages in alphabetical order.
func (c *Codec) Names() []string {
	names := make([]string, 0, len(c.types))
	for name := range c.types {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

type envelope struct {
	Name string          `json:"name"`
	Body json.RawMessage `json:"body"`
}

// Encode returns m as JSON. A message that the protocol does not list is an error.
func (c *Codec) Encode(m Message) ([]byte, error) {
	if _, known := c.types[m.Name()]; !known {
		return nil, fmt.Errorf("message %s is not listed by its protocol (it lists %s)", m.Name(), strings.Join(c.Names(), ", "))
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", m.Name(), err)
	}
	return json.Marshal(envelope{Name: m.Name(), Body: body})
}

// Decode returns the message that Encode was given.
func (c *Codec) Decode(data []byte) (Message, error) {
	var e envelope
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("decoding a message: %w", err)
	}
	t, known := c.types[e.Name]
	if !known {
		return nil, fmt.Errorf("message %q is not one of the protocol's %s", e.Name, strings.Join(c.Names(), ", "))
	}
	p := reflect.New(t)
	if err := json.Unmarshal(e.Body, p.Interface()); err != nil {
		return nil, fmt.Errorf("decoding %s: %w", e.Name, err)
	}
	return p.Elem().Interface().(Message), nil
}
