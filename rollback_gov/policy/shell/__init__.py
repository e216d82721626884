"""Bash scripts as plain data: read once with a real grammar, looked at by many rules."""
