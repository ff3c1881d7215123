package passive

import "sunder/systems"

// The options and their values.
const (
	optionReads = "reads"
	readsMark   = "primary-mark"
)

func optionList() []systems.Option {
	return []systems.Option{
		{
			Name: optionReads, Default: readsMark, Values: []string{readsMark},
			About: "who answers reads. primary-mark: the primary, once all members have acknowledged a mark that it multicast after the read came",
		},
	}
}
