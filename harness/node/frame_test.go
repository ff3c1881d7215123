package node

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"

	"pgregory.net/rapid"
)

// framed returns contents as frames.
func framed(t testing.TB, contents ...[]byte) []byte {
	t.Helper()
	var stream []byte
	for _, c := range contents {
		var err error
		if stream, err = appendFrame(stream, c); err != nil {
			t.Fatal(err)
		}
	}
	return stream
}

// readAll reads frames until there are no more, and counts those that were damaged.
func readAll(stream []byte) (contents [][]byte, damaged int, err error) {
	r := bufio.NewReader(bytes.NewReader(stream))
	for {
		c, err := readFrame(r)
		switch {
		case errors.Is(err, errDamaged):
			damaged++
		case err != nil:
			return contents, damaged, err
		default:
			contents = append(contents, c)
		}
	}
}

func TestFramesComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 100)).Draw(r, "contents")
		got, damaged, err := readAll(framed(t, want...))
		if !errors.Is(err, io.EOF) || damaged != 0 || len(got) != len(want) {
			r.Fatalf("%d frames of %d came back, %d damaged: %v", len(got), len(want), damaged, err)
		}
		for i := range want {
			if !bytes.Equal(got[i], want[i]) {
				r.Fatalf("frame %d: got %q, want %q", i, got[i], want[i])
			}
		}
	})
}

func TestLongFrames(t *testing.T) {
	want := bytes.Repeat([]byte{7}, frameMax)
	got, _, err := readAll(framed(t, want))
	if !errors.Is(err, io.EOF) || len(got) != 1 || !bytes.Equal(got[0], want) {
		t.Errorf("the longest frame does not come back: %v", err)
	}
	if _, err := appendFrame(nil, append(want, 7)); err == nil {
		t.Error("a frame can be too long")
	}
}

// TestEveryFlippedBitIsNoticed flips each bit of three frames: what is read is what was sent, and what was damaged is
// missing and counted.
func TestEveryFlippedBitIsNoticed(t *testing.T) {
	sent := [][]byte{[]byte("first"), []byte("second"), []byte("third")}
	stream := framed(t, sent...)
	for bit := range 8 * len(stream) {
		flipped := bytes.Clone(stream)
		flipped[bit/8] ^= 1 << (bit % 8)
		got, damaged, err := readAll(flipped)
		switch {
		case damaged == 1:
			if !errors.Is(err, io.EOF) || len(got) != 2 {
				t.Errorf("bit %d: one frame is damaged, %d were read: %v", bit, len(got), err)
			}
		case !errors.Is(err, errLost):
			t.Errorf("bit %d: nobody notices; %d frames were read: %v", bit, len(got), err)
		}
		at := 0
		for _, c := range got {
			for at < len(sent) && !bytes.Equal(sent[at], c) {
				at++
			}
			if at == len(sent) {
				t.Fatalf("bit %d: read %q, which was not sent, or not then", bit, c)
			}
			at++
		}
	}
}

func TestStreamThatEndsInAFrame(t *testing.T) {
	stream := framed(t, []byte("whole"), []byte("half"))
	for cut := frameHeader + 5 + 1; cut < len(stream); cut++ {
		if got, _, err := readAll(stream[:cut]); !errors.Is(err, io.ErrUnexpectedEOF) || len(got) != 1 {
			t.Errorf("cut after %d bytes: %d frames, %v", cut, len(got), err)
		}
	}
}

// FuzzFrames reads anything as frames: whatever is read must be what its bytes say.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{})
	f.Add(framed(f, []byte(`{"name":"GOSSIP","body":{}}`), nil, []byte("x")))
	damaged := framed(f, []byte("damaged"), []byte("whole"))
	damaged[frameHeader] ^= 1
	f.Add(damaged)
	f.Fuzz(func(t *testing.T, stream []byte) {
		got, damaged, err := readAll(stream)
		if err == nil {
			t.Fatal("a stream without an end")
		}
		again := framed(t, got...)
		if damaged == 0 && !bytes.HasPrefix(stream, again) {
			t.Errorf("%q was read from %q", got, stream)
		}
		if len(again) > len(stream) {
			t.Errorf("%d bytes were read from %d", len(again), len(stream))
		}
	})
}
