"""Floor 5: documents computed from a run's journal. Facts are filled in; judgements are left to people."""
