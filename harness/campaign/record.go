package campaign

import (
	"encoding/json"
	"slices"
	"time"

	"sunder/checkers"
	"sunder/checkers/guarantee"
	"sunder/harness"
	"sunder/harness/history"
	"sunder/nemesis"
)

// Record is a run as `sunder run --json` prints it, one object a line.
type Record struct {
	Scenario      string                               `json:"scenario"`
	System        string                               `json:"system"`
	Mutant        string                               `json:"mutant,omitempty"`
	Backend       string                               `json:"backend"`
	Seed          uint64                               `json:"seed"`
	Status        harness.Status                       `json:"status"`
	Reason        string                               `json:"reason,omitempty"`
	Verdicts      map[guarantee.Name]checkers.Validity `json:"verdicts"`
	Operations    harness.Counts                       `json:"operations"`
	Mixes         []string                             `json:"mixes,omitempty"` // what the seed drew from each swarm
	Faults        []FaultRecord                        `json:"faults"`
	Marks         map[string]int64                     `json:"marks"`
	Figures       map[string]int64                     `json:"figures"`
	TraceDigest   string                               `json:"trace_digest"`
	HistoryDigest string                               `json:"history_digest"`
	Events        int64                                `json:"events"`
	SimMS         json.Number                          `json:"sim_ms"`
	WallMS        json.Number                          `json:"wall_ms"`
	RunDir        string                               `json:"run_dir,omitempty"`
}

// FaultRecord is a fault with what it did.
type FaultRecord struct {
	Fault    string           `json:"fault"`              // as scheduled
	Resolved string           `json:"resolved,omitempty"` // with names in place of words
	Random   bool             `json:"random,omitempty"`
	BegunMS  json.Number      `json:"begun_ms,omitempty"`
	EndedMS  json.Number      `json:"ended_ms,omitempty"`
	Evidence nemesis.Evidence `json:"evidence"`
	Bites    bool             `json:"bites"`
	Missing  string           `json:"missing,omitempty"`
	Struck   map[string]int   `json:"struck,omitempty"` // operations under way when it began, by the phase of Fig 14.1 in which each was
}

// Detail is what results.json holds: the record, and how each verdict came about.
type Detail struct {
	Version string `json:"version"`
	Record
	Findings []FindingRecord `json:"findings"`
}

// FindingRecord is a verdict with its proof.
type FindingRecord struct {
	Guarantee guarantee.Name    `json:"guarantee"`
	Expected  string            `json:"expected"` // "holds", or "broken by" an anomaly
	Verdict   checkers.Validity `json:"verdict"`
	Met       bool              `json:"met"`
	Reason    string            `json:"reason"`
	Engine    string            `json:"engine"`
	Steps     int64             `json:"steps"`
	Witness   *checkers.Witness `json:"witness,omitempty"`
	Proof     []string          `json:"proof,omitempty"` // the operations of the witness, in words
	Measures  []string          `json:"measures,omitempty"`
	// Undecided says of each key that was given up how far its check came.
	Undecided []checkers.Undecided `json:"undecided,omitempty"`
}

// record puts a result into the form of its line.
func record(r *harness.Result) Record {
	return Record{
		Scenario: r.Scenario, System: r.System, Mutant: r.Mutant, Backend: r.Backend, Seed: r.Seed,
		Status: r.Status, Reason: r.Reason,
		Verdicts: r.Verdicts(), Operations: r.Operations, Mixes: mixRecords(r.Mixes),
		Faults: faultRecords(r.Faults), Marks: r.Marks, Figures: r.Figures,
		TraceDigest: r.Digest, Events: r.Events,
		SimMS: Milliseconds(r.Simulated), WallMS: Milliseconds(r.Wall),
	}
}

// Milliseconds writes a duration as a number of milliseconds with three decimals.
func Milliseconds(d time.Duration) json.Number {
	text, _ := json.Marshal(float64(d.Microseconds()) / 1000)
	return json.Number(text)
}

func mixRecords(mixes []nemesis.Random) []string {
	var out []string
	for _, m := range mixes {
		out = append(out, m.String())
	}
	return out
}

func faultRecords(reports []harness.FaultReport) []FaultRecord {
	out := make([]FaultRecord, len(reports))
	for i, f := range reports {
		out[i] = FaultRecord{
			Fault: f.Planned.String(), Random: f.Planned.Random, Evidence: f.Evidence, Bites: f.Bites, Missing: f.Missing, Struck: f.Struck,
		}
		if f.Begun >= 0 {
			out[i].Resolved, out[i].BegunMS = f.Resolved.String(), Milliseconds(f.Begun)
		}
		if f.Ended >= 0 {
			out[i].EndedMS = Milliseconds(f.Ended)
		}
	}
	return out
}

func findingRecords(findings []harness.Finding, h *history.History) []FindingRecord {
	out := make([]FindingRecord, len(findings))
	for i, f := range findings {
		expected := "holds"
		if f.Breaks != "" {
			expected = "broken by " + string(f.Breaks)
		}
		out[i] = FindingRecord{
			Guarantee: f.Guarantee, Expected: expected, Verdict: f.Valid, Met: f.Met,
			Reason: f.Reason, Engine: f.Engine, Steps: f.Steps, Witness: f.Witness, Measures: f.Measures,
			Undecided: f.Undecided,
		}
		if f.Witness != nil {
			for _, op := range slices.Concat(f.Witness.Operations, f.Witness.Context) {
				out[i].Proof = append(out[i].Proof, checkers.Describe(&h.Operations[op]))
			}
		}
	}
	return out
}
