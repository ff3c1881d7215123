package docker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
)

// remove removes all containers and networks of a run, and returns when the engine has none of them any more.
func (e *engine) remove(ctx context.Context, run runID) error {
	for {
		left, err := e.removeOnce(ctx, run)
		if left == 0 && err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("docker: %d things of the run %s could not be removed; `sunder doctor --clean` tries again", left, run), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// removeOnce removes what there is, and returns how much there was.
func (e *engine) removeOnce(ctx context.Context, run runID) (found int, err error) {
	containers, err := e.ContainerList(ctx, container.ListOptions{All: true, Filters: run.only()})
	if err != nil {
		return 1, err
	}
	err = e.removeContainers(ctx, containers)
	networks, listing := e.NetworkList(ctx, network.ListOptions{Filters: run.only()})
	if listing != nil {
		return 1, errors.Join(err, listing)
	}
	for _, n := range networks {
		if gone := e.NetworkRemove(ctx, n.ID); gone != nil && !errdefs.IsNotFound(gone) {
			err = errors.Join(err, gone)
		}
	}
	return len(containers) + len(networks), err
}

// removeContainers removes the nemeses one at a time, for an engine that lets several leave a network at once can lose
// count of them; and what is left then side by side.
func (e *engine) removeContainers(ctx context.Context, containers []container.Summary) (err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	remove := func(id string) {
		gone := e.ContainerRemove(ctx, id, container.RemoveOptions{Force: true, RemoveVolumes: true})
		if gone != nil && !errdefs.IsNotFound(gone) && !errdefs.IsConflict(gone) { // a conflict: it is being removed already
			mu.Lock()
			defer mu.Unlock()
			err = errors.Join(err, gone)
		}
	}
	for _, c := range containers {
		if c.Labels[labelPart] == partNemesis {
			remove(c.ID)
		}
	}
	for _, c := range containers {
		if c.Labels[labelPart] != partNemesis {
			all.Go(func() { remove(c.ID) })
		}
	}
	all.Wait()
	return err
}
