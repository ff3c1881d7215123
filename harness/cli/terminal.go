package cli

import (
	"io"
	"os"

	"github.com/fatih/color"
	"golang.org/x/term"

	"sunder/checkers"
	"sunder/harness"
)

// isTerminal tells whether a person looks at what is written to w, on a terminal that can do more than a teleprinter.
func isTerminal(w io.Writer) bool {
	if o, ok := w.(*output); ok {
		w = o.to
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// palette colours words where a person looks at them and has not asked for none.
type palette struct{ on bool }

func paletteFor(w io.Writer) palette {
	return palette{on: isTerminal(w) && os.Getenv("NO_COLOR") == ""}
}

func (p palette) paint(text string, attributes ...color.Attribute) string {
	if !p.on {
		return text
	}
	c := color.New(attributes...)
	c.EnableColor()
	return c.Sprint(text)
}

func (p palette) bold(text string) string { return p.paint(text, color.Bold) }
func (p palette) dim(text string) string  { return p.paint(text, color.Faint) }

func (p palette) status(s harness.Status, text string) string {
	switch s {
	case harness.Pass:
		return p.paint(text, color.FgGreen)
	case harness.Violated, harness.Infra:
		return p.paint(text, color.FgRed, color.Bold)
	}
	return p.paint(text, color.FgYellow)
}

// verdict colours a validity by whether it is what was expected.
func (p palette) verdict(v checkers.Validity, met bool, text string) string {
	switch {
	case met:
		return p.paint(text, color.FgGreen)
	case v == checkers.Unknown:
		return p.paint(text, color.FgYellow)
	}
	return p.paint(text, color.FgRed, color.Bold)
}
