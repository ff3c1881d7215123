package cli

import (
	"strings"
	"testing"

	"sunder/harness"
	"sunder/harness/campaign"
)

// TestTheStatusLineIsThereFromTheStart reads what a terminal is sent: the line is there before the first run has ended,
// counts what has, and goes away.
func TestTheStatusLineIsThereFromTheStart(t *testing.T) {
	var screen strings.Builder
	l := newLive(&screen, true, "run", 3)
	if got := screen.String(); !strings.Contains(got, "0/3 runs") {
		t.Errorf("at the start it shows %q", got)
	}
	screen.Reset()
	l.tick(&campaign.Outcome{Result: harness.Result{Scenario: "toy/one", Status: harness.Violated}})
	if got := screen.String(); !strings.Contains(got, "1/3 runs  1 violation") || !strings.Contains(got, "toy/one") {
		t.Errorf("after a run it shows %q", got)
	}
	screen.Reset()
	l.clear()
	if got := screen.String(); got != "\r\x1b[K" {
		t.Errorf("it goes away with %q", got)
	}
}

func TestNoStatusLineWhereNobodyLooks(t *testing.T) {
	var file strings.Builder
	l := newLive(&file, isTerminal(&file), "run", 3)
	l.tick(&campaign.Outcome{})
	l.now("toy/one")
	l.clear()
	if file.Len() > 0 {
		t.Errorf("it wrote %q", file.String())
	}
}
