"""What steps can do, one module an action: ``perform(context, task) -> Outcome``.

A module that sets ``SAFE_TO_REPEAT`` changes nothing outside, so an attempt without an end may simply begin again.
"""
