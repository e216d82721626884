"""A second place for a journal: the machine that writes it may die with its disk. See ``docs/journal.md``."""
