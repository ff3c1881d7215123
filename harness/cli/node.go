package cli

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"sunder/harness/node"
	"sunder/harness/protocol"
	"sunder/systems"
)

// nodeCommand is what runs inside containers: one node, controlled over standard input and output.
func (a *app) nodeCommand() *cobra.Command {
	renewed := uint64(0)
	c := &cobra.Command{
		Use:    "node",
		Short:  "Run one node, controlled over standard input and output",
		Hidden: true,
		Args:   noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			p := node.Process{In: a.in, Out: a.out, Log: a.err, Systems: nodeSystems(a.systems), Renewed: renewed}
			err := p.Run(c.Context())
			if renewal := new(node.Renewal); errors.As(err, &renewal) {
				err = beginAnew(renewal.ID)
			}
			if err != nil {
				return ioError{errors.New("node: " + err.Error())}
			}
			return nil
		},
	}
	c.Flags().Uint64Var(&renewed, "renewed", 0, "answer this request to begin anew")
	return c
}

// beginAnew puts a new node in the place of this process, on the same streams: nothing of the old one is left in memory.
// It returns only if that fails.
func beginAnew(request uint64) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, []string{self, "node", "--renewed", strconv.FormatUint(request, 10)}, os.Environ())
}

// nodeSystems returns how a node builds the machines of systems.
func nodeSystems(all []systems.System) []node.System {
	var out []node.System
	for _, s := range all {
		out = append(out, node.System{
			Name: s.Name, Messages: s.Messages, Facts: s.Facts,
			Replica:  func(c node.Configure) protocol.Machine { return s.Replica(nodeConfig(c), c.Node) },
			FrontEnd: func(c node.Configure) protocol.FrontEnd { return s.FrontEnd(nodeConfig(c), c.Node) },
		})
	}
	return out
}

// nodeConfig returns what a node's machine is built with.
func nodeConfig(c node.Configure) systems.Config {
	return systems.Config{
		Object: c.Object, Options: c.Options, Mutant: c.Mutant, Replicas: c.Replicas, Spares: c.Spares, Clients: c.Clients, Timeout: c.Timeout,
	}
}
