"""Floor 4: the runner. The journal is the run; everything else is a fold over it or a consequence of it."""
