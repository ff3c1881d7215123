package history

// Limited returns a Builder that takes so many events.
func Limited(events int) *Builder { return &Builder{limit: events} }
