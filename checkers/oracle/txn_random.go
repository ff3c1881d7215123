package oracle

import (
	"strings"

	"sunder/checkers"
	"sunder/checkers/model"
	"sunder/harness/prng"
	"sunder/harness/protocol"
)

// TransactionShape says what random histories of transactions look like.
type TransactionShape struct {
	Object                         string
	Transactions, Processes, Steps int
	Keys                           int
	// Scramble is in how many of a hundred reads the answer is replaced by another that the history could show, and Odd
	// how many of a hundred transactions end failed or unknown.
	Scramble, Odd int
}

// RandomTransactions runs transactions one after the other on one store, at overlapping times, and then changes some of
// the answers.
func RandomTransactions(r *prng.Rand, s TransactionShape) checkers.Input {
	g := &transactionMaker{Rand: r, shape: s, lists: map[string][]protocol.Value{}, all: map[string][]protocol.Value{}}
	busy := make([]int, s.Processes) // the time at which each process is free
	var made []timed
	for i := range s.Transactions {
		p := r.IntN(s.Processes)
		from := max(busy[p], 2*i-r.IntN(4))
		t := timed{from: from, to: max(from, 2*i) + 1 + r.IntN(4)}
		t.Process, t.F, t.Outcome = p, "txn", protocol.OK
		if r.IntN(100) < s.Odd {
			t.Outcome = []protocol.Outcome{protocol.Fail, protocol.Info}[r.IntN(2)]
		}
		g.run(&t)
		busy[p] = t.to + 1
		if t.Outcome == protocol.Info { // a process of an unknown outcome goes on under another number
			g.retired++
			t.Process = s.Processes + g.retired
		}
		made = append(made, t)
	}
	for i := range made {
		g.scramble(&made[i])
	}
	specification, _ := model.Lookup(s.Object)
	return checkers.Input{History: assemble(made), Object: specification}
}

type transactionMaker struct {
	*prng.Rand
	shape   TransactionShape
	lists   map[string][]protocol.Value // what is under each key
	all     map[string][]protocol.Value // all that was ever written under each key, or tried
	written int
	retired int
}

// run makes a transaction and has it take effect, unless it fails; one of unknown outcome may or may not.
func (g *transactionMaker) run(t *timed) {
	happens := t.Outcome == protocol.OK || t.Outcome == protocol.Info && g.IntN(2) == 0
	var asked, answered []protocol.Value
	before := map[string][]protocol.Value{}
	for k, v := range g.lists {
		before[k] = v
	}
	for range 1 + g.IntN(g.shape.Steps) {
		key := string(rune('x' + g.IntN(g.shape.Keys)))
		if g.IntN(2) == 0 {
			asked = append(asked, step("r", key, protocol.Value{}))
			answered = append(answered, step("r", key, g.now(key)))
			continue
		}
		g.written++
		v := protocol.Int(int64(g.written))
		f := "append"
		if g.shape.Object == "rw-register" {
			f = "w"
		}
		asked, answered = append(asked, step(f, key, v)), append(answered, step(f, key, v))
		g.lists[key] = append(g.lists[key][:len(g.lists[key]):len(g.lists[key])], v)
		g.all[key] = append(g.all[key], v)
	}
	if !happens {
		g.lists = before
	}
	t.Input, t.Output = protocol.List(asked...), protocol.List(asked...)
	if t.Outcome == protocol.OK {
		t.Output = protocol.List(answered...)
	}
}

func (g *transactionMaker) now(key string) protocol.Value {
	list := g.lists[key]
	switch {
	case g.shape.Object == "list-append":
		return protocol.List(list...)
	case len(list) == 0:
		return protocol.Int(0)
	}
	return list[len(list)-1]
}

// scramble replaces some answers of a transaction.
func (g *transactionMaker) scramble(t *timed) {
	if t.Outcome != protocol.OK {
		return
	}
	steps, _ := model.MicroOps(t.Output)
	out := make([]protocol.Value, len(steps))
	for i, m := range steps {
		key, _ := m.Key.Text()
		if m.F == "r" && g.IntN(100) < g.shape.Scramble {
			m.Value = g.other(key, m.Value)
		}
		out[i] = step(m.F, key, m.Value)
	}
	t.Output = protocol.List(out...)
}

// other returns another answer: of a list a beginning, or one with elements added, left out or exchanged.
func (g *transactionMaker) other(key string, v protocol.Value) protocol.Value {
	all := g.all[key]
	if g.shape.Object == "rw-register" {
		if len(all) == 0 || g.IntN(len(all)+1) == 0 {
			return protocol.Int(0)
		}
		return all[g.IntN(len(all))]
	}
	list, _ := v.List()
	list = append([]protocol.Value(nil), list...)
	switch g.IntN(4) {
	case 0:
		list = list[:g.IntN(len(list)+1)]
	case 1:
		if len(all) > 0 {
			list = append(list, all[g.IntN(len(all))])
		}
	case 2:
		if len(list) > 1 {
			i, j := g.IntN(len(list)), g.IntN(len(list))
			list[i], list[j] = list[j], list[i]
		}
	case 3:
		list = append([]protocol.Value(nil), all[:g.IntN(len(all)+1)]...)
	}
	return protocol.List(list...)
}

// EachTransactions calls visit for all histories of so many transactions of so many steps each, on two keys, by as many
// sessions: every choice of reads and writes, every answer that somebody could have written, up to the names of keys.
// Transactions are concurrent, or one after the other where sequential is set.
func EachTransactions(object string, transactions, steps int, sequential bool, visit func(text string, in checkers.Input)) {
	e := &transactionWalk{object: object, steps: steps, kinds: make([]int, transactions*steps), sequential: sequential, visit: visit}
	e.choose(0)
}

type transactionWalk struct {
	object     string
	steps      int
	sequential bool
	kinds      []int // of each step: read or write, of x or y
	visit      func(text string, in checkers.Input)
}

func (e *transactionWalk) choose(at int) {
	if at == len(e.kinds) {
		e.answer(make([]string, 0, len(e.kinds)))
		return
	}
	for k := range 4 {
		if at == 0 && k%2 == 1 {
			continue // the first step is on x
		}
		e.kinds[at] = k
		e.choose(at + 1)
	}
}

// answer goes through the answers of the reads, step by step.
func (e *transactionWalk) answer(words []string) {
	at := len(words)
	if at == len(e.kinds) {
		e.emit(words)
		return
	}
	key := string(rune('x' + e.kinds[at]%2))
	if e.kinds[at] >= 2 {
		f := "w"
		if e.object == "list-append" {
			f = "a"
		}
		e.answer(append(words[:at:at], f+"("+key+","+string(rune('1'+at))+")"))
		return
	}
	for _, v := range e.answers(e.kinds[at] % 2) {
		e.answer(append(words[:at:at], "r("+key+")"+v))
	}
}

// answers returns what a read of a key may find: nothing or one value, in lists two in any order too.
func (e *transactionWalk) answers(key int) []string {
	out, lists := []string{"0"}, e.object == "list-append"
	if lists {
		out[0] = "[]"
	}
	for i, k := range e.kinds {
		if k != 2+key {
			continue
		}
		v := string(rune('1' + i))
		if !lists {
			out = append(out, v)
			continue
		}
		out = append(out, "["+v+"]")
		for j, l := range e.kinds {
			if l == 2+key && i != j {
				out = append(out, "["+v+" "+string(rune('1'+j))+"]")
			}
		}
	}
	return out
}

func (e *transactionWalk) emit(words []string) {
	var all []string
	for at := 0; at < len(words); at += e.steps {
		all = append(all, strings.Join(words[at:at+e.steps], " "))
	}
	separator := " | "
	if e.sequential {
		separator = " ; "
	}
	text := strings.Join(all, separator)
	e.visit(text, ParseTransactions(text))
}
