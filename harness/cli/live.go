package cli

import (
	"fmt"
	"io"
	"time"

	"sunder/harness"
	"sunder/harness/campaign"
)

// live is the status line of many runs: it is written only where a person looks, and gone when results are printed.
type live struct {
	w        io.Writer
	on       bool
	started  time.Time
	shown    time.Time
	done     int
	thing    string // what is counted
	total    int    // 0: not known
	statuses map[harness.Status]int
}

// newLive shows at once that runs are on their way, if it is on: the first may take its time.
func newLive(w io.Writer, on bool, thing string, total int) *live {
	l := &live{w: w, on: on, started: time.Now(), thing: thing, total: total, statuses: map[harness.Status]int{}}
	l.now("")
	return l
}

// tick counts an outcome and shows the line again if it is old enough to be worth it.
func (l *live) tick(o *campaign.Outcome) {
	l.done++
	l.statuses[o.Status]++
	if l.on && time.Since(l.shown) >= 50*time.Millisecond {
		l.shown = time.Now()
		l.show(o.Scenario)
	}
}

// now shows what is on its way, whatever has been shown before.
func (l *live) now(what string) {
	if l.on {
		l.show(what)
	}
}

func (l *live) show(scenario string) {
	of := ""
	if l.total > 0 {
		of = fmt.Sprintf("/%d", l.total)
	}
	line := fmt.Sprintf("%d%s %ss  %s  %v  %s", l.done, of, l.thing, tally(l.statuses), time.Since(l.started).Round(100*time.Millisecond), scenario)
	fmt.Fprintf(l.w, "\r\x1b[K%.100s", line)
}

// clear takes the line away, so that something else can be printed.
func (l *live) clear() {
	if l.on {
		fmt.Fprint(l.w, "\r\x1b[K")
	}
}

// tally counts statuses in words, the worst first.
func tally(statuses map[harness.Status]int) string {
	text := ""
	for _, s := range []harness.Status{
		harness.Interrupted, harness.Violated, harness.Infra, harness.Unknown, harness.Vacuous, harness.Pass,
	} {
		if n := statuses[s]; n > 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%d %s", n, s)
		}
	}
	return text
}
