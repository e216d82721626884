"""Floor 2: metric sources. A query becomes an observation, and nothing that the outside does becomes an exception."""
