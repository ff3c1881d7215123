// Package all lists the systems that sunder comes with. A module that adds its own passes a longer list on.
package all

import (
	"sunder/systems"
	"sunder/systems/active"
	"sunder/systems/gossip"
	"sunder/systems/group"
	"sunder/systems/passive"
)

// All returns the systems in the order of the book.
func All() []systems.System {
	return []systems.System{group.System(), passive.System(), active.System(), gossip.System()}
}
