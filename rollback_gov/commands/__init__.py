"""Floor 6: what a command does, as plain functions that put the floors below together."""
