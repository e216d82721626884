"""Rehearsals as text for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.records.text import one_line

if TYPE_CHECKING:
    from rollback_gov.commands.evidence import Overview, Since, Standing
    from rollback_gov.model.evidence import StoredEvidence, TriggerProof


def print_proof(stored: StoredEvidence) -> None:
    """Print what one rehearsal proved, who was there, and who has seen it."""
    proof = stored.evidence
    scope = f"scenario {proof.scenario}" if proof.scenario else "the whole plan"
    versions = f"{proof.version_before or '?'} -> {proof.version_deployed or '?'} -> {proof.version_restored or '?'}"
    signer = f" by {stored.signer}" if stored.signer else ""
    for line in (
        f"{proof.kind} of {scope} of {proof.operation} in {proof.environment}: {proof.result}",
        f"  record     {stored.payload_sha256[:12]}, {stored.signature}{signer}: {stored.file}",
        f"  run        {proof.run}, {proof.started} to {proof.finished}",
        f"  took       {proof.seconds:g} s of {proof.sla_seconds:g} s",
        f"  started    {' by trigger '.join(filter(None, (proof.triggered, proof.trigger)))}",
        f"  versions   {versions}",
        *(f"  {path}: {seconds:g} s" for path, seconds in proof.phase_seconds.items()),
        *(f"  check {one.check}: {one.result} (expected {one.expected}, saw {one.observed})" for one in proof.checks),
        f"  there      {', '.join(proof.participants) or 'nobody'}",
        f"  seen by    {', '.join(proof.acknowledged) or 'nobody'}",
        *_triggers(proof.trigger_proof),
        *(f"  PROBLEM    {problem}" for problem in proof.problems),
    ):
        click.echo(one_line(line))


def _triggers(proof: TriggerProof | None) -> Iterator[str]:
    """Say what was shown of the triggers; nothing where nothing was."""
    if proof is not None:
        yield f"  triggers   {', '.join(proof.proved) or 'none'} proved to fire (sha256 {proof.sha256[:12]})"
        yield from (f"  NOT PROVED {problem}" for problem in proof.problems)


def print_list(found: Overview) -> None:
    """Print how each rehearsal stands, and what is missing."""
    for item in found.rehearsals:
        click.echo(_row(item))
        for flaw in item.flaws:
            click.echo(f"    {flaw.code} {flaw.message}")
    for unreadable in found.unreadable:
        click.echo(f"does not count  {Path(unreadable.file).name}: {unreadable.reason}")
    for gap in found.gaps:
        click.echo(f"  - {gap.code} {gap.message} {gap.hint}")
    if not found.rehearsals and not found.unreadable:
        click.echo("The plan was never rehearsed.")
    elif found.is_enough:
        click.echo(f"That is enough for level {found.level}.")


def _row(item: Standing) -> str:
    proof = item.stored.evidence
    scope = " ".join(part for part in (proof.scenario or "whole", proof.region) if part)
    counts = "does not count" if item.flaws else f"fresh until {item.fresh_until}"
    kind = "forward fix" if proof.forward_fix else proof.kind
    return f"{proof.finished[:19]}Z  {kind:20} {proof.environment:12} {scope:16} {item.stored.signature:9} {counts}"


def print_diff(found: Since) -> None:
    """Print what changed since a rehearsal, what runs first, and what is to be rehearsed again."""
    proof = found.stored.evidence
    click.echo(f"Since the rehearsal in {proof.environment} of {proof.finished} ({found.stored.payload_sha256[:12]}):")
    if not found.parts:
        click.echo("  nothing has changed")
    if found.edits is None:
        for part in found.parts:
            click.echo(f"  {part}")
        if found.parts:
            click.echo("  The plan of then was not kept, so its values are not known.")
    else:
        for edit in sorted(found.edits, key=lambda edit: not edit.runs):
            click.echo(f"  {edit}{'' if edit.runs else '  (wording)'}")
            for line in edit.lines:
                click.echo(f"      {line}")
        for part in found.files:
            click.echo(f"  {part} changed" if not part.endswith(")") else f"  {part}")
    again = ", ".join(found.again)
    click.echo(f"To be rehearsed again: {again}." if again else "Nothing has to be rehearsed again.")
