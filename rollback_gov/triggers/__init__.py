"""Floor 4: from observations through state machines to a decision. One pure step serves watching and replay."""
