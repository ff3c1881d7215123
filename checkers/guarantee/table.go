package guarantee

import (
	"slices"
	"sync"
)

// All returns the guarantees, strongest first within a family; those of transactions come first.
func All() []Info { return slices.Clone(known().all) }

// known returns the guarantees, what there is to know of each, and what each implies: asked for often, and always the same.
var known = sync.OnceValue(func() *knowledge {
	k := &knowledge{all: table(), of: map[Name]Info{}, implied: map[[2]Name]bool{}}
	for i := range k.all {
		k.all[i].clip()
	}
	for _, info := range k.all {
		k.of[info.Name] = info
	}
	for _, info := range k.all {
		k.imply(info.Name, info)
	}
	return k
})

// clip leaves no room in what all share: who appends to it gets a copy.
func (i *Info) clip() {
	i.Anomalies, i.OfTransactions = slices.Clip(i.Anomalies), slices.Clip(i.OfTransactions)
	i.Implies, i.Objects, i.Except = slices.Clip(i.Implies), slices.Clip(i.Objects), slices.Clip(i.Except)
}

type knowledge struct {
	all     []Info
	of      map[Name]Info
	implied map[[2]Name]bool
}

// imply notes all that a guarantee implies by way of another.
func (k *knowledge) imply(from Name, by Info) {
	for _, to := range by.Implies {
		k.implied[[2]Name{from, to}] = true
		k.imply(from, k.of[to])
	}
}

func table() []Info { //nolint:funlen // a list with an entry for each guarantee
	causal := []string{"register", "set", "board"}
	all := []Info{
		{
			Name: Linearizable, RealTime: true, Short: "LIN", Implies: []Name{Sequential}, Except: unordered(),
			About:     "every operation takes effect at one instant between its call and its return (Herlihy & Wing 1990)",
			Anomalies: []Anomaly{StaleRead, ReadInversion, FutureRead, ThinAirRead, AbortedRead, LostUpdate, DirtyOrder, Duplicated, Overtaken, Lost, NotEmpty, NotLinearizable},
		},
		{
			Name: Sequential, Short: "SEQ", Implies: []Name{Causal, CausalConvergent}, Except: unordered(),
			About:     "one order of all operations explains every answer and keeps the order of each process (Lamport 1979)",
			Anomalies: []Anomaly{ThinAirRead, AbortedRead, Duplicated, NotSequential},
		},
		{
			Name: Causal, Short: "CM", Objects: slices.Concat(causal, transactional()), Implies: []Name{CausalWeak, ReadAtomic},
			About:          "causal memory: each process sees all writes in one order of its own that keeps causality and explains all that it read (Ahamad et al. 1995); of transactions: nobody sees one without its causes, and one order decides between concurrent writes (Biswas & Enea 2019)",
			Anomalies:      []Anomaly{CyclicCO, ThinAirRead, AbortedRead, Duplicated, WriteCOInitRead, WriteCORead, WriteHBInitRead, CyclicHB, ReplyBeforeParent},
			OfTransactions: append(readAtomicAnomalies(), CausalityViolation),
		},
		{
			Name: CausalConvergent, Short: "CCv", Objects: causal, Implies: []Name{CausalWeak},
			About:     "causal, and one order decides between concurrent writes for everybody (Bouajjani et al. 2017)",
			Anomalies: []Anomaly{CyclicCO, ThinAirRead, AbortedRead, Duplicated, WriteCOInitRead, WriteCORead, CyclicCF, ReplyBeforeParent},
		},
		{
			Name: CausalWeak, Short: "CC", Objects: causal, Implies: []Name{Session},
			About:     "nobody sees an effect without its causes (Bouajjani et al. 2017)",
			Anomalies: []Anomaly{CyclicCO, ThinAirRead, AbortedRead, Duplicated, WriteCOInitRead, WriteCORead, ReplyBeforeParent},
		},
		{
			Name: Session, Short: "SESS", Objects: causal, Implies: []Name{ReadYourWrites, MonotonicReads, MonotonicWrites, WritesFollowReads},
			About:     "the four session guarantees together (Terry et al. 1994)",
			Anomalies: []Anomaly{NoReadYourWrites, NoMonotonicReads, NoMonotonicWrites, NoWritesFollowReads, BrokenSession},
		},
		{
			Name: ReadYourWrites, Short: "RYW", Objects: causal, Anomalies: []Anomaly{NoReadYourWrites},
			About: "a process sees its own earlier writes",
		},
		{
			Name: MonotonicReads, Short: "MR", Objects: causal, Anomalies: []Anomaly{NoMonotonicReads},
			About: "a process goes on seeing what it has seen",
		},
		{
			Name: MonotonicWrites, Short: "MW", Objects: causal, Anomalies: []Anomaly{NoMonotonicWrites},
			About: "whoever sees a write sees the earlier writes of the same process",
		},
		{
			Name: WritesFollowReads, Short: "WFR", Objects: causal, Anomalies: []Anomaly{NoWritesFollowReads},
			About: "whoever sees a write sees what its process had seen before it",
		},
		{
			Name: Convergence, Final: true, Short: "CONV", Anomalies: []Anomaly{Diverged},
			About: "when all is healed and quiet, all replicas give the same answers",
		},
		{
			Name: Durability, Final: true, Short: "DURA", Objects: []string{"counter", "set", "board", "log", "multicast"}, Anomalies: []Anomaly{Lost, Phantom},
			About: "every update that was answered ok is there at the end, and none that failed or was never asked for",
		},
		{
			Name: ExactlyOnce, Final: true, Short: "ONCE", Objects: []string{"counter", "set", "board", "log", "multicast"}, Anomalies: []Anomaly{Duplicated},
			About: "no update takes effect twice, however often it was sent",
		},
		{
			Name: Conservation, Final: true, Short: "BANK", Objects: []string{"bank"}, Anomalies: []Anomaly{NotConserved, Overdrawn},
			About: "every account holds in the end what was paid in and not out, and no read ever shows less than nothing",
		},
		{
			Name: Membership, Facts: true, Short: "MEMB", Anomalies: []Anomaly{ViewsDiffer, NotAMember, ViewBackwards, Resurrected},
			About: "the views of a group are one sequence: each has one list of members, is installed by members only, and never after a newer one; judged from facts",
		},
		{
			Name: ViewSynchrony, Facts: true, Short: "VSYN", Anomalies: []Anomaly{ViewIntegrity, ViewAgreement, ViewValidity},
			About: "processes that go from one view to the next have delivered the same messages, each in the view that it was sent in (Birman & Joseph 1987); judged from facts",
		},
		{
			Name: CausalOrder, Facts: true, Short: "ORD-C", Implies: []Name{FIFOOrder}, Anomalies: []Anomaly{CausalOvertaken},
			About: "no process delivers a message before one of the same view that happened before it (Lamport 1978); judged from facts",
		},
		{
			Name: FIFOOrder, Facts: true, Short: "ORD-F", Anomalies: []Anomaly{FIFOOvertaken},
			About: "no process delivers a message before an earlier one of the same sender and view; judged from facts",
		},
		{
			Name: TotalOrder, Facts: true, Short: "ORD-T", Anomalies: []Anomaly{CyclicDelivery},
			About: "one order of all multicast messages contains the order in which each replica delivered them; judged from facts",
		},
		{
			Name: Available, Final: true, Short: "LIVE", Anomalies: []Anomaly{Unanswered, Late},
			About: "once all is healed, an operation ends ok within two seconds, and in the end every one is answered in time",
		},
		{
			Name: AlwaysAvailable, Final: true, Short: "LIVE*", Anomalies: []Anomaly{Unanswered},
			About: "every operation is answered in time, whatever faults are in force: none ends in doubt, and none fails but by its own precondition",
		},
	}
	return append(transactionGuarantees(), all...)
}

// unordered names the objects of which no order of all operations on a key is asked: transactions have guarantees of their
// own, and what is delivered in a group is gone with it.
func unordered() []string { return append(transactional(), "multicast") }

// Lookup returns what there is to know of a guarantee, and whether it exists. A system's own invariants are not
// in the list.
func Lookup(n Name) (Info, bool) {
	info, ok := known().of[n]
	return info, ok
}

// AppliesTo tells whether the guarantee says anything of the object.
func (i Info) AppliesTo(object string) bool {
	if i.Objects == nil {
		return !slices.Contains(i.Except, object)
	}
	return slices.Contains(i.Objects, object)
}

// Implies tells whether every history that has a has b too. Each guarantee implies itself.
func Implies(a, b Name) bool {
	return a == b || known().implied[[2]Name{a, b}]
}
