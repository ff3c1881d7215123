// Package docker is the backend in which replicas and clients are real processes in containers, with real sockets,
// disks, partitions and kills.
//
// # Pods
//
// A node of the network is a pod of two containers. The nemesis container owns the network and process namespaces, the
// address and the host name; the node's container joins it and needs no capability. So a node can be killed and started
// again while its address, its disk and the faults in force stay what they are. Clients are pods too.
//
// # Control
//
// The controller talks to each container over its standard input and output, which the engine carries: no partition
// cuts that, and nothing but the engine has to be reached, whichever host it is on. See package node for what a node is
// told, and order for what a nemesis is told.
//
// # Faults
//
// What comes over the network meets the nemesis of the pod that receives it: a partition drops packets in nftables; what
// needs time or chance (the weather, delay, loss, ...) passes through a queue in which the nemesis decides for each
// packet. A fault of the network is thus done to packets, and TCP carries on: what is lost is sent again, what comes
// twice is seen once. Nodes are killed and stopped by signals. What only a node can do to itself (a wrong clock, holding
// or dropping messages by name) it is asked to do.
//
// A nemesis that hears nothing of its controller for the time of its lease undoes everything.
//
// # One run after another
//
// A backend that keeps pods gives those of a run that is over to the next. Before that every fault is undone, the nemesis
// forgets whose the pod was, the node's process begins anew as a new image of the program, and its disk is wiped. Pods of
// a run in which anything went wrong, or that are not as they should be, are removed.
//
// # What is left
//
// Whatever is made at the engine bears the label of its run, or of the first run that had it, and goes with it. The image stays: it is named after the
// binary in it, and used again. Leftovers of a controller that was killed are found by their labels.
//
// The package must not know which systems there are, nor why a fault is done.
package docker
