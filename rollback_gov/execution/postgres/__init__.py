"""Journals in PostgreSQL, for runs on more than one machine (the optional extra ``distributed``)."""
