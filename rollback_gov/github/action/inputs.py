"""The inputs of the action, as the runner gives them: one JSON object of texts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from rollback_gov.model.errors import UsageError

_INSTALLATION = frozenset({"mode", "version", "index-url", "python"})
"""Inputs that mean the same in every mode, or are used before a mode counts."""
_YES_NO = {"true": True, "false": False, "": False}
FEEDBACK = ("comment", "check-run")
_SWITCHES = ("claim", "deployment", "incident-issue", "post-mortem", *FEEDBACK)
_DEFAULTS = frozenset({("fail-on", "error"), *((name, "false") for name in _SWITCHES)})
_VALIDATE = (
    *("paths", "level", "fail-on", "policy-from", "changed-since", "sarif-file", "category", "junit-file", "outputs"),
    *FEEDBACK,
)
_DEPLOYMENT = ("plan", "environment", "parameters")
_GATE = ("artefacts", "permit", "break-glass", "claim", "policy-from", "deployment")
_REHEARSAL = ("scenarios", "participants", "region", "journal-mirror")
_RUN = (
    *("scenario", "region", "reason", "impact", "point-of-no-return", "overrides", "override-reason"),
    *("journal-mirror", "wait", "incident-issue", "deployment"),
)
MODES: Mapping[str, tuple[str, ...]] = {
    "validate": _VALIDATE,
    "permit-verify": (*_DEPLOYMENT, *_GATE),
    "permit-issue": (*_DEPLOYMENT, "artefacts", "policy-from", "reviews", "approved-for"),
    "deployment": ("plan", "environment", "deployment-result", "environment-url"),
    "rehearse": (*_DEPLOYMENT, *_REHEARSAL),
    "execute": (*_DEPLOYMENT, *_RUN),
    "report": ("run", "incident-issue", "post-mortem"),
}
"""Each mode with the inputs that it reads."""
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "permit-verify": ("plan", "environment"),
    "permit-issue": ("plan", "environment"),
    "deployment": ("plan", "environment", "deployment-result"),
    "rehearse": ("plan", "environment"),
    "execute": ("plan", "environment", "reason"),
}


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of one step that uses the action."""

    values: Mapping[str, str]

    @property
    def mode(self) -> str:
        """One of ``MODES``."""
        return self.values.get("mode") or "validate"

    def text(self, name: str) -> str:
        """Give an input without the blanks around it; empty where it was not given."""
        return self.values.get(name, "").strip()

    def lines(self, name: str) -> list[str]:
        """Give an input that holds one item a line; empty lines count for nothing."""
        return [line.strip() for line in self.values.get(name, "").splitlines() if line.strip()]

    def words(self, name: str) -> list[str]:
        """Give an input that holds words: a form has room for one line, so blanks and commas may be between them."""
        return self.values.get(name, "").replace(",", " ").split()

    def is_on(self, name: str) -> bool:
        """Read an input that is ``true`` or ``false``. Raises UsageError for anything else."""
        try:
            return _YES_NO[self.text(name).lower()]
        except KeyError:
            raise UsageError(f"The input '{name}' is '{self.text(name)}'; it is true or false.") from None


def read_inputs(text: str) -> Inputs:
    """Read what ``toJSON(inputs)`` wrote, and see that it fits its mode.

    Raises UsageError for an unknown mode, an input that is missing, and an input that its mode does not read: a gate
    that ignores what somebody asked of it would be no gate.
    """
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        raise UsageError("The action's inputs are not a JSON object of texts.")
    inputs = Inputs(document)
    if inputs.mode not in MODES:
        raise UsageError(f"There is no mode '{inputs.mode}'. Possible: {', '.join(MODES)}.")
    for name in _SWITCHES:
        inputs.is_on(name)
    for name in _NEEDED.get(inputs.mode, ()):
        if not inputs.text(name):
            raise UsageError(f"The mode '{inputs.mode}' needs the input '{name}'.")
    unread = sorted(name for name in document if inputs.text(name) and not _is_read(name, inputs))
    if unread:
        others = ", ".join(mode for mode, names in MODES.items() if unread[0] in names)
        where = f"; it belongs to {others}" if others else ""
        raise UsageError(f"The mode '{inputs.mode}' does not read the input '{unread[0]}'{where}.")
    return inputs


def _is_read(name: str, inputs: Inputs) -> bool:
    """Say whether a mode reads an input; what stands at its default was not asked for."""
    if name in _INSTALLATION or name in MODES[inputs.mode]:
        return True
    return (name, inputs.text(name)) in _DEFAULTS


def is_mapping_line(line: str) -> bool:
    """Tell ``NAME=VALUE`` from anything else."""
    return re.match(r"[^=\s]+=", line) is not None
