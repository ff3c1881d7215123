package docker

import (
	"context"
	"fmt"

	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"
)

// apiMin is the oldest version of the engine's API that has all that is used here (Docker 20.10).
const apiMin = "1.41"

// engine is a connection to a container engine.
type engine struct {
	*client.Client
	version string // of its API, as agreed upon
}

// dial connects to the engine that the environment names (DOCKER_HOST, a context), and agrees with it on a version of the
// API. The error says what to do.
func dial(ctx context.Context) (*engine, error) {
	options, err := hostOptions()
	if err != nil {
		return nil, fmt.Errorf("docker: %w", err)
	}
	c, err := client.NewClientWithOpts(options...)
	if err != nil {
		return nil, fmt.Errorf("docker: %w", err)
	}
	ping, err := c.Ping(ctx)
	if err != nil {
		_ = c.Close() // the first error is the one to tell
		return nil, fmt.Errorf("docker: no engine answers at %s: %w; start one or name it by DOCKER_HOST or a context, and see `sunder doctor`", c.DaemonHost(), err)
	}
	if ping.APIVersion != "" && versions.LessThan(ping.APIVersion, apiMin) {
		_ = c.Close()
		return nil, fmt.Errorf("docker: the engine at %s has API %s; %s (Docker 20.10) or newer is needed", c.DaemonHost(), ping.APIVersion, apiMin)
	}
	if ping.OSType != "" && ping.OSType != "linux" {
		_ = c.Close()
		return nil, fmt.Errorf("docker: the engine at %s runs %s containers; Linux containers are needed", c.DaemonHost(), ping.OSType)
	}
	c.NegotiateAPIVersionPing(ping)
	return &engine{Client: c, version: c.ClientVersion()}, nil
}
