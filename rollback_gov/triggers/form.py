"""The forms of decision logs. ``started`` says which one a log has; one that says none is of the first."""

QUIET = 2
"""Since then quiet readings are written in few words."""
LOW_TRAFFIC = 3
"""Since then too little traffic is told apart from what cannot be evaluated."""
FORM = LOW_TRAFFIC
"""The form of what is written now."""
