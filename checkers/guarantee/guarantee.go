// Package guarantee is the closed list of what can be promised and judged: the names of the guarantees and of the
// anomalies that break them, what implies what, and to which objects each applies. It holds names only; how a
// guarantee is judged is the business of the checkers.
package guarantee

import "strings"

// Name names a guarantee.
type Name string

// The guarantees that sunder can judge.
const (
	Linearizable      Name = "linearizable"
	Sequential        Name = "sequential"
	Causal            Name = "causal"            // causal memory, CM
	CausalConvergent  Name = "causal-convergent" // CCv
	CausalWeak        Name = "causal-weak"       // CC
	Session           Name = "session"
	ReadYourWrites    Name = "read-your-writes"
	MonotonicReads    Name = "monotonic-reads"
	MonotonicWrites   Name = "monotonic-writes"
	WritesFollowReads Name = "writes-follow-reads"
	Convergence       Name = "convergence"
	Durability        Name = "durability"
	ExactlyOnce       Name = "exactly-once"
	Conservation      Name = "conservation"
	Membership        Name = "membership"
	ViewSynchrony     Name = "view-synchrony"
	FIFOOrder         Name = "fifo-order"
	CausalOrder       Name = "causal-order"
	TotalOrder        Name = "total-order"
	Available         Name = "available"
	AlwaysAvailable   Name = "always-available"

	StrictSerializable        Name = "strict-serializable"
	StrongSessionSerializable Name = "strong-session-serializable"
	Serializable              Name = "serializable" // one-copy serializability, 1SR
	SnapshotIsolation         Name = "snapshot-isolation"
	ParallelSnapshotIsolation Name = "parallel-snapshot-isolation"
	ReadAtomic                Name = "read-atomic"
	ReadCommitted             Name = "read-committed" // Adya's PL-2
)

const invariantPrefix = "invariant/"

// Invariant returns the name of a system's own invariant.
func Invariant(name string) Name { return Name(invariantPrefix + name) }

// OwnInvariant returns the system's name of an invariant and true, or "" and false if n is another guarantee.
func (n Name) OwnInvariant() (string, bool) { return strings.CutPrefix(string(n), invariantPrefix) }

// Anomaly names a way in which a guarantee is broken.
type Anomaly string

// Any stands for whatever anomaly shows.
const Any Anomaly = "any"

// The anomalies, by the literature's names where it has one: Jepsen's for registers and sets, those of Bouajjani,
// Enea, Guerraoui & Hamza (POPL 2017) for causality, Terry's for sessions.
const (
	StaleRead       Anomaly = "stale-read"         // a value that had been overwritten before the read began
	ReadInversion   Anomaly = "read-inversion"     // a newer value, then an older one
	FutureRead      Anomaly = "future-read"        // a value read before its write began
	ThinAirRead     Anomaly = "thin-air-read"      // a value that nobody wrote
	AbortedRead     Anomaly = "aborted-read"       // a value whose write failed (G1a)
	LostUpdate      Anomaly = "lost-update"        // two operations built on one value, or one left no trace
	DirtyOrder      Anomaly = "incompatible-order" // reads that fit no one order of the writes
	Overtaken       Anomaly = "overtaken"          // a value left a queue before one that was enqueued earlier
	NotEmpty        Anomaly = "not-empty"          // a queue was found empty that was not
	NotLinearizable Anomaly = "not-linearizable"   // no order explains it; nothing simpler was found

	NotSequential Anomaly = "not-sequential"

	CyclicCO        Anomaly = "CyclicCO"
	WriteCOInitRead Anomaly = "WriteCOInitRead"
	WriteCORead     Anomaly = "WriteCORead"
	CyclicCF        Anomaly = "CyclicCF"
	WriteHBInitRead Anomaly = "WriteHBInitRead"
	CyclicHB        Anomaly = "CyclicHB"

	NoReadYourWrites    Anomaly = "no-read-your-writes"
	NoMonotonicReads    Anomaly = "no-monotonic-reads"
	NoMonotonicWrites   Anomaly = "no-monotonic-writes"
	NoWritesFollowReads Anomaly = "no-writes-follow-reads"
	BrokenSession       Anomaly = "broken-session" // several of the four together
	ReplyBeforeParent   Anomaly = "reply-before-parent"

	Diverged   Anomaly = "diverged"   // replicas that differ when all is quiet
	Lost       Anomaly = "lost"       // an update that was answered ok and is gone
	Phantom    Anomaly = "phantom"    // an update that was never asked for, or that failed, and is there
	Duplicated Anomaly = "duplicated" // one update that took effect twice, or an element that is shown twice

	NotConserved Anomaly = "not-conserved" // an account that does not hold what was paid in and not out
	Overdrawn    Anomaly = "overdrawn"     // an account with less than nothing

	ViewsDiffer   Anomaly = "views-differ"   // one view with two lists of members
	NotAMember    Anomaly = "not-a-member"   // a process that installed a view without itself
	ViewBackwards Anomaly = "view-backwards" // a node that installed a view not newer than one before
	Resurrected   Anomaly = "resurrected"    // a process that lived on after its node was started again

	ViewIntegrity Anomaly = "integrity" // a delivery twice, of what nobody sent, or outside the view that it was sent in
	ViewAgreement Anomaly = "agreement" // processes that went on to the same view with different messages behind them
	ViewValidity  Anomaly = "validity"  // a process that went on without its own message

	FIFOOvertaken   Anomaly = "fifo-overtaken"   // a message before an earlier one of its sender
	CausalOvertaken Anomaly = "causal-overtaken" // a message before one that happened before it

	CyclicDelivery Anomaly = "cyclic-delivery" // deliveries that no one order of the messages explains
	Unanswered     Anomaly = "unanswered"      // an operation that did not end ok though all was healed, or at any time
	Late           Anomaly = "late"            // no operation ended ok within two seconds after all was healed
	BrokenByItself Anomaly = "broken"          // a system's own invariant
)

// Info is what there is to know of a guarantee.
type Info struct {
	Name      Name
	About     string    // one sentence
	Objects   []string  // to which it applies; nil: all but those of Except
	Except    []string  // objects to which it does not apply, if Objects is nil
	Implies   []Name    // directly
	Anomalies []Anomaly // by which it can be broken
	// OfTransactions are the anomalies by which transactions break it, where other objects break it by others.
	OfTransactions []Anomaly
	Short          string // the short name of the literature
	Final          bool   // it is judged by the final reads of a run, which histories from elsewhere do not have
	RealTime       bool   // it is about when operations began and ended, which not every history tells
	Facts          bool   // it is judged by what replicas told of themselves in the run, which no file holds
}
