package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	endpoint "github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/docker/docker/client"
)

// defaultContext is the context that is none: what DOCKER_HOST and its kin say, else the socket of this computer.
const defaultContext = "default"

// hostOptions returns how to reach the engine that the environment names, as the docker command does: DOCKER_HOST goes
// before DOCKER_CONTEXT, and that before the context that `docker context use` has chosen.
func hostOptions() ([]client.Opt, error) {
	if host := os.Getenv(client.EnvOverrideHost); host != "" {
		if strings.HasPrefix(host, "ssh://") {
			return optionsOf(endpoint.Endpoint{EndpointMeta: endpoint.EndpointMeta{Host: host}})
		}
		return []client.Opt{client.FromEnv, client.WithAPIVersionNegotiation()}, nil
	}
	folder, err := configFolder()
	if err != nil {
		return nil, err
	}
	name, from, err := currentContext(folder)
	if err != nil {
		return nil, err
	}
	if name == "" || name == defaultContext {
		return []client.Opt{client.FromEnv, client.WithAPIVersionNegotiation()}, nil
	}
	options, err := contextOptions(filepath.Join(folder, "contexts"), name)
	if err != nil {
		return nil, fmt.Errorf("the context %q that %s names: %w; `docker context ls` lists those that there are", name, from, err)
	}
	return options, nil
}

// configFolder returns where the docker command keeps its configuration.
func configFolder() (string, error) {
	if folder := os.Getenv("DOCKER_CONFIG"); folder != "" {
		return folder, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("the folder .docker: %w; DOCKER_CONFIG may name it, or DOCKER_HOST the engine", err)
	}
	return filepath.Join(home, ".docker"), nil
}

// currentContext returns the name of the context that is chosen, "" if none is, and what says so.
func currentContext(folder string) (name, from string, err error) {
	const variable = "DOCKER_CONTEXT"
	if name := os.Getenv(variable); name != "" {
		return name, variable, nil
	}
	path := filepath.Join(folder, "config.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return "", "", nil // the docker command goes on, too, if the home is another user's
	}
	var config struct {
		Current string `json:"currentContext"`
	}
	if err == nil {
		err = json.Unmarshal(text, &config)
	}
	if err != nil {
		return "", "", fmt.Errorf("%s, which may name the engine's context: %w", path, err)
	}
	return config.Current, path, nil
}

// contextOptions returns how to reach the engine of a context: by a socket, TCP, TLS or SSH.
func contextOptions(folder, name string) ([]client.Opt, error) {
	contexts := store.New(folder, store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(endpoint.DockerEndpoint, func() any { return &endpoint.EndpointMeta{} }),
	))
	about, err := contexts.GetMetadata(name)
	if err != nil {
		return nil, err
	}
	where, err := endpoint.EndpointFromContext(about)
	if err != nil {
		return nil, err
	}
	secured, err := endpoint.WithTLSData(contexts, name, where)
	if err != nil {
		return nil, err
	}
	return optionsOf(secured)
}

// optionsOf returns how to reach an engine.
func optionsOf(where endpoint.Endpoint) ([]client.Opt, error) {
	options, err := where.ClientOpts()
	if strings.HasPrefix(where.Host, "ssh://") {
		options = append(options, closingSoon)
	}
	return options, err
}
