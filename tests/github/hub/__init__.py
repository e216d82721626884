"""A GitHub of the tests: it speaks HTTP, remembers, and checks what it hears and says against GitHub's description.

``state.py`` is what all share. One module a resource holds its records and its answers (``@answers``), as ``pulls.py``
does; ``server.py`` imports each of them. ``description.json`` says what a request and an answer look like
(``trim.py`` makes it), and ``shape.py`` fills in what a test does not care about.
"""
