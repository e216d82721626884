"""The rules, one module a rule or a tight family. ``policy.registry`` finds them."""
