"""Plans as Markdown documents: the reverse of the reader, section by section."""
