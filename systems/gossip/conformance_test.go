package gossip_test

import (
	"testing"

	"sunder/systems/gossip"
	"sunder/systems/systemtest"
)

func TestConformance(t *testing.T) { systemtest.Run(t, gossip.System()) }
