package guarantee

import "slices"

// The anomalies of transactions, by the names of Adya (1999) and Elle (Kingsbury & Alvaro, VLDB 2020). A cycle that needs
// the order of a process or real time besides the dependencies says so at the end of its name.
const (
	Internal           Anomaly = "internal"            // a transaction contradicts what it did itself
	NonRepeatableRead  Anomaly = "non-repeatable-read" // a transaction reads a key twice, and differently (Berenson et al. 1995)
	DuplicateElements  Anomaly = "duplicate-elements"  // a list shows an element twice
	G1a                Anomaly = "G1a"                 // a read of what an aborted transaction wrote
	G1b                Anomaly = "G1b"                 // a read of a value between two writes of one transaction
	G0                 Anomaly = "G0"                  // a cycle of writes
	G1c                Anomaly = "G1c"                 // a cycle of writes and reads
	FracturedRead      Anomaly = "fractured-read"      // a part of what another transaction wrote
	CausalityViolation Anomaly = "causality"           // an effect without its cause
	LongFork           Anomaly = "long-fork"           // two readers that see two writes in different orders
	GSingle            Anomaly = "G-single"            // a cycle with one anti-dependency (read skew)
	GNonadjacent       Anomaly = "G-nonadjacent"       // a cycle without two anti-dependencies in a row
	G2Item             Anomaly = "G2-item"             // a cycle with two anti-dependencies in a row (write skew)
	Unorderable        Anomaly = "unorderable"         // every order of the writes closes a cycle

	G0Process            Anomaly = "G0-process"
	G1cProcess           Anomaly = "G1c-process"
	GSingleProcess       Anomaly = "G-single-process"
	GNonadjacentProcess  Anomaly = "G-nonadjacent-process"
	G2ItemProcess        Anomaly = "G2-item-process"
	G0Realtime           Anomaly = "G0-realtime"
	G1cRealtime          Anomaly = "G1c-realtime"
	GSingleRealtime      Anomaly = "G-single-realtime"
	GNonadjacentRealtime Anomaly = "G-nonadjacent-realtime"
	G2ItemRealtime       Anomaly = "G2-item-realtime"
)

// transactional names the objects whose operations are transactions.
func transactional() []string { return []string{"list-append", "rw-register"} }

// The anomalies that break each guarantee, and all that are stronger.
func readCommittedAnomalies() []Anomaly {
	return []Anomaly{Internal, ThinAirRead, DuplicateElements, G1a, G1b, G0, G1c}
}

func readAtomicAnomalies() []Anomaly {
	return append(readCommittedAnomalies(), NonRepeatableRead, FracturedRead)
}

func parallelSnapshotAnomalies() []Anomaly {
	return append(readCommittedAnomalies(), NonRepeatableRead, DirtyOrder, LostUpdate, GSingle, Unorderable)
}

func snapshotAnomalies() []Anomaly {
	return append(parallelSnapshotAnomalies(), LongFork, GNonadjacent)
}

func serializableAnomalies() []Anomaly { return append(snapshotAnomalies(), G2Item) }

func processAnomalies() []Anomaly {
	return []Anomaly{G0Process, G1cProcess, GSingleProcess, GNonadjacentProcess, G2ItemProcess}
}

func realtimeAnomalies() []Anomaly {
	return []Anomaly{G0Realtime, G1cRealtime, GSingleRealtime, GNonadjacentRealtime, G2ItemRealtime}
}

// transactionGuarantees returns the guarantees of transactions, strongest first. Serializability and what lies below it
// pay no heed to the order of a process; the causal guarantee of transactions does, so it does not follow from them.
func transactionGuarantees() []Info {
	return []Info{
		{
			Name: StrictSerializable, RealTime: true, Short: "S1SR", Objects: transactional(), Implies: []Name{StrongSessionSerializable},
			About:     "one order of all transactions explains every answer and keeps real time (Papadimitriou 1979; Herlihy & Wing 1990)",
			Anomalies: slices.Concat(serializableAnomalies(), processAnomalies(), realtimeAnomalies()),
		},
		{
			Name: StrongSessionSerializable, Short: "SSSR", Objects: transactional(), Implies: []Name{Serializable, Causal},
			About:     "one order of all transactions explains every answer and keeps the order of each process (Daudjee & Salem 2004)",
			Anomalies: slices.Concat(serializableAnomalies(), processAnomalies()),
		},
		{
			Name: Serializable, Short: "1SR", Objects: transactional(), Implies: []Name{SnapshotIsolation},
			About:     "one order of all transactions on one copy explains every answer (Bernstein, Hadzilacos & Goodman 1987)",
			Anomalies: serializableAnomalies(),
		},
		{
			Name: SnapshotIsolation, Short: "SI", Objects: transactional(), Implies: []Name{ParallelSnapshotIsolation},
			About:     "each transaction reads one snapshot, and of two that write one key the second has seen the first (Berenson et al. 1995; Cerone & Gotsman 2016)",
			Anomalies: snapshotAnomalies(),
		},
		{
			Name: ParallelSnapshotIsolation, Short: "PSI", Objects: transactional(), Implies: []Name{ReadAtomic},
			About:     "snapshot isolation in which independent transactions may be seen in different orders (Sovran et al. 2011)",
			Anomalies: parallelSnapshotAnomalies(),
		},
		{
			Name: ReadAtomic, Short: "RA", Objects: transactional(), Implies: []Name{ReadCommitted},
			About:     "a transaction sees all of another's writes or none (Bailis et al. 2014)",
			Anomalies: readAtomicAnomalies(),
		},
		{
			Name: ReadCommitted, Short: "RC", Objects: transactional(),
			About:     "no transaction reads what was aborted or overwritten inside another, and dependencies are acyclic (Adya's PL-2, 1999)",
			Anomalies: readCommittedAnomalies(),
		},
	}
}
