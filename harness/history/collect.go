package history

import (
	"errors"
	"fmt"
)

// Collector makes a history of events that stand anywhere in a text: readers of forms that do not have one event a line
// add them with their lines. The zero value is ready to use.
type Collector struct{ builder Builder }

// Add appends an event that stands on a line, counted from 1. The error is a *LineError, and then it was not added.
func (c *Collector) Add(e Event, line int) error {
	if line > MaxEvents {
		return &LineError{Line: line, Problem: Problem{What: fmt.Sprintf("there are more than %d lines", MaxEvents), Hint: hintLong}}
	}
	if err := c.builder.Add(e); err != nil {
		return c.placed(err, line)
	}
	c.builder.history.Lines = append(room(c.builder.history.Lines), int32(line))
	return nil
}

func (c *Collector) placed(err error, line int) error {
	var misfit *Misfit
	if !errors.As(err, &misfit) {
		return &LineError{Line: line, Problem: Problem{What: err.Error()}, Cause: err}
	}
	e := &LineError{Line: line, Problem: misfit.Problem}
	if misfit.Earlier >= 0 {
		e.Earlier = c.builder.history.Line(misfit.Earlier)
	}
	return e
}

// Finish returns the history. The Collector must not be used again.
func (c *Collector) Finish() *History { return c.builder.Finish() }
