package docker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
)

// leftover is what the engine has of a run.
type leftover struct {
	run        runID
	controller string
	nemeses    int // that are at work
	youngest   time.Time
	things     int // containers and networks
}

// youth is how long what has no nemesis at work may be on its way up.
const youth = time.Minute

// alive tells whether the run is still under way: its controller is a process of this computer that is there; or, if it
// is elsewhere, its nemeses are at work, which end when they hear nothing of it, or are still to be started.
func (l leftover) alive(now time.Time) bool {
	host, number, _ := strings.Cut(l.controller, "/")
	pid, err := strconv.Atoi(number)
	if own, _, _ := strings.Cut(controller(), "/"); err == nil && host == own && !processThere(pid) {
		return false
	}
	return l.nemeses > 0 || now.Sub(l.youngest) < youth
}

// processThere tells whether there is a process of a number. Where that cannot be found out, there is one.
func processThere(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}

// leftovers returns what the engine has of runs, in the order of their names.
func (e *engine) leftovers(ctx context.Context) ([]leftover, error) {
	found := map[runID]*leftover{}
	note := func(labels map[string]string, made time.Time) *leftover {
		run := runID(labels[labelRun])
		l := found[run]
		if l == nil {
			l = &leftover{run: run, controller: labels[labelController]}
			found[run] = l
		}
		l.things++
		if made.After(l.youngest) {
			l.youngest = made
		}
		return l
	}
	ofRuns := filters.NewArgs(filters.Arg("label", labelRun))
	containers, err := e.ContainerList(ctx, container.ListOptions{All: true, Filters: ofRuns})
	if err != nil {
		return nil, err
	}
	for _, c := range containers {
		l := note(c.Labels, time.Unix(c.Created, 0))
		if c.Labels[labelPart] == partNemesis && c.State == container.StateRunning {
			l.nemeses++
		}
	}
	networks, err := e.NetworkList(ctx, network.ListOptions{Filters: ofRuns})
	if err != nil {
		return nil, err
	}
	for _, n := range networks {
		note(n.Labels, n.Created)
	}
	var out []leftover
	for _, run := range slices.Sorted(maps.Keys(found)) {
		out = append(out, *found[run])
	}
	return out, nil
}

// cleanTime is how long the removal of one leftover is tried: an engine may never let go of something.
const cleanTime = 15 * time.Second

// removeWithin is remove with an end.
func (e *engine) removeWithin(ctx context.Context, limit time.Duration, run runID) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return e.remove(ctx, run)
}

// Clean removes what runs have left that are over, and old images that no container needs. It returns a line for each
// thing that it did or left alone.
func (b *Backend) Clean(ctx context.Context) ([]string, error) {
	e, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	all, err := e.leftovers(ctx)
	if err != nil {
		return nil, err
	}
	var done []string
	for _, l := range all {
		if l.alive(time.Now()) {
			done = append(done, fmt.Sprintf("run %s of %s is under way", l.run, l.controller))
			continue
		}
		if gone := e.removeWithin(ctx, cleanTime, l.run); gone != nil {
			err = errors.Join(err, gone)
			continue
		}
		done = append(done, fmt.Sprintf("removed what run %s of %s had left: %d containers and networks", l.run, l.controller, l.things))
	}
	images, gone := e.removeImages(ctx, time.Now().Add(-imageYouth))
	return append(done, images...), errors.Join(err, gone)
}

// imageYouth is how long an image may be about to be used by a run that is on its way up.
const imageYouth = time.Hour

// removeImages removes sunder's images that were made before a time, but for those that containers need.
func (e *engine) removeImages(ctx context.Context, before time.Time) (done []string, err error) {
	images, err := e.ImageList(ctx, image.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", labelImage))})
	if err != nil {
		return nil, err
	}
	for _, i := range images {
		if time.Unix(i.Created, 0).After(before) {
			continue
		}
		names := slices.DeleteFunc(i.RepoTags, func(tag string) bool { return strings.HasPrefix(tag, "<none>") })
		if len(names) == 0 {
			names = []string{i.ID}
		}
		for _, name := range names {
			switch _, gone := e.ImageRemove(ctx, name, image.RemoveOptions{}); {
			case gone == nil:
				done = append(done, "removed the image "+name)
			case errdefs.IsConflict(gone):
				done = append(done, "the image "+name+" is in use")
			case !errdefs.IsNotFound(gone):
				err = errors.Join(err, gone)
			}
		}
	}
	return done, err
}
