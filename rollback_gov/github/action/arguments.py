"""From the inputs of the action to the words of the command line, mode by mode. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rollback_gov.github.action.event import BASE
from rollback_gov.github.action.inputs import FEEDBACK, Inputs, is_mapping_line
from rollback_gov.model.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a step runs: ``base`` is the commit that is merged into (empty where there is none), ``folder`` takes
    results, ``summary`` is the file of the job summary, ``repository`` is ``OWNER/NAME``.
    """

    base: str
    folder: Path
    summary: str
    repository: str

    @property
    def findings(self) -> Path:
        """The file that takes the findings as JSON."""
        return self.folder / "rollback-gov-findings.json"

    @property
    def annotations(self) -> Path:
        """The file that takes annotations as workflow commands, where a check run may make them needless."""
        return self.folder / "rollback-gov-annotations.txt"

    @property
    def result(self) -> Path:
        """The file that takes the result of a run as JSON."""
        return self.folder / "rollback-gov-result.json"


def arguments(inputs: Inputs, place: Place) -> list[str]:
    """Give the command line of the inputs' mode. Raises UsageError for inputs that make no sense."""
    return _MODES[inputs.mode](inputs, place)


def issue_arguments(run: str, inputs: Inputs, place: Place) -> list[str]:
    """Give the command line that tells the run's issue what its report says; empty where nobody wants that."""
    issue = _issue(inputs, place)
    return ["report", "incident", "--json", *issue, "--", run] if issue else []


def post_mortem_arguments(folder: str, place: Place) -> list[str]:
    """Give the command line that writes the post-mortem of a run and proposes it in a pull request."""
    return ["report", "post-mortem", "--json", f"--to-github={place.repository}", "--", folder]


def feedback_arguments(inputs: Inputs, place: Place) -> list[str]:
    """Give the command line that tells the pull request what was found; empty where nobody wants that."""
    wanted = [f"--{name}" for name in FEEDBACK if inputs.is_on(name)]
    policy = _ref(inputs, "policy-from", place.base)
    return ["feedback", "--json", *wanted, *policy, "--", str(place.findings)] if wanted else []


def _validate(inputs: Inputs, place: Place) -> list[str]:
    screen = ["text", f"github={place.annotations}"] if inputs.is_on("check-run") else ["github"]
    outputs = [*screen, f"json={place.findings}"]
    outputs += [f"markdown={place.summary}"] if place.summary else []
    outputs += [f"{name}={file}" for name in ("sarif", "junit") if (file := inputs.text(f"{name}-file"))]
    return [
        "validate",
        *(f"--output={output}" for output in outputs),
        *_pairs(inputs, "outputs", "--output", "FORMAT=FILE"),
        *_options(inputs, "level", "fail-on", "category"),
        *_ref(inputs, "policy-from", place.base),
        *_ref(inputs, "changed-since", place.base),
        "--",
        *inputs.lines("paths"),
    ]


def _permit(inputs: Inputs, place: Place) -> list[str]:
    verb = "claim" if inputs.is_on("claim") else "verify"
    if inputs.is_on("deployment") and verb != "claim":
        raise UsageError("A deployment begins when the permit's use is taken: set `claim: true` beside `deployment`.")
    return ["permit", verb, *_shown(inputs), *_options(inputs, "permit", "break-glass"), *_deployment(inputs, place)]


def _permit_issue(inputs: Inputs, place: Place) -> list[str]:
    return ["permit", "issue", *_options(inputs, "reviews", "approved-for"), *_deployment(inputs, place)]


def _deployment(inputs: Inputs, place: Place) -> list[str]:
    return [
        "--json",
        *_options(inputs, "environment"),
        *_pairs(inputs, "parameters", "--param"),
        *_pairs(inputs, "artefacts", "--artefact"),
        *_ref(inputs, "policy-from", place.base),
        "--",
        inputs.text("plan"),
    ]


def _ended(inputs: Inputs, _place: Place) -> list[str]:
    url = inputs.text("environment-url")
    where = [*_options(inputs, "environment"), *([f"--url={url}"] if url else [])]
    return ["deployment", "--json", *where, "--", inputs.text("deployment-result"), inputs.text("plan")]


def _shown(inputs: Inputs) -> list[str]:
    """Ask for GitHub's deployments to say it, where that is wanted."""
    return ["--deployment"] if inputs.is_on("deployment") else []


def _issue(inputs: Inputs, place: Place) -> list[str]:
    """Ask for the run's issue, where that is wanted."""
    return [f"--to-github={place.repository}"] if inputs.is_on("incident-issue") else []


def _rehearse(inputs: Inputs, place: Place) -> list[str]:
    return [
        "rehearse",
        "--yes",
        f"--result={place.result}",
        *_options(inputs, "environment", "region", "journal-mirror"),
        *_pairs(inputs, "parameters", "--param"),
        *_each("--scenario", inputs.lines("scenarios")),
        *_each("--participant", inputs.lines("participants")),
        "--",
        inputs.text("plan"),
    ]


def _execute(inputs: Inputs, place: Place) -> list[str]:
    said = ("environment", "region", "journal-mirror", "scenario", "reason", "impact", "point-of-no-return", "wait")
    return [
        "execute",
        "--yes",
        f"--result={place.result}",
        *_issue(inputs, place),
        *_shown(inputs),
        *_options(inputs, *said, "override-reason"),
        *_each("--override", inputs.words("overrides")),
        *_pairs(inputs, "parameters", "--param"),
        "--",
        inputs.text("plan"),
    ]


def _report(inputs: Inputs, _place: Place) -> list[str]:
    return ["report", "incident", "--json", "--", inputs.text("run") or "latest"]


_MODES: Mapping[str, Callable[[Inputs, Place], list[str]]] = {
    "validate": _validate,
    "permit-verify": _permit,
    "permit-issue": _permit_issue,
    "deployment": _ended,
    "rehearse": _rehearse,
    "execute": _execute,
    "report": _report,
}


def _options(inputs: Inputs, *names: str) -> list[str]:
    """Give options in one word each, so that no value can become an option of its own."""
    return [f"--{name}={inputs.text(name)}" for name in names if inputs.text(name)]


def _each(option: str, values: Iterable[str]) -> list[str]:
    return [f"{option}={value}" for value in values]


def _pairs(inputs: Inputs, name: str, option: str, shape: str = "NAME=VALUE") -> list[str]:
    for line in inputs.lines(name):
        if not is_mapping_line(line):
            raise UsageError(f"The input '{name}' has the line '{line}'; each line is {shape}.")
    return _each(option, inputs.lines(name))


def _ref(inputs: Inputs, name: str, base: str) -> list[str]:
    """Give an option that names a commit; ``base`` means the event's, and nothing where the event has none."""
    ref = inputs.text(name)
    if ref == BASE:
        ref = base
    return [f"--{name}={ref}"] if ref else []
