"""The demo service, driven as an operator drives it: by its scripts and over HTTP."""
