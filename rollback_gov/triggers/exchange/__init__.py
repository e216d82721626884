"""Triggers in the languages of others: Prometheus' alert rules, and configurations of automatic rollbacks."""
