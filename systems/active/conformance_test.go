package active_test

import (
	"testing"

	"sunder/systems/active"
	"sunder/systems/systemtest"
)

func TestConformance(t *testing.T) { systemtest.Run(t, active.System()) }
