package docker

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// libraryFolders are where a dynamic linker looks without being told. DT_RPATH is not read: Go sets none.
func libraryFolders() []string {
	folders := []string{"/lib", "/usr/lib", "/lib64", "/usr/lib64"}
	for _, pattern := range []string{"/lib/*-linux-gnu*", "/usr/lib/*-linux-gnu*", "/lib/*-linux-musl*"} {
		found, _ := filepath.Glob(pattern) // the patterns are well formed
		folders = append(folders, found...)
	}
	return folders
}

// needs returns the files that a Linux binary cannot run without: its interpreter and, one after the other, the libraries
// that it and they name. A static binary needs none.
func needs(binary string) ([]string, error) {
	interpreter, libraries, err := readELF(binary)
	if err != nil {
		return nil, err
	}
	if interpreter == "" {
		return nil, nil
	}
	needed := []string{interpreter}
	for len(libraries) > 0 {
		name := libraries[0]
		libraries = libraries[1:]
		if slices.ContainsFunc(needed, func(p string) bool { return filepath.Base(p) == name }) {
			continue
		}
		p, err := findLibrary(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", binary, err)
		}
		needed = append(needed, p)
		_, more, err := readELF(p)
		if err != nil {
			return nil, err
		}
		libraries = append(libraries, more...)
	}
	return needed, nil
}

// readELF returns the interpreter that a binary names, "" if none, and the libraries.
func readELF(name string) (interpreter string, libraries []string, err error) {
	f, err := elf.Open(name)
	if err != nil {
		return "", nil, fmt.Errorf("%s is no Linux binary: %w", name, err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		text := make([]byte, p.Filesz)
		if _, err := p.ReadAt(text, 0); err != nil {
			return "", nil, fmt.Errorf("%s: its interpreter: %w", name, err)
		}
		interpreter = strings.TrimRight(string(text), "\x00")
	}
	libraries, err = f.ImportedLibraries()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return "", nil, fmt.Errorf("%s: its libraries: %w", name, err)
	}
	return interpreter, libraries, nil
}

func findLibrary(name string) (string, error) {
	for _, folder := range libraryFolders() {
		p := filepath.Join(folder, name)
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("its library %s is in none of %s; build with CGO_ENABLED=0", name, strings.Join(libraryFolders(), ", "))
}
