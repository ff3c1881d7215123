package cli

import (
	"fmt"
	"io"
	"strings"

	"sunder/harness"
	"sunder/harness/campaign"
)

// annotate writes a workflow command that makes GitHub show a run that did not pass on the page of the workflow and of the
// pull request (docs.github.com, Workflow commands for GitHub Actions, "Setting an error message").
func annotate(w io.Writer, o *campaign.Outcome) {
	if o.Status == harness.Pass || o.Status == harness.Interrupted {
		return
	}
	message := summary(o)
	if o.Record.RunDir != "" {
		message += "\nreplay: sunder replay " + o.Record.RunDir + onBackend(o.Backend)
	}
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	fmt.Fprintf(w, "::error title=%s::%s\n", property.Replace(fmt.Sprintf("%s seed %d: %s", o.Scenario, o.Seed, o.Status)), data.Replace(message))
}
