"""Floor 3: digests, in-toto statements in DSSE envelopes, keys and trust; evidence, approvals, permits."""
