"""What steps can do, one module an action: ``perform(context, task) -> Outcome``.

What a module says of itself decides what happens to an attempt without an end:

- ``SAFE_TO_REPEAT``: it changes nothing outside, so it simply begins again;
- ``ONE_PROCESS``: it is one program in ``task.state``, whose exit code is the outcome: an orphan is adopted, an exit
  code that lies there is taken;
- ``settle(context, task) -> "done" | "run_again" | "unknown"``: it looks at the world. It is asked after the step's own
  ``verify``, when nothing of the attempt runs any more.

With none of them, and where the answer is unknown: ``idempotent``, or a person.
"""
