package systems

import (
	"slices"

	"sunder/checkers/guarantee"
	"sunder/nemesis"
)

// Promised returns what the system promises of an object under its options, and keeps under a kind of fault; "" asks for
// all promises.
func (s System) Promised(object string, options map[string]string, k nemesis.Kind) []guarantee.Name {
	var out []guarantee.Name
	for _, p := range s.Promises {
		info, _ := guarantee.Lookup(p.Guarantee)
		named := p.Objects == nil && info.AppliesTo(object) || slices.Contains(p.Objects, object)
		survives := k == "" || slices.Contains(p.Survives, k)
		if named && survives && p.asked(options) && !slices.Contains(out, p.Guarantee) {
			out = append(out, p.Guarantee)
		}
	}
	return out
}

// asked tells whether the options are those under which the promise is given.
func (p Promise) asked(options map[string]string) bool { return chosen(p.When, options) }

// IsForgetful tells whether, under the options, disks keep nothing of what clients ask for.
func (s System) IsForgetful(options map[string]string) bool {
	return slices.ContainsFunc(s.Forgets, func(when map[string]string) bool { return chosen(when, options) })
}

// chosen tells whether all that is asked for is among the options.
func chosen(when, options map[string]string) bool {
	for name, value := range when {
		if options[name] != value {
			return false
		}
	}
	return true
}

// Survived returns the kinds of faults that some promise of the system survives, in the order of nemesis.Kinds.
func (s System) Survived() []nemesis.Kind {
	var out []nemesis.Kind
	for _, info := range nemesis.Kinds() {
		if slices.ContainsFunc(s.Promises, func(p Promise) bool { return slices.Contains(p.Survives, info.Kind) }) {
			out = append(out, info.Kind)
		}
	}
	return out
}
