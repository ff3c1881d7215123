// Package scenarios holds sunder's own scenarios, one file each, by system. What they say stands in the files.
package scenarios

import "embed"

// FS holds the files <system>/<name>.yaml.
//
//go:embed */*.yaml */*/*.yaml
var FS embed.FS
