package node

import "encoding/binary"

// A log file is a sequence of entries: the length of its data in bytes (4, little endian), what it is (1), a checksum
// of these five bytes and the data (4, CRC-32C), and the data. A snapshot can only be the first one.
const (
	entryHeader   = 9
	entryRecord   = 1
	entrySnapshot = 2
)

// write is a record appended, or a snapshot put in place of all before it.
type write struct {
	data     []byte
	snapshot bool
}

// kept is what a log file holds.
type kept struct {
	snapshot []byte // nil: none
	records  [][]byte
	whole    int // bytes of the entries that are whole; what follows is damaged
}

// appendEntry appends a write as an entry.
func appendEntry(to []byte, w write) []byte {
	kind := byte(entryRecord)
	if w.snapshot {
		kind = entrySnapshot
	}
	var header [entryHeader]byte
	binary.LittleEndian.PutUint32(header[:], uint32(len(w.data)))
	header[4] = kind
	binary.LittleEndian.PutUint32(header[5:], checksum(header[:5], w.data))
	return append(append(to, header[:]...), w.data...)
}

// readLog reads entries until the end or the first that is damaged. What it returns does not alias the text.
func readLog(text []byte) kept {
	var k kept
	for {
		rest := text[k.whole:]
		if len(rest) < entryHeader {
			return k
		}
		length := uint64(binary.LittleEndian.Uint32(rest))
		if length > uint64(len(rest)-entryHeader) {
			return k
		}
		data := rest[entryHeader : entryHeader+length]
		if checksum(rest[:5], data) != binary.LittleEndian.Uint32(rest[5:]) {
			return k
		}
		// An empty record is one, and an empty snapshot too: neither must read as none.
		data = append(make([]byte, 0, len(data)), data...)
		switch {
		case rest[4] == entryRecord:
			k.records = append(k.records, data)
		case rest[4] == entrySnapshot && k.whole == 0:
			k.snapshot = data
		default:
			return k
		}
		k.whole += entryHeader + int(length)
	}
}
