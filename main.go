// Command sunder breaks replicated systems on purpose and proves what they still guarantee.
package main

import (
	"os"

	"sunder/harness/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
