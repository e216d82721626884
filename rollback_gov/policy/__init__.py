"""Floor 3: levels and rules. A plan, with its evidence, becomes findings. Pure: nothing is read, nothing is run."""
