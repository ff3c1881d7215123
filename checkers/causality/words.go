package causality

import (
	"fmt"
	"strings"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
	"sunder/harness/protocol"
)

// written returns the value or the element that a write wrote.
func (t *Trace) written(write int32) protocol.Value {
	v, _, _ := written(t.Object, t.operation(write))
	return v
}

// parents returns what a post replies to.
func (t *Trace) parents(post int32) []protocol.Value {
	_, parents, _ := model.PostArguments(t.operation(post).Input)
	return parents
}

func (t *Trace) actor(n int32) string { return checkers.Actor(t.operation(n)) }

// did says what a node did: "wrote x = 1", "read x = 0", "added 3 to s", "told c2".
func (t *Trace) did(n int32) string {
	op := t.operation(n)
	switch t.Nodes[n].Kind {
	case Write:
		return t.wrote(n)
	case Tell:
		return "told " + partner(op.Input)
	case Hear:
		return "heard from " + partner(op.Output)
	}
	switch {
	case t.Collection():
		return "read " + subject(op.Key)
	case op.F == "cas":
		old, _, _ := model.CasArguments(op.Input)
		return fmt.Sprintf("met %s = %s", subject(op.Key), checkers.Brief(old))
	}
	return fmt.Sprintf("read %s = %s", subject(op.Key), checkers.Brief(op.Output))
}

func (t *Trace) wrote(n int32) string {
	op, v := t.operation(n), checkers.Brief(t.written(n))
	switch op.F {
	case "add":
		return fmt.Sprintf("added %s to %s", v, subject(op.Key))
	case "post":
		return fmt.Sprintf("posted %s to %s", v, subject(op.Key))
	}
	return fmt.Sprintf("wrote %s = %s", subject(op.Key), v)
}

func subject(key string) string { return checkers.Subject(key, "the object") }

// partner is the other client of a message.
func partner(v protocol.Value) string {
	if list, ok := v.List(); ok && len(list) > 0 {
		v = list[0]
	}
	name, _ := v.Text()
	return name
}

// Deed says who did what.
func (t *Trace) Deed(n int32) string { return t.actor(n) + " " + t.did(n) }

// tale tells how the first node of a path came to be known to the last one, which it does not tell of.
func (t *Trace) tale(path []Link) string {
	last := path[len(path)-1].To
	var b strings.Builder
	b.WriteString(t.Deed(path[0].From))
	for _, l := range path {
		end := l.To == last
		switch {
		case l.Relation == checkers.ProcessOrder && end:
			b.WriteString(" before")
		case t.Nodes[l.To].Kind == Tell:
		case l.Relation == checkers.Told:
			b.WriteString(", then told " + t.actor(l.To))
		case l.Relation == checkers.ProcessOrder:
			b.WriteString(", then " + t.did(l.To))
		case end:
			b.WriteString(", which this read saw")
		default:
			fmt.Fprintf(&b, ", which %s saw", t.actor(l.To))
		}
	}
	return b.String()
}

// Knew says that the session of a read knew of a write and yet read from another.
func (t *Trace) Knew(read, write int32) string {
	if t.SameSession(read, write) {
		return fmt.Sprintf("%s though it had itself %s before, so that one came first", t.Deed(read), past(t.did(write)))
	}
	return fmt.Sprintf("%s though it knew that %s, so that one came first", t.Deed(read), t.Deed(write))
}

// missing says what a read lacked.
func (t *Trace) missing(read, cause int32) string {
	if !t.Collection() {
		return t.Deed(read)
	}
	return fmt.Sprintf("%s without %s", t.Deed(read), checkers.Brief(t.written(cause)))
}

func (t *Trace) missedSentence(m Missed, path []Link) string {
	if len(path) == 1 && path[0].Relation == checkers.ProcessOrder {
		return fmt.Sprintf("%s although it had itself %s before", t.missing(m.Read, m.Cause), past(t.did(m.Cause)))
	}
	return fmt.Sprintf("%s although %s", t.missing(m.Read, m.Cause), t.tale(path))
}

// past turns what was done into what had been done.
func past(did string) string {
	if rest, ok := strings.CutPrefix(did, "wrote "); ok {
		return "written " + rest
	}
	return did
}

func (t *Trace) staleSentence(m Missed, over, path []Link) string {
	return fmt.Sprintf("%s although that had been overwritten: %s; and it could know: %s",
		t.Deed(m.Read), t.chain(over), t.tale(path))
}

// chain tells a path to its end.
func (t *Trace) chain(path []Link) string {
	var b strings.Builder
	b.WriteString(t.Deed(path[0].From))
	for _, l := range path {
		switch {
		case t.Nodes[l.To].Kind == Tell:
		case l.Relation == checkers.ProcessOrder:
			b.WriteString(", then " + t.did(l.To))
		case l.Relation == checkers.Told:
			b.WriteString(", then told " + t.actor(l.To))
		case l.Relation == checkers.ReadsFrom:
			b.WriteString(", then " + t.Deed(l.To))
		default:
			b.WriteString(", which comes before: " + t.Deed(l.To))
		}
	}
	return b.String()
}

func (t *Trace) orphanSentence(m Missed, path []Link) string {
	parent := checkers.Brief(t.written(m.Cause))
	return fmt.Sprintf("%s and saw %s, a reply to %s, but not %s itself, although %s",
		t.Deed(m.Read), checkers.Brief(t.written(m.Source)), parent, parent, t.tale(path))
}

func (t *Trace) cycleSentence(cycle []Link) string {
	return "each of these is a cause of the next, and the last of the first: " + t.chain(cycle)
}

func (t *Trace) strangeSentence(s StrangeRead) string {
	op := &t.History.Operations[s.Read]
	what := fmt.Sprintf("read %s = %s", subject(op.Key), checkers.Brief(s.Value))
	if t.Collection() {
		what = fmt.Sprintf("read %s in %s", checkers.Brief(s.Value), subject(op.Key))
	}
	switch {
	case s.Anomaly == guarantee.Duplicated:
		return fmt.Sprintf("%s %s more than once", checkers.Actor(op), what)
	case s.Failed < 0:
		return fmt.Sprintf("%s %s, which nobody ever wrote", checkers.Actor(op), what)
	}
	return fmt.Sprintf("%s %s, which only a failed operation would have written: %s",
		checkers.Actor(op), what, checkers.Describe(&t.History.Operations[s.Failed]))
}

// why explains a link in a few words.
func (t *Trace) why(l Link) string {
	switch l.Relation {
	case checkers.ProcessOrder:
		return fmt.Sprintf("process %d did one after the other", t.operation(l.From).Process)
	case checkers.Told:
		return fmt.Sprintf("%s heard what %s told", t.actor(l.To), t.actor(l.From))
	case checkers.ReadsFrom:
		return fmt.Sprintf("%s saw what %s wrote", t.actor(l.To), t.actor(l.From))
	}
	return fmt.Sprintf("%s knew of both and yet %s, so that one comes last", t.actor(l.Reader), t.did(l.Reader))
}
