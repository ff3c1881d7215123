package docker

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// tryQdisc tells why the kernel has no queueing discipline of a kind, "" if it has it. It is asked for one without its
// parameters: a kernel that knows the kind refuses those, another the kind.
func tryQdisc(kind string) string {
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, nil)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	attributes, err := netlink.MarshalAttributes([]netlink.Attribute{{Type: unix.TCA_KIND, Data: append([]byte(kind), 0)}})
	if err != nil {
		return err.Error()
	}
	_, err = conn.Execute(netlink.Message{
		Header: netlink.Header{Type: unix.RTM_NEWQDISC, Flags: netlink.Request | netlink.Acknowledge | netlink.Create | netlink.Replace},
		Data:   append(rootOf(loopback), attributes...),
	})
	switch {
	case err == nil || errors.Is(err, unix.EINVAL):
		return ""
	case errors.Is(err, unix.ENOENT):
		return "the kernel has no sch_" + kind
	}
	return err.Error()
}

// rootOf returns the struct tcmsg of rtnetlink(7) that means the root of a network interface.
func rootOf(index uint32) []byte {
	const root = 0xffffffff // TC_H_ROOT
	var b []byte
	for _, field := range []uint32{unix.AF_UNSPEC, index, 0, root, 0} { // family and padding, interface, handle, parent, info
		b = binary.NativeEndian.AppendUint32(b, field)
	}
	return b
}

// tryFilesystem tells why the kernel has no file system of a name, "" if it has it.
func tryFilesystem(name string) string {
	text, err := os.ReadFile("/proc/filesystems")
	if err != nil {
		return err.Error()
	}
	if !slices.Contains(strings.Fields(string(text)), name) {
		return "the kernel has not loaded the file system " + name
	}
	return ""
}
