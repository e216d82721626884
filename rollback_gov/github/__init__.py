"""Floor 5: everything that speaks to GitHub's API."""
