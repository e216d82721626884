"""The programs that a plan needs on PATH."""

from __future__ import annotations

from rollback_gov.model.plan import Plan

IMPLIED = {"kubernetes": ("kubectl",), "terraform": ("terraform", "git"), "git": ("git",)}
"""By action: what a step of that kind runs, whether the plan names it or not."""


def implied_tools(plan: Plan) -> tuple[str, ...]:
    """Give the programs that the plan's steps run by their action, in any phase, without those that it names itself."""
    implied = (tool for _, _, step in plan.every_step() for tool in IMPLIED.get(step.action, ()))
    return tuple(dict.fromkeys(tool for tool in implied if tool not in plan.tools))
