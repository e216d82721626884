"""Plans written as Markdown documents: a block reader for any Markdown, the form of a plan, and its writer."""
