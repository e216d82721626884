"""Many repositories at once: which services could not be rolled back today, and why."""
