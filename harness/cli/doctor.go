package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sunder/docker"
	"sunder/harness"
)

// doctorCommand tells whether this machine can run scenarios in containers, and cleans up after runs that could not.
func (a *app) doctorCommand() *cobra.Command {
	var asJSON, clean bool
	var options docker.Options
	c := &cobra.Command{
		Use:   "doctor",
		Short: "See whether scenarios can run in containers, and what to do if not",
		Long: `Look at all that the backend docker needs: the engine, what its kernel can do, free subnets, disk; and what runs have left
that were killed. The exit code is 4 if something is missing; what is only absent is not needed.

With --clean, remove what runs have left that are over, and sunder's images that are an hour old and that no container
needs. Runs that are under way are left alone.`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := oneOf(options); err != nil {
				return err
			}
			backend := docker.New(options)
			if clean {
				if err := apart(c, "clean", "looks at no image", "image", "node-binary"); err != nil {
					return err
				}
				return a.clean(c.Context(), backend, asJSON)
			}
			return a.doctor(backend.Examine(c.Context()), asJSON)
		},
	}
	c.Flags().BoolVar(&clean, "clean", false, "remove what runs have left, and old images")
	addDocker(c, &options)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func (a *app) doctor(checks []docker.Check, asJSON bool) error {
	if err := a.printChecks(checks, asJSON); err != nil {
		return err
	}
	if slices.ContainsFunc(checks, func(c docker.Check) bool { return !c.OK && !c.Optional }) {
		return ended(harness.Infra)
	}
	return nil
}

func (a *app) printChecks(checks []docker.Check, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(a.out)
		encoder.SetEscapeHTML(false)
		for _, c := range checks {
			if err := encoder.Encode(c); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, c := range checks {
		word := "ok"
		if !c.OK {
			word = "missing"
		}
		if !c.OK && c.Optional {
			word = "absent"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", c.Name, word, c.Found)
		if c.Todo != "" {
			fmt.Fprintf(t, "\t\t-> %s\n", c.Todo)
		}
	}
	return t.Flush()
}

// clean removes leftovers and says which.
func (a *app) clean(ctx context.Context, b *docker.Backend, asJSON bool) error {
	done, err := b.Clean(ctx)
	for _, line := range done {
		text := line
		if asJSON {
			object, err := json.Marshal(map[string]string{"done": line})
			if err != nil {
				return err
			}
			text = string(object)
		}
		fmt.Fprintln(a.out, text)
	}
	if err != nil {
		return ioError{err}
	}
	if len(done) == 0 && !asJSON {
		fmt.Fprintln(a.out, "there is nothing to remove")
	}
	return nil
}
