package cli

import (
	"strings"
	"testing"

	"sunder/harness"
	"sunder/harness/campaign"
)

// TestOnlyTheSimulatorSimulates checks what the line of a run calls its time.
func TestOnlyTheSimulatorSimulates(t *testing.T) {
	for backend, want := range map[string]string{"sim": "0s simulated in 0s", "docker": "0s run in 0s"} {
		o := &campaign.Outcome{Result: harness.Result{Scenario: "toy/one", Backend: backend, Status: harness.Pass}}
		if got := headline(palette{}, o); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q does not end with %q", backend, got, want)
		}
	}
}
