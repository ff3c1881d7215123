package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// extension is how the names of scenario files end.
const extension = ".yaml"

// Names returns the names of all scenarios below dir in files, in alphabetical order: paths from the root without the
// extension. "." is the root.
func Names(files fs.FS, dir string) ([]string, error) {
	var names []string
	err := fs.WalkDir(files, dir, func(p string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Ext(p) == extension {
			names = append(names, strings.TrimSuffix(p, extension))
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// Load reads the scenario of a name. What is wrong with its file comes as one error with a line for each problem; the
// file's name there begins with prefix.
func Load(files fs.FS, prefix, name string, c Catalog) (Scenario, error) {
	source, err := fs.ReadFile(files, name+extension)
	if err != nil {
		return Scenario{}, err
	}
	return parseNamed(prefix+name+extension, name, source, c)
}

// ParseFile is Parse for a file that stands by itself. The scenario's name is the file's path below a folder called
// scenarios if there is one, else the file's own name, without the extension.
func ParseFile(file string, source []byte, c Catalog) (Scenario, error) {
	return parseNamed(file, nameOf(file), source, c)
}

func nameOf(file string) string {
	name := path.Clean(strings.ReplaceAll(file, `\`, "/"))
	if i := strings.LastIndex("/"+name, "/scenarios/"); i >= 0 {
		name = name[i+len("scenarios/"):]
	} else {
		name = path.Base(name)
	}
	return strings.TrimSuffix(name, path.Ext(name))
}

func parseNamed(file, name string, source []byte, c Catalog) (Scenario, error) {
	s, problems := Parse(file, source, c)
	s.Name = name
	return s, errors.Join(problems...)
}

// Suggest returns an error for a name that none of the names is, with the likeliest that was meant.
func Suggest(name string, names []string) error {
	if near := nearest(name, names); near != "" {
		return fmt.Errorf("there is no scenario %q; did you mean %s?", name, near)
	}
	return fmt.Errorf("there is no scenario %q; `sunder list scenarios` shows them", name)
}
