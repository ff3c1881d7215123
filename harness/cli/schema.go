package cli

import (
	"github.com/spf13/cobra"

	"sunder/harness/scenario"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files, for editors",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.out.Write(scenario.Schema(a.catalog()))
			return err
		},
	}
}
