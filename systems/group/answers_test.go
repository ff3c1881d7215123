package group_test

import (
	"testing"

	"sunder/harness/prng"
	"sunder/harness/protocol"
	"sunder/systems/group"
)

// TestAnswersAgainstAListOfAll compares the table with a list of all that was ever entered.
func TestAnswersAgainstAListOfAll(t *testing.T) {
	r := prng.New(1)
	from := []group.FrontEndID{{Node: "c1", Incarnation: 1}, {Node: "c1", Incarnation: 2}, {Node: "c2", Incarnation: 1}}
	type key struct {
		from group.FrontEndID
		seq  uint64
	}
	table, all, floor := group.Answers{}, map[key]int64{}, map[group.FrontEndID]uint64{}
	for step := range int64(2000) {
		id := from[r.IntN(len(from))]
		k := key{id, floor[id] + uint64(r.IntN(8))}
		if _, entered := all[k]; k.seq > floor[id] && !entered {
			done := min(k.seq-1, floor[id]+uint64(r.IntN(2)))
			table.Add(id, k.seq, done, protocol.Reply{Outcome: protocol.OK, Value: protocol.Int(step)})
			all[k], floor[id] = step, done
		}
		if r.IntN(10) == 0 {
			table = group.AnswersOf(table.List())
		}
		for _, id := range from {
			for seq := uint64(1); seq < floor[id]+10; seq++ {
				value, entered := all[key{id, seq}]
				reply, executed, ended := table.Find(id, seq)
				n, _ := reply.Value.Int()
				if executed != (entered && seq > floor[id]) || executed && n != value || ended != (seq <= floor[id] && !executed) {
					t.Fatalf("step %d, request %d of %v (floor %d): executed %t, ended %t, answer %v", step, seq, id, floor[id], executed, ended, reply.Value)
				}
			}
		}
	}
}

// TestAListOfAnswersIsACopy: what is entered later does not show in it.
func TestAListOfAnswersIsACopy(t *testing.T) {
	id := group.FrontEndID{Node: "c1"}
	table := group.Answers{}
	table.Add(id, 1, 0, protocol.Reply{Outcome: protocol.OK})
	list := table.List()
	again := group.AnswersOf(list)
	table.Add(id, 2, 0, protocol.Reply{Outcome: protocol.OK})
	again.Add(id, 3, 0, protocol.Reply{Outcome: protocol.OK})
	if len(list[0].Answers) != 1 {
		t.Errorf("the list has %d answers", len(list[0].Answers))
	}
	if _, executed, _ := table.Find(id, 3); executed {
		t.Error("the table made of the list shares its answers")
	}
}
