package cli

import (
	"fmt"
	"io"
	"slices"

	"sunder/checkers"
	"sunder/harness/history"
	"sunder/harness/protocol"
)

// explainVerdicts writes a line for each guarantee, and below what is broken its proof.
func explainVerdicts(w io.Writer, p palette, h *history.History, verdicts []checkers.Verdict) {
	width := 0
	for _, v := range verdicts {
		width = max(width, len(v.Guarantee))
	}
	var shown shown
	for _, v := range verdicts {
		fmt.Fprintf(w, "  %s  %s  %s\n", p.bold(fmt.Sprintf("%-*s", width, v.Guarantee)),
			p.verdict(v.Valid, v.Valid == checkers.Valid, fmt.Sprintf("%-7s", v.Valid)), shown.reason(p, v))
		shown.witness(w, p, h, v)
	}
}

// explainStrongest says what a ladder ended with.
func explainStrongest(w io.Writer, p palette, record *checkRecord, verdicts []checkers.Verdict) {
	text := p.bold(join(record.Strongest))
	undecided := slices.ContainsFunc(verdicts, func(v checkers.Verdict) bool { return v.Valid == checkers.Unknown })
	switch {
	case len(record.Strongest) == 0 && undecided:
		text = "none was found"
	case len(record.Strongest) == 0:
		text = "none"
	case len(record.ButNot) > 0:
		text += ", but not " + p.bold(join(record.ButNot))
	}
	fmt.Fprintf(w, "  the strongest that it is consistent with: %s\n", text)
}

// explainEmptiness warns of a history that says nothing, because all that clients asked for failed.
func explainEmptiness(w io.Writer, h *history.History) {
	if !slices.ContainsFunc(h.Operations, func(o history.Operation) bool { return o.Outcome != protocol.Fail }) {
		fmt.Fprintf(w, "  no operation happened: of %s none ended ok or may have\n", count(len(h.Operations), "operation"))
	}
}

// shown are the verdicts whose proofs were written. One that proves several guarantees broken is written once.
type shown []checkers.Verdict

// reason names the anomaly of a verdict, and says why it was reached.
func (s shown) reason(p palette, v checkers.Verdict) string {
	if v.Witness == nil || v.Witness.Anomaly == "" {
		return v.Reason
	}
	anomaly := p.bold(string(v.Witness.Anomaly))
	if former, ok := s.like(v); ok && former.Reason == v.Reason {
		return fmt.Sprintf("%s, as for %s above", anomaly, former.Guarantee)
	}
	return anomaly + ": " + v.Reason
}

// witness writes the proof of a verdict, or which one it is the same as.
func (s *shown) witness(w io.Writer, p palette, h *history.History, v checkers.Verdict) {
	if v.Witness == nil {
		return
	}
	former, ok := s.like(v)
	switch {
	case !ok:
		explainWitness(w, p, h, v.Witness)
		*s = append(*s, v)
	case former.Reason != v.Reason:
		fmt.Fprintf(w, "      %s\n", p.dim(fmt.Sprintf("the operations are those for %s above", former.Guarantee)))
	}
}

// like returns the verdict whose proof has the same operations, edges and facts, if one was written.
func (s shown) like(v checkers.Verdict) (checkers.Verdict, bool) {
	at := slices.IndexFunc(s, func(o checkers.Verdict) bool {
		return slices.Equal(o.Witness.Operations, v.Witness.Operations) && slices.Equal(o.Witness.Edges, v.Witness.Edges) &&
			slices.Equal(o.Witness.Facts, v.Witness.Facts)
	})
	if at < 0 {
		return checkers.Verdict{}, false
	}
	return s[at], true
}
