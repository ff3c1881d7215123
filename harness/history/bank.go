package history

import (
	"fmt"
	"slices"
	"strconv"

	"sunder/harness/protocol"
)

// Entry is a key of a map with its value, as foreign histories have them.
type Entry struct {
	Key   string
	Value protocol.Value
}

// BankValue makes a value of the map that an operation of a bank has in the histories of Jepsen's tests: of the accounts and the
// amount of a transfer, {from, to, amount}, the list of these three; of the accounts that a read found, {account: balance}, the
// list of pairs [account, balance], sorted. Names of accounts that are whole numbers are such.
func BankValue(f string, entries []Entry) (protocol.Value, error) {
	if f == "transfer" {
		return transferValue(entries)
	}
	return balancesValue(entries)
}

// HasMap tells whether an operation may have a map for its value.
func HasMap(f string) bool { return f == "transfer" || f == "read" }

// ParseBalances reads balances as a read of a bank has them in JSON, {"account": balance, ...}.
func ParseBalances(text string) (protocol.Value, error) {
	c := cursor{text: []byte(text)}
	c.space()
	v, err := c.bank("read")
	if err == nil && c.space() != 0 {
		err = c.unexpected("the end")
	}
	return v, err
}

func transferValue(entries []Entry) (protocol.Value, error) {
	parts := map[string]protocol.Value{}
	for _, e := range entries {
		parts[e.Key] = e.Value
	}
	from, one := parts["from"]
	to, two := parts["to"]
	amount, three := parts["amount"]
	if len(entries) != 3 || !one || !two || !three {
		return protocol.Value{}, &Problem{What: "a transfer has from, to and amount, each once, and nothing else"}
	}
	return protocol.List(accountOf(from), accountOf(to), amount), nil
}

func balancesValue(entries []Entry) (protocol.Value, error) {
	pairs := make([]protocol.Value, len(entries))
	for i, e := range entries {
		pairs[i] = protocol.List(accountOf(protocol.String(e.Key)), e.Value)
	}
	slices.SortFunc(pairs, protocol.Value.Compare)
	for i, pair := range pairs[min(1, len(pairs)):] {
		a, _ := pairs[i].List()
		b, _ := pair.List()
		if a[0].Equal(b[0]) {
			return protocol.Value{}, &Problem{What: fmt.Sprintf("account %s stands twice", a[0])}
		}
	}
	return protocol.List(pairs...), nil
}

// accountOf makes a number of a name that is one: the keys of a map in JSON are always texts.
func accountOf(v protocol.Value) protocol.Value {
	text, isText := v.Text()
	if n, err := strconv.ParseInt(text, 10, 64); isText && err == nil && strconv.FormatInt(n, 10) == text {
		return protocol.Int(n)
	}
	return v
}
