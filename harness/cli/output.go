package cli

import (
	"context"
	"io"
	"sync"
)

// output is standard output that does not lose an error: it keeps the first, writes nothing after it, and has the command
// stopped, for nobody would see what it finds.
type output struct {
	to   io.Writer
	stop context.CancelFunc

	mutex sync.Mutex
	lost  error
}

// Write writes to standard output as long as all went well.
func (o *output) Write(data []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.lost != nil {
		return 0, o.lost
	}
	n, err := o.to.Write(data)
	if err != nil {
		o.lost = err
		o.stop()
	}
	return n, err
}

// failure returns the first error, nil if all was written.
func (o *output) failure() error {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.lost
}
