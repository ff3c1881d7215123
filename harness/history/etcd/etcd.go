// Package etcd reads the operations that etcd's robustness tests record (operations.json): requests to a key-value store
// with their answers, one JSON object behind another.
//
// The package must not know how a history is judged.
package etcd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sunder/harness/history"
)

// record is one request with its answer, as porcupine's operations are written. Times are in nanoseconds.
type record struct {
	ClientID     int
	Input        *request
	Output       response
	Call, Return int64
	line         int
}

type request struct {
	Type  string
	Range *struct {
		rangeOf
		Revision int64
	}
	Txn *struct {
		Conditions                               []condition
		OperationsOnSuccess, OperationsOnFailure []operation
	}
}

type rangeOf struct {
	Start, End string
	Limit      int64
	KeysOnly   bool
}

type condition struct {
	Key                               string
	ExpectedRevision, ExpectedVersion int64
}

type operation struct {
	Type  string
	Range rangeOf
	Put   struct {
		Key     string
		Value   text
		LeaseID int64
	}
	Delete struct{ Key string }
}

// text is a value, or the FNV-32a hash of one of 20 bytes and more.
type text struct {
	Value string
	Hash  uint32
}

type pairs struct {
	KVs []struct {
		Key   string
		Value text
	}
	Count int64
}

type response struct {
	Txn *struct {
		Failure bool
		Results []pairs
	}
	Range              *pairs
	Revision           int64
	Error, ClientError string
}

// Read reads the operations of one file as a history of registers, of which each holds null at first and once it is deleted:
//
//   - a put and a delete are writes, a range over one key is a read;
//   - a transaction that puts or deletes a key if that has a revision is a cas from the value that was written in that revision;
//     if that is not known it is a write, which says less. One that found another revision is the read in its else branch;
//   - a request that ended in an error, or in no answer that its client saw, is of unknown outcome, and its client goes on under
//     another process number; if it only reads it is left out.
//
// If some request is on several keys, all are transactions on one object, registers that are read and written together, with the
// steps that were done:
//
//   - a put and a delete are writes; a range is a read of every key in it that the file knows, of one that was cut short up to the
//     last key that was found;
//   - a condition that held is a read of what was written in that revision, if it is known. One that did not hold says nothing;
//   - of unknown outcome only the writes are told, as if no condition had been asked. If either branch writes, it is not known which,
//     and that is an error.
//
// Defragmentation, compaction and leases that no key has change no value and are left out, as are reads of older revisions, and what
// was found by those that ask for keys only. Keys with a lease are errors: registers cannot tell of them. Errors are
// *history.LineErrors.
func Read(r io.Reader) (*history.History, error) {
	all, err := parse(r)
	if err != nil {
		return nil, err
	}
	return assemble(all)
}

// Is tells whether a text begins as such a file.
func Is(head []byte) bool {
	inner, object := bytes.CutPrefix(bytes.TrimSpace(head), []byte("{"))
	inner = bytes.ToLower(bytes.TrimLeft(inner, " \t\r\n"))
	return object && bytes.HasPrefix(inner, []byte(`"clientid"`))
}

func parse(r io.Reader) ([]record, error) {
	whole, err := io.ReadAll(r)
	if err != nil {
		var known *history.LineError
		if errors.As(err, &known) {
			return nil, err
		}
		return nil, &history.LineError{Problem: history.Problem{What: "it could not be read: " + err.Error()}, Cause: err}
	}
	whole = bytes.TrimPrefix(whole, []byte("\ufeff"))
	decoder := json.NewDecoder(bytes.NewReader(whole))
	var out []record
	line, at := 1, int64(0)
	for {
		skipped := int64(len(whole[at:])) - int64(len(bytes.TrimLeft(whole[at:], " \t\r\n")))
		line += bytes.Count(whole[at:at+skipped], []byte("\n"))
		rec := record{line: line}
		err := decoder.Decode(&rec)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, flaw(line, `operations are objects {"ClientID":..., "Input":..., "Call":..., "Output":..., "Return":...}, one behind another`, "no operation: %v", err)
		}
		if rec.Input == nil || rec.ClientID < 0 {
			return nil, flaw(line, "is it a file of etcd's robustness tests?", "an operation without Input or with a negative ClientID")
		}
		line += bytes.Count(whole[at+skipped:decoder.InputOffset()], []byte("\n"))
		at = decoder.InputOffset()
		out = append(out, rec)
	}
	if len(out) == 0 {
		return nil, flaw(0, "", "no operation in it")
	}
	return out, nil
}

func flaw(line int, hint, format string, args ...any) error {
	return &history.LineError{Line: line, Problem: history.Problem{What: fmt.Sprintf(format, args...), Hint: hint}}
}
