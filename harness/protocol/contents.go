package protocol

import (
	"reflect"
	"unsafe"
)

// Contents adds values to digests exactly as Hash.Any does, several times faster: it works out once for each type
// where in memory the words to add are. The zero value is ready to use; it is not safe for concurrent use.
type Contents struct {
	tops  map[reflect.Type]*plan // of types that stand in an interface
	parts map[reflect.Type]*plan // of types anywhere
	last  *plan                  // of tops, the one used last: an event is often like the one before
}

// plan says what to add of a type's memory, in order.
type plan struct {
	of      reflect.Type
	steps   []step
	reflect bool // leave it to Hash.Any: an interface holds the value itself in place of a pointer to it
	pointer bool // of a pointer: steps are those of what it points to
}

// stepKind says how to read a word.
type stepKind uint8

const (
	stepBool stepKind = iota
	stepInt8
	stepInt16
	stepInt32
	stepInt64
	stepUint8
	stepUint16
	stepUint32
	stepUint64
	stepText
	stepSlice
	stepArray
	stepPointer
	stepValue
	stepOther // a map or an interface, left to Hash.Any's way
)

// step is one thing to add: at an offset of a value, or, of a list, for each element.
type step struct {
	kind   stepKind
	offset uintptr
	length int          // of an array
	stride uintptr      // between elements
	elem   *plan        // of elements, and of what a pointer leads to
	of     reflect.Type // of stepOther
}

// face is how the compiler lays out an interface without methods.
type face struct{ kind, data unsafe.Pointer }

// Add adds the contents of v to h. It panics where Hash.Any does.
func (c *Contents) Add(h *Hash, v any) {
	t := reflect.TypeOf(v)
	if t == nil {
		h.Word(0)
		return
	}
	p := c.last
	if p == nil || p.of != t {
		p = c.top(t)
		c.last = p
	}
	if p.reflect {
		h.Any(v)
		return
	}
	data := (*face)(unsafe.Pointer(&v)).data
	if p.pointer {
		if data == nil {
			h.Word(0)
			return
		}
		h.Word(1)
	}
	h.follow(p, data)
}

// top returns the plan of a type that stands in an interface.
func (c *Contents) top(t reflect.Type) *plan {
	if p, made := c.tops[t]; made {
		return p
	}
	if c.tops == nil {
		c.tops, c.parts = map[reflect.Type]*plan{}, map[reflect.Type]*plan{}
	}
	p := &plan{of: t}
	switch {
	case t.Kind() == reflect.Pointer:
		p.pointer, p.steps = true, c.part(t.Elem()).steps
	case t.Size() == unsafe.Sizeof(uintptr(0)) && pointerShaped(t):
		p.reflect = true
	default:
		p.steps = c.part(t).steps
	}
	c.tops[t] = p
	return p
}

// part returns the plan of a type, whose steps may still be empty while a plan that it is part of is made.
func (c *Contents) part(t reflect.Type) *plan {
	if p, made := c.parts[t]; made {
		return p
	}
	p := &plan{of: t}
	c.parts[t] = p
	p.steps = c.steps(nil, t, 0)
	return p
}

// pointerShaped tells whether an interface may hold a value of this type directly. It errs on the side of yes.
func pointerShaped(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return false
	case reflect.Array:
		return t.Len() > 0 && pointerShaped(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if pointerShaped(t.Field(i).Type) {
				return true
			}
		}
		return false
	}
	return true
}

// steps appends the steps of a type that lies at an offset.
func (c *Contents) steps(to []step, t reflect.Type, offset uintptr) []step {
	s := step{offset: offset}
	switch t.Kind() {
	case reflect.Struct:
		if t == reflect.TypeFor[Value]() {
			s.kind = stepValue
			break
		}
		for i := range t.NumField() {
			f := t.Field(i)
			to = c.steps(to, f.Type, offset+f.Offset)
		}
		return to
	case reflect.Slice:
		s.kind, s.elem, s.stride = stepSlice, c.part(t.Elem()), t.Elem().Size()
	case reflect.Array:
		s.kind, s.elem, s.stride, s.length = stepArray, c.part(t.Elem()), t.Elem().Size(), t.Len()
	case reflect.Pointer:
		s.kind, s.elem = stepPointer, c.part(t.Elem())
	default:
		kind, plain := plainStep(t)
		if !plain {
			s.of = t
		}
		s.kind = kind
	}
	return append(to, s)
}

// plainStep returns how to read a type without parts, and false for what is left to Hash.Any.
func plainStep(t reflect.Type) (stepKind, bool) {
	switch t.Kind() {
	case reflect.Bool:
		return stepBool, true
	case reflect.String:
		return stepText, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return sized(t, stepInt8, stepInt16, stepInt32, stepInt64), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return sized(t, stepUint8, stepUint16, stepUint32, stepUint64), true
	}
	return stepOther, false
}

func sized(t reflect.Type, one, two, four, eight stepKind) stepKind {
	switch t.Size() {
	case 1:
		return one
	case 2:
		return two
	case 4:
		return four
	}
	return eight
}

// follow adds what lies at a place in memory.
func (h *Hash) follow(p *plan, base unsafe.Pointer) {
	for i := range p.steps {
		s := &p.steps[i]
		at := unsafe.Add(base, s.offset)
		switch s.kind {
		case stepBool:
			if *(*bool)(at) {
				h.Word(2)
			} else {
				h.Word(1)
			}
		case stepInt8:
			h.Word(uint64(*(*int8)(at)))
		case stepInt16:
			h.Word(uint64(*(*int16)(at)))
		case stepInt32:
			h.Word(uint64(*(*int32)(at)))
		case stepUint8:
			h.Word(uint64(*(*uint8)(at)))
		case stepUint16:
			h.Word(uint64(*(*uint16)(at)))
		case stepUint32:
			h.Word(uint64(*(*uint32)(at)))
		case stepInt64, stepUint64:
			h.Word(*(*uint64)(at))
		case stepText:
			h.Text(*(*string)(at))
		case stepSlice:
			// A slice of any type begins with the address of its elements and their number.
			list := *(*[]byte)(at)
			h.elements(s, unsafe.Pointer(unsafe.SliceData(list)), len(list))
		case stepArray:
			h.elements(s, at, s.length)
		case stepPointer:
			if to := *(*unsafe.Pointer)(at); to == nil {
				h.Word(0)
			} else {
				h.Word(1)
				h.follow(s.elem, to)
			}
		case stepValue:
			h.addValue(*(*Value)(at))
		case stepOther:
			h.value(reflect.NewAt(s.of, at).Elem())
		}
	}
}

func (h *Hash) elements(s *step, first unsafe.Pointer, n int) {
	h.Word(uint64(n))
	for i := range n {
		h.follow(s.elem, unsafe.Add(first, uintptr(i)*s.stride))
	}
}
