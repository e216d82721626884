"""Floor 2: documents become plans. One loader for all: what was checked is what is hashed is what is run."""
