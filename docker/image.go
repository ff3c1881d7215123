package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
)

// imageName is the repository of the images; their tags are the digests of what is in them.
const imageName = "sunder"

// binaryPath is where the image has sunder's binary.
const binaryPath = "/sunder"

// imageFor returns the name of an image that the options ask for.
func (e *engine) imageFor(ctx context.Context, o Options) (string, error) {
	if o.Image != "" {
		return o.Image, e.hasImage(ctx, o.Image)
	}
	binary, remove, err := e.binaryFor(ctx, o.Binary)
	if err != nil {
		return "", fmt.Errorf("docker: %w", err)
	}
	defer remove()
	return e.ensureImage(ctx, binary)
}

// hasImage tells whether the engine has an image, and what to do if not.
func (e *engine) hasImage(ctx context.Context, name string) error {
	switch _, err := e.ImageInspect(ctx, name); {
	case err == nil:
		return nil
	case errdefs.IsNotFound(err):
		return fmt.Errorf("docker: the engine has no image %q; docker/Dockerfile says how to make one, and without --image sunder makes its own", name)
	default:
		return fmt.Errorf("docker: the image %s: %w", name, err)
	}
}

// ensureImage returns the name of an image that holds the binary, and makes the image if the engine has none.
func (e *engine) ensureImage(ctx context.Context, binary string) (string, error) {
	files, err := collect(binary)
	if err != nil {
		return "", fmt.Errorf("docker: the image: %w", err)
	}
	digest := digestOf(files)
	name := imageName + ":" + digest
	switch _, err := e.ImageInspect(ctx, name); {
	case err == nil:
		return name, nil
	case !errdefs.IsNotFound(err):
		return "", fmt.Errorf("docker: the image %s: %w", name, err)
	}
	contents, err := archive(files)
	if err != nil {
		return "", fmt.Errorf("docker: the image: %w", err)
	}
	body, err := e.ImageImport(ctx, image.ImportSource{Source: bytes.NewReader(contents), SourceName: "-"}, name, image.ImportOptions{
		Message: "sunder's own binary",
		Changes: []string{`ENTRYPOINT ["` + binaryPath + `"]`, "LABEL " + labelImage + "=" + digest},
	})
	if err != nil {
		return "", fmt.Errorf("docker: making the image %s: %w", name, err)
	}
	if err := errors.Join(drain(body), body.Close()); err != nil {
		return "", fmt.Errorf("docker: making the image %s: %w", name, err)
	}
	// Every build of sunder makes an image. An old one that stays is no reason not to run; the doctor removes it, too.
	_, _ = e.removeImages(ctx, time.Now().Add(-imageAge))
	return name, nil
}

// imageAge is how old an image must be that a new one removes.
const imageAge = 24 * time.Hour

// drain reads the engine's report of something it makes. An error stands in it, for the answer began before it failed.
func drain(report io.Reader) error {
	for decoder := json.NewDecoder(report); ; {
		var line struct {
			Error string `json:"error"`
		}
		switch err := decoder.Decode(&line); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case line.Error != "":
			return errors.New(line.Error)
		}
	}
}

// file is one file of the image.
type file struct {
	path string // in the image
	text []byte
}

// imageLayout counts the ways in which images have been laid out: another one is another image.
const imageLayout = 1

// digestOf returns what tells images apart.
func digestOf(files []file) string {
	sum := sha256.New()
	for _, f := range files {
		fmt.Fprintf(sum, "%d %s %d\n", imageLayout, f.path, len(f.text))
		sum.Write(f.text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// archive returns the image's file system as a tar: the files, and an empty folder for a node's disk. It is the same
// byte for byte whenever the files are.
func archive(files []file) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	folders := map[string]bool{"/": true}
	var mkdir func(string) error
	mkdir = func(dir string) error {
		if folders[dir] {
			return nil
		}
		folders[dir] = true
		if err := mkdir(path.Dir(dir)); err != nil {
			return err
		}
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir[1:] + "/", Mode: 0o755})
	}
	for _, dir := range []string{diskPath, "/tmp"} {
		if err := mkdir(dir); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		if err := mkdir(path.Dir(f.path)); err != nil {
			return nil, err
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.path[1:], Mode: 0o755, Size: int64(len(f.text))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.text); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), w.Close()
}

// collect returns the binary and, if it is linked dynamically, its interpreter and libraries: they are here, for the
// binary is.
func collect(binary string) ([]file, error) {
	text, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	needed, err := needs(binary)
	if err != nil {
		return nil, err
	}
	files := []file{{binaryPath, text}}
	for _, p := range needed {
		text, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		files = append(files, file{path.Clean(p), text})
	}
	return files, nil
}
