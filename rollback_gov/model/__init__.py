"""Floor 1: what a plan, a finding, an event, an observation and a record are. Frozen dataclasses, no I/O."""
