package node

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"sunder/harness/protocol"
)

// A frame is the length of its contents in bytes (4, little endian), a checksum of the contents (4, CRC-32C), a checksum
// of these eight bytes (4), and the contents. So a frame whose contents were damaged can be passed over; only where the
// header is damaged too is the place of the next one unknown.
const (
	frameHeader = 12
	frameMax    = 16 << 20 // of the contents
)

var (
	// errDamaged says that the contents of a frame were damaged. The next frame can be read.
	errDamaged = errors.New("the contents of a frame were damaged on the way")
	// errLost says that the header of a frame was damaged. Nothing more can be read.
	errLost = errors.New("the header of a frame was damaged on the way")
)

// hello is the contents of a connection's first frame: who sends and who is meant. A seed tells runs apart that use the
// same address one after the other.
type hello struct {
	Version int             `json:"version"`
	System  string          `json:"system"`
	Seed    uint64          `json:"seed"`
	From    protocol.NodeID `json:"from"`
	To      protocol.NodeID `json:"to"`
}

// appendFrame appends contents as a frame.
func appendFrame(to, contents []byte) ([]byte, error) {
	if len(contents) > frameMax {
		return to, fmt.Errorf("a message of %d bytes is longer than the %d that a frame can hold", len(contents), frameMax)
	}
	var header [frameHeader]byte
	binary.LittleEndian.PutUint32(header[:], uint32(len(contents)))
	binary.LittleEndian.PutUint32(header[4:], checksum(nil, contents))
	binary.LittleEndian.PutUint32(header[8:], checksum(nil, header[:8]))
	return append(append(to, header[:]...), contents...), nil
}

// readFrame reads the next frame. At the end of the stream, between two frames, the error is io.EOF.
func readFrame(r *bufio.Reader) ([]byte, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(header[:])
	if checksum(nil, header[:8]) != binary.LittleEndian.Uint32(header[8:]) || length > frameMax {
		return nil, errLost
	}
	contents, err := readExactly(r, int(length))
	if err != nil {
		return nil, err
	}
	if checksum(nil, contents) != binary.LittleEndian.Uint32(header[4:]) {
		return nil, errDamaged
	}
	return contents, nil
}

// readExactly reads n bytes. It asks for memory as they come, for a stranger may announce more than it sends.
func readExactly(r io.Reader, n int) ([]byte, error) {
	const piece = 64 << 10
	contents := make([]byte, 0, min(n, piece))
	for len(contents) < n {
		read := len(contents)
		contents = append(contents, make([]byte, min(n-read, piece))...)
		if _, err := io.ReadFull(r, contents[read:]); errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		} else if err != nil {
			return nil, err
		}
	}
	return contents, nil
}

// helloFrame returns a hello as a frame.
func helloFrame(h hello) ([]byte, error) {
	contents, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	return appendFrame(nil, contents)
}

// checksum is the CRC-32C of both parts together.
func checksum(a, b []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Update(0, table, a), table, b)
}
