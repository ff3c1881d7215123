package sessions

import (
	"bytes"
	"io"
	"strconv"

	"sunder/harness/history"
	"sunder/harness/protocol"
)

const plumeHint = "a step is written r(KEY,VALUE,SESSION,TRANSACTION) or w(KEY,VALUE,SESSION,TRANSACTION), one a line, all whole numbers; transaction -1 is one that was aborted"

// IsPlume tells whether a line is one of Plume's.
func IsPlume(line []byte) bool {
	_, _, err := plumeLine(bytes.TrimSpace(line), 1)
	return err == nil
}

// ReadPlume reads the text of Plume and PolySI: a step a line, r(KEY,VALUE,SESSION,TRANSACTION) or w(...). Steps of one session
// and transaction belong together; a session's transactions follow one another in the order of their first steps. What has
// transaction -1 was aborted. Registers hold 0 at first. Errors are *history.LineErrors.
func ReadPlume(r io.Reader) (*history.History, error) {
	text, err := readText(r)
	if err != nil {
		return nil, err
	}
	p := plume{sessions: map[int64]int{}, transactions: map[[2]int64]int{}}
	line := 0
	for row := range bytes.Lines(text) {
		line++
		if row = bytes.TrimSpace(row); len(row) == 0 {
			continue
		}
		s, at, err := plumeLine(row, line)
		if err != nil {
			return nil, err
		}
		p.add(s, at, line)
	}
	return assemble(p.all, protocol.Int(0))
}

// plume collects steps.
type plume struct {
	all          [][]transaction
	sessions     map[int64]int    // by the number of a session: its place
	transactions map[[2]int64]int // by the numbers of a session and a transaction: its place in the session
}

func (p *plume) add(s step, at [2]int64, line int) {
	session, known := p.sessions[at[0]]
	if !known {
		session = len(p.all)
		p.sessions[at[0]] = session
		p.all = append(p.all, nil)
	}
	if at[1] == -1 {
		p.all[session] = append(p.all[session], transaction{line: line, steps: []step{s}, aborted: true})
		return
	}
	k, known := p.transactions[at]
	if !known {
		k = len(p.all[session])
		p.transactions[at] = k
		p.all[session] = append(p.all[session], transaction{line: line})
	}
	t := &p.all[session][k]
	t.steps = append(t.steps, s)
}

// plumeLine reads a step, and its session and transaction.
func plumeLine(row []byte, line int) (s step, at [2]int64, err error) {
	wrong := problem(line, plumeHint, "no step of a transaction: %.60q", row)
	if len(row) < 3 || row[0] != 'r' && row[0] != 'w' || row[1] != '(' || row[len(row)-1] != ')' {
		return s, at, wrong
	}
	fields := bytes.Split(row[2:len(row)-1], []byte(","))
	if len(fields) != 4 {
		return s, at, wrong
	}
	var n [4]int64
	for i, f := range fields {
		if n[i], err = strconv.ParseInt(string(bytes.TrimSpace(f)), 10, 64); err != nil {
			return s, at, wrong
		}
	}
	if n[2] < 0 || n[3] < -1 {
		return s, at, wrong
	}
	return step{write: row[0] == 'w', key: protocol.Int(n[0]), value: protocol.Int(n[1])}, [2]int64{n[2], n[3]}, nil
}
