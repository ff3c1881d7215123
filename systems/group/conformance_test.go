package group_test

import (
	"testing"

	"sunder/systems/group"
	"sunder/systems/systemtest"
)

func TestConformance(t *testing.T) { systemtest.Run(t, group.System()) }
