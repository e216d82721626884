"""Several regions in one rollback: what may begin now, who runs it, and how it stands."""
