"""Floor 3: digests, signed records, evidence, approvals, permits."""
