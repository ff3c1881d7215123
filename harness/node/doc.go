// Package node is the process that runs one Machine or FrontEnd: sockets to the other nodes, timers, a log that is
// really synced, a clock that can be wrong. It is told what to be, and tells what happens, over a control stream: JSON
// lines on its standard input and output (see Request and Report). The other end of that stream is a Remote.
//
// # Time and order
//
// The machine runs on one goroutine: messages, timers, requests and ends of syncs are handled one at a time, and the
// effects of a call are carried out in the order in which they were recorded. What a Sync holds back is let out when the
// disk has what it covers.
//
// # Network
//
// Messages travel in frames over TCP, one connection for each direction of a pair of nodes. A frame has a length and a
// checksum; one that was damaged is dropped and counted. A connection that breaks is made again; what was on its way
// is lost, as the network may lose it, and what does not fit into a peer's queue is too. A node's messages to itself
// arrive at once and meet no network.
//
// # Disk
//
// The log and the snapshot are kept in memory until a Sync, and written and fsynced then: a process that is killed
// has lost what no Sync covered. Damaged records at the end of the log are cut off when it is read.
//
// The package must not know which systems there are, nor why a fault is done.
package node
