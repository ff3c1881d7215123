package protocol

import (
	"fmt"
	"math/bits"
	"reflect"
	"unsafe"
)

// Hash is a running 64-bit digest. It is not cryptographic: it tells two runs apart, it does not protect them.
// The zero value is ready to use; adding allocates nothing.
type Hash uint64

// The constants are digits of pi and of the golden ratio: odd, with about as many ones as zeros.
const (
	hashKey  = 0x9e3779b97f4a7c15
	hashSalt = 0x243f6a8885a308d3
)

// Word adds 64 bits: one multiplication to 128 bits, both halves folded together.
func (h *Hash) Word(w uint64) {
	high, low := bits.Mul64(uint64(*h)^w^hashSalt, hashKey)
	*h = Hash(high ^ low ^ bits.RotateLeft64(uint64(*h), 23))
}

// Text adds a string and its length.
func (h *Hash) Text(s string) {
	h.Word(uint64(len(s)))
	for len(s) >= 8 {
		h.Word(uint64(word32(s)) | uint64(word32(s[4:]))<<32)
		s = s[8:]
	}
	// What is left has at most 7 bytes; with the length known, overlapping reads tell all of them apart.
	switch n := len(s); {
	case n >= 4:
		h.Word(uint64(word32(s)) | uint64(word32(s[n-4:]))<<32)
	case n > 0:
		h.Word(uint64(s[0]) | uint64(s[n/2])<<8 | uint64(s[n-1])<<16)
	}
}

func word32(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// Bytes adds a byte slice as Text adds a string of the same bytes.
func (h *Hash) Bytes(b []byte) { h.Text(unsafe.String(unsafe.SliceData(b), len(b))) }

// NotData is what Hash.Any and Contents.Add panic with: a system handed over what has no place in a digest.
type NotData struct{ Type string }

// Error names the type.
func (f NotData) Error() string {
	return fmt.Sprintf("protocol: a %s cannot be part of a message, a fact or a state", f.Type)
}

// Any adds the contents of v: exported or not, through pointers and interfaces, by value. Nil and empty lists are
// the same, as they are after a journey through JSON; the entries of a map count in no order. It panics with a
// NotData on floats, functions and channels, which no message may hold.
func (h *Hash) Any(v any) { h.value(reflect.ValueOf(v)) }

func (h *Hash) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Invalid:
		h.Word(0)
	case reflect.Bool:
		if v.Bool() {
			h.Word(2)
		} else {
			h.Word(1)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		h.Word(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		h.Word(v.Uint())
	case reflect.String:
		h.Text(v.String())
	case reflect.Slice, reflect.Array:
		h.Word(uint64(v.Len()))
		for i := range v.Len() {
			h.value(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Value]() {
			h.addValue(valueOf(v))
			return
		}
		for i := range v.NumField() {
			h.value(v.Field(i))
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			h.Word(0)
			return
		}
		h.Word(1)
		h.value(v.Elem())
	case reflect.Map:
		h.entries(v)
	default:
		panic(NotData{v.Type().String()})
	}
}

// valueOf returns the Value that v is, even where v is not exported.
func valueOf(v reflect.Value) Value {
	return Value{n: v.Field(0).Int(), more: (*contents)(v.Field(1).UnsafePointer())}
}

// addValue adds a Value. What is added is of its kind, not of how it lies in memory, which says the same in fewer words.
func (h *Hash) addValue(v Value) {
	kind := v.Kind()
	h.Word(uint64(kind))
	h.Word(uint64(v.n))
	if kind < Text {
		h.Word(0)
		return
	}
	h.Word(1)
	text, _ := v.Text()
	h.Text(text)
	h.Word(uint64(len(v.more.list)))
	for _, w := range v.more.list {
		h.addValue(w)
	}
}

func (h *Hash) entries(m reflect.Value) {
	var sum uint64
	for it := m.MapRange(); it.Next(); {
		var entry Hash
		entry.value(it.Key())
		entry.value(it.Value())
		sum += uint64(entry)
	}
	h.Word(uint64(m.Len()))
	h.Word(sum)
}
