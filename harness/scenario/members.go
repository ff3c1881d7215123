package scenario

import (
	"fmt"
	"slices"

	"sunder/nemesis"
)

// spares takes how many spares there are, of a system that can have some.
func (b *builder) spares() {
	if b.out.Spares > 0 && b.known && !b.out.System.Dynamic {
		b.add("spares", "leave them out", "%s has no use for spares: %s", b.out.System.Name, notDynamic)
		b.out.Spares = 0
	}
}

// members sees that who leaves and who joins makes sense: that spares have their hour, and that nobody joins who is there.
func (b *builder) members() {
	joins := false
	for i, step := range b.out.Nemesis {
		if a := step.Action; a != nil && a.Kind == nemesis.Join {
			joins = true
			b.joins(fmt.Sprintf("nemesis[%d]", i), a)
		}
	}
	if b.out.Spares > 0 && !joins {
		b.add("spares", "such as {at: 4s, fault: join, target: all}", "no spare ever joins")
	}
}

// notDynamic is why nobody can join or leave most systems.
const notDynamic = "its replicas are those that it starts with"

// lasting sees that a fault that is for good is done to replicas of a system that can bear it.
func (b *builder) lasting(path string, a nemesis.Action) {
	if !a.Kind.ForGood() {
		return
	}
	if b.known && !b.out.System.Dynamic {
		b.add(path+".fault", "", "no replica of %s can %s: %s", b.out.System.Name, a.Kind, notDynamic)
	}
	if b.nodes[path+".for"] != nil {
		b.add(path+".for", "leave it out", "a %s is for good", a.Kind)
	}
	for _, id := range a.Target.Nodes {
		if id[0] != 'r' {
			b.add(path+".target", "", "%s is a front end, and only replicas %s", id, a.Kind)
		}
	}
}

// joins sees that there is somebody to join. Who has left before, where words stand for names, only the run can tell.
func (b *builder) joins(path string, a *nemesis.Action) {
	afterLeave := slices.ContainsFunc(b.out.Nemesis, func(s nemesis.Step) bool {
		return s.Action != nil && s.Action.Kind == nemesis.Leave && s.Action.At < a.At
	})
	if afterLeave || b.broken(path+".target", "spares", "replicas") || b.known && !b.out.System.Dynamic {
		return
	}
	if b.out.Spares == 0 {
		b.add(path, "say how many spares there are, such as spares: 1", "there is no replica that could join")
		return
	}
	for _, id := range a.Target.Nodes {
		if slices.Contains(names('r', b.out.Replicas), id) {
			b.add(path+".target", fmt.Sprintf("the spares are numbered from r%d on", b.out.Replicas+1), "%s is in the cluster from the start", id)
		}
	}
}
