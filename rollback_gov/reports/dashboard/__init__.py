"""One page that shows how rollbacks went, and how one goes: pure, values in, text out."""
