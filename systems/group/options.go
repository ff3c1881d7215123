package group

import "sunder/systems"

// The options and their values.
const (
	optionOrder   = "order"
	optionUniform = "uniform"
	optionAccess  = "access"

	on     = "on"
	off    = "off"
	open   = "open"
	closed = "closed"
)

func optionList() []systems.Option {
	return []systems.Option{
		{
			Name: optionOrder, Default: FIFO, Values: []string{FIFO, Causal, Total},
			About: "in which order messages are delivered in a view: each sender's in the order of their sending, causes before effects, or one order at all members",
		},
		{
			Name: optionUniform, Default: on, Values: []string{on, off},
			About: "on: a message is delivered when every member has it on disk; off: as soon as its order allows, so that what a member delivered may be lost with it",
		},
		{
			Name: optionAccess, Default: open, Values: []string{open, closed},
			About: "open: a front end hands its updates to any member, the next one when there is no answer; closed: only members multicast, and a front end speaks for the one that it stands beside",
		},
	}
}
