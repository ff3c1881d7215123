package docker

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/docker/docker/api/types/filters"
)

// The labels of all that a run makes at the engine.
const (
	labelRun        = "sunder.run"        // the run's own name
	labelController = "sunder.controller" // host/process of the controller
	labelNode       = "sunder.node"       // the node whose pod a container belongs to
	labelPart       = "sunder.part"       // of a container: partNemesis or partNode
	labelImage      = "sunder.image"      // of an image: the digest of its contents
)

// The parts of a pod.
const (
	partNemesis = "nemesis"
	partNode    = "node"
)

// runID names a run at the engine.
type runID string

func newRunID() runID {
	var b [6]byte
	_, _ = rand.Read(b[:]) // it never fails
	return runID(hex.EncodeToString(b[:]))
}

// labels returns the labels of the run with further ones, given as names and values in turn.
func (r runID) labels(more ...string) map[string]string {
	l := map[string]string{labelRun: string(r), labelController: controller()}
	for i := 0; i+1 < len(more); i += 2 {
		l[more[i]] = more[i+1]
	}
	return l
}

// only selects what belongs to the run.
func (r runID) only() filters.Args {
	return filters.NewArgs(filters.Arg("label", labelRun+"="+string(r)))
}

// name returns the name of something that the run makes.
func (r runID) name(parts ...string) string {
	name := "sunder-" + string(r)
	for _, p := range parts {
		name += "-" + p
	}
	return name
}

// controller names this process among those that may use an engine.
func controller() string { return controllerOf(os.Getpid()) }

// controllerOf names a process of this computer.
func controllerOf(pid int) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d", host, pid)
}
