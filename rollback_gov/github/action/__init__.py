"""What the GitHub Action needs of the runner: its inputs, the event, and the files that give outputs and summaries."""
