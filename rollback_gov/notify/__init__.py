"""Floor 2: messages about a run, sent beside it and never in its way."""
