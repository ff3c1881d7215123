package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"sunder/docker"
)

// nemesisCommand is what runs inside containers beside a node: it does to the node what the controller orders.
func (a *app) nemesisCommand() *cobra.Command {
	try := false
	c := &cobra.Command{
		Use:    "nemesis",
		Short:  "Do to a node what standard input orders",
		Hidden: true,
		Args:   noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			err := error(nil)
			if try {
				err = docker.Try(a.out)
			} else {
				err = docker.Nemesis(c.Context(), a.in, a.out, a.err)
			}
			if err != nil {
				return ioError{errors.New("nemesis: " + err.Error())}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&try, "try", false, "try once what there is to do, and say what works")
	return c
}
