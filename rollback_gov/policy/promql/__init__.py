"""PromQL expressions as plain data: read once with a real parser, looked at by many rules."""
