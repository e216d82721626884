"""Proof that a trigger can fire and can stay quiet: by series that are made from its condition."""
