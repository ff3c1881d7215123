package gossip

// Forward brings a forced update from the replica that was asked to the primary, which answers the front end itself.
type Forward struct {
	Update Update `json:"update"`
}

// Heartbeat tells that there is a primary.
type Heartbeat struct {
	Ballot Ballot `json:"ballot"`
}

// Elect asks for a vote. The candidate has logged forced records up to Logged.
type Elect struct {
	Ballot Ballot `json:"ballot"`
	Logged uint64 `json:"logged"`
}

// Vote promises to accept nothing under a lower ballot, and tells what the voter knows: up to which position it has
// logged forced records, those of them that the candidate may lack, and what it has accepted behind them.
type Vote struct {
	Ballot   Ballot     `json:"ballot"`
	Voter    int        `json:"voter"`
	Logged   uint64     `json:"logged"`
	Log      []*Record  `json:"log"`
	Prepared []Prepared `json:"prepared"`
}

// Refusal answers a message of a ballot that is too low.
type Refusal struct {
	Promised Ballot `json:"promised"`
}

// Prepare asks to accept a record for its place in the total order.
type Prepare struct {
	Ballot Ballot  `json:"ballot"`
	Record *Record `json:"record"`
}

// PrepareAck tells that the record for a position is accepted, and on disk.
type PrepareAck struct {
	Ballot   Ballot `json:"ballot"`
	Position uint64 `json:"position"`
}

// Chosen tells that a record has its place for good.
type Chosen struct {
	Record *Record `json:"record"`
}

// Stop asks to accept and answer nothing until the attempt is over.
type Stop struct {
	Attempt Attempt `json:"attempt"`
}

// Stopped tells that the replica has stopped, and brings what it has logged.
type Stopped struct {
	Attempt Attempt `json:"attempt"`
	Gossip  Gossip  `json:"gossip"`
}

// Commit ends an attempt whose updates are chosen: the last of them has the position.
type Commit end

// Abort ends an attempt of which nothing was or will be chosen.
type Abort end

// Ended tells that the replica has gone on.
type Ended struct {
	Attempt Attempt `json:"attempt"`
}

// Name is the message's name.
func (Forward) Name() string { return "FWD" }

// Name is the message's name.
func (Heartbeat) Name() string { return "HB" }

// Name is the message's name.
func (Elect) Name() string { return "ELECT" }

// Name is the message's name.
func (Vote) Name() string { return "VOTE" }

// Name is the message's name.
func (Refusal) Name() string { return "NACK" }

// Name is the message's name.
func (Prepare) Name() string { return "FPREP" }

// Name is the message's name.
func (PrepareAck) Name() string { return "FACK" }

// Name is the message's name.
func (Chosen) Name() string { return "FCHOSEN" }

// Name is the message's name.
func (Stop) Name() string { return "IPRE" }

// Name is the message's name.
func (Stopped) Name() string { return "ISTOPPED" }

// Name is the message's name.
func (Commit) Name() string { return "ICOMMIT" }

// Name is the message's name.
func (Abort) Name() string { return "IABORT" }

// Name is the message's name.
func (Ended) Name() string { return "IENDED" }
