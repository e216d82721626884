"""The audit log: every decision, one line each, chained so that no line can change, vanish or be put in unseen."""
