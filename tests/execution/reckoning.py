"""What a storm adds up: kills, steps, and what must never have happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field

from rollback_gov.model.event import Event


@dataclass(frozen=True, slots=True)
class Planned:
    """A step of the plan that runs now. ``effects`` counts what the outside saw of it."""

    effects: Callable[[], int]
    repeatable: bool = False
    """False: whoever repeats it needs a person's word."""
    at_most_once: bool = True
    """False: every attempt may have its effect."""


@dataclass(kw_only=True)
class Reckoning:
    """Kills by victim, and what became of the steps of all runs."""

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    tally: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """What must never happen, a sentence each."""

    def examine(self, events: tuple[Event, ...], planned: Mapping[str, Planned], *, unneeded: Set[str]) -> None:
        """Look for what was done twice in silence, was lost, or was never asked about, in the journal of one run."""
        if events[-1].type != "run.finished":
            self.blame("lost", f"there is no end but {events[-1].type}")
        self._count(events, planned)
        results, again = results_of(events), Counter(event.data["step"] for event in events if is_repetition(event))
        for path, step in planned.items():
            effects = step.effects()
            if effects > (1 if step.at_most_once else 1 + again[path]):
                self.blame("doubles", f"{path} had its effect {effects} times")
            if results.get(path) in ("passed", "done") and effects == 0:
                self.blame("lost", f"{path} {results[path]} without an effect")
            if path not in results and path not in unneeded:
                self.blame("lost", f"{path} was left out")

    def _count(self, events: tuple[Event, ...], planned: Mapping[str, Planned]) -> None:
        open_unknown: dict[str, bool] = {}
        for event in events:
            data = event.data
            if event.type == "step.unknown":
                self.tally["unknown"] += 1
                open_unknown[data["step"]] = True
            elif event.type == "step.settled":
                open_unknown.pop(data["step"], None)
                self.tally[f"settled: {data['how']}, {data['outcome']}"] += 1
                if data["how"] == "idempotent" and data["step"] in planned and not planned[data["step"]].repeatable:
                    self.blame("doubles", f"{data['step']} is repeated and nobody said so")
            elif event.type == "step.finished":
                self.tally["steps"] += 1
                self.tally[data["recovered"] or "seen to the end"] += 1
                if data["recovered"]:  # unknown elsewhere, and then taken up again where its trace lies
                    open_unknown.pop(data["step"], None)
        for path in open_unknown:
            self.blame("lost", f"{path} is unknown and nobody was asked")

    def blame(self, what: str, sentence: str) -> None:
        """Note that something happened that must not."""
        self.tally[what] += 1
        self.wrong.append(f"run {self.runs}: {sentence}")

    @property
    def summary(self) -> str:
        """What happened, a line each."""
        kills = ", ".join(f"{count} of {victim}" for victim, count in self.kills.most_common())
        settled = sorted(name for name in self.tally if name.startswith("settled"))
        known = ("steps", "seen to the end", "adopted", "found", "verified", "unknown", "asked")
        lines = [f"{self.kills.total()} kills in {self.runs} runs: {kills}"]
        lines += [f"  {name:<32}{self.tally[name]:6}" for name in (*known, *settled, "doubles", "lost")]
        return "\n".join([*lines, *self.wrong])


def results_of(events: tuple[Event, ...]) -> dict[str, str]:
    """Give the last result of each step; ``done`` where a person said that it is."""
    results = {event.data["step"]: event.data["result"] for event in events if event.type == "step.finished"}
    done = {event.data["step"] for event in events if event.type == "step.settled" and event.data["outcome"] == "done"}
    return results | dict.fromkeys(done, "done")


def is_repetition(event: Event) -> bool:
    """The attempt is made again."""
    return event.type == "step.settled" and event.data["outcome"] == "run_again"
