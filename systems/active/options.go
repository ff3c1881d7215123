package active

import "sunder/systems"

// The options and their values.
const (
	optionUniform  = "uniform"
	optionReads    = "reads"
	optionFrontEnd = "front-end"
	optionRelays   = "relays"
	optionLiars    = "liars"

	on          = "on"
	off         = "off"
	readsOrder  = "ordered"
	readsToken  = "local-token"
	readsRaw    = "local-raw"
	firstReply  = "first"
	equalReply  = "f+1"
	oneRelay    = "one"
	allRelays   = "all"
	liarsNone   = "none"
	liarsFaulty = "f"
)

func optionList() []systems.Option {
	return []systems.Option{
		{
			Name: optionUniform, Default: on, Values: []string{on, off},
			About: "whether a request is executed only when every member has it on disk",
		},
		{
			Name: optionReads, Default: readsOrder, Values: []string{readsOrder, readsToken, readsRaw},
			About: "how reads are done. ordered: as everything else; local-token: by one replica that reflects what the front end has seen; " +
				"local-raw: by one replica as it is",
		},
		{
			Name: optionFrontEnd, Default: firstReply, Values: []string{firstReply, equalReply},
			About: "which answer a front end takes: the first, or one that f+1 of 2f+1 replicas give alike",
		},
		{
			Name: optionRelays, Default: oneRelay, Values: []string{oneRelay, allRelays},
			About: "how many replicas a front end hands a request to, each of which multicasts it",
		},
		{
			Name: optionLiars, Default: liarsNone, Values: []string{liarsNone, liarsFaulty},
			About: "whether the last f of 2f+1 replicas answer wrongly; final reads they answer right",
		},
	}
}
