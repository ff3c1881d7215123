package cli

import (
	"sunder/checkers/guarantee"
	"sunder/checkers/model"
)

// subjects names the objects that a guarantee says something of.
func subjects(info guarantee.Info) []string {
	var out []string
	for _, name := range model.Names() {
		if info.AppliesTo(name) {
			out = append(out, name)
		}
	}
	return out
}
