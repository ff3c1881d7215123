package passive

import "sunder/systems"

// The options and their values.
const (
	optionReads = "reads"
	readsMark   = "primary-mark"
	readsLease  = "primary-lease"
	readsToken  = "backup-token"
	readsRaw    = "backup-raw"

	optionViews   = "views"
	optionDurable = "durable"

	on  = "on"
	off = "off"
)

func optionList() []systems.Option {
	return []systems.Option{
		{
			Name: optionReads, Default: readsMark, Values: []string{readsMark, readsLease, readsToken, readsRaw},
			About: "who answers reads. primary-mark: the primary, once all members have acknowledged a mark that it multicast after the read came; primary-lease: the primary at once, as long as a majority has promised by its clocks to let it be the primary; backup-token: any replica that has all that the front end has seen; backup-raw: any replica, whatever it has",
		},
		{
			Name: optionViews, Default: on, Values: []string{on, off},
			About: "on: the replicas agree on views, and a majority must be in each; off: each skips whom it suspects, so that a partition makes two primaries. Nothing is on disk then",
		},
		{
			Name: optionDurable, Default: on, Values: []string{on, off},
			About: "on: an update is on every member's disk before it is answered; off: in its memory, and if all crash nobody has the state any more",
		},
	}
}
