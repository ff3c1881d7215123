package interleave

import "sunder/checkers"

// none stands for no value.
const none = -1

// stock counts, for each value of each register, the operations still to come that meet it, and those that can put it
// there. Values are numbered across keys.
type stock struct {
	traits  []traits
	needs   []int32   // by value: operations that must have a place and that meet it
	wishes  []int32   // by value: operations that may or must have a place and that meet it
	supply  []int32   // by value: operations that write it
	refused []int32   // by key: refused cas, each of which may need any value but one
	present []int32   // by key: the present value
	former  [][]int32 // by key: the values before
}

// traits is what the stock needs to know of an operation.
type traits struct {
	key, meets, writes int32
	optional, refused  bool
}

func newStock(p *Problem, keys []int32) *stock {
	k := &stock{traits: make([]traits, len(p.Ops))}
	numbers := map[[2]string]int32{}
	number := func(key, value string) int32 {
		id, known := numbers[[2]string{key, value}]
		if !known {
			id = int32(len(numbers))
			numbers[[2]string{key, value}] = id
			k.needs, k.wishes, k.supply = append(k.needs, 0), append(k.wishes, 0), append(k.supply, 0)
		}
		return id
	}
	for i := range p.Ops {
		op := p.Op(int32(i))
		for int(keys[i]) >= len(k.present) {
			k.present = append(k.present, number(op.Key, p.In.History.Initial.String()))
			k.former, k.refused = append(k.former, nil), append(k.refused, 0)
		}
		t := traits{key: keys[i], meets: none, writes: none, optional: checkers.Optional(op), refused: op.Refused()}
		if v, ok := checkers.Observes(op); ok {
			t.meets = number(op.Key, v.String())
		}
		if v, ok := checkers.Writes(op); ok {
			t.writes = number(op.Key, v.String())
		}
		k.traits[i] = t
		k.count(t, 1)
	}
	return k
}

// count adds an operation to what is to come, or takes it off.
func (k *stock) count(t traits, by int32) {
	if t.meets != none {
		k.wishes[t.meets] += by
		if !t.optional {
			k.needs[t.meets] += by
		}
	}
	if t.writes != none {
		k.supply[t.writes] += by
	}
	if t.refused {
		k.refused[t.key] += by
	}
}

// move notes that an operation was placed (1) or taken back (-1).
func (k *stock) move(i, by int32) {
	t := k.traits[i]
	k.count(t, -by)
	if t.writes == none {
		return
	}
	former := k.former[t.key]
	if by > 0 {
		k.former[t.key] = append(former, k.present[t.key])
		k.present[t.key] = t.writes
		return
	}
	k.present[t.key] = former[len(former)-1]
	k.former[t.key] = former[:len(former)-1]
}

// allows tells whether placing an update can be of any use: an optional one only if somebody may meet what it writes
// and it takes effect; and none that destroys a value that somebody needs and nobody can restore.
func (k *stock) allows(i int32) bool {
	t := k.traits[i]
	now := k.present[t.key]
	if t.optional && (k.wishes[t.writes] == 0 && k.refused[t.key] == 0 || t.meets != none && t.meets != now) {
		return false
	}
	needs := k.needs[now]
	if t.meets == now && !t.optional {
		needs--
	}
	return t.writes == now || needs == 0 || k.supply[now] > 0
}
