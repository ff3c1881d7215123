package passive_test

import (
	"testing"

	"sunder/systems/passive"
	"sunder/systems/systemtest"
)

func TestConformance(t *testing.T) { systemtest.Run(t, passive.System()) }
