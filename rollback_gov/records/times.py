"""Times of records: UTC, ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rollback_gov.records.errors import RecordError

SKEW = timedelta(minutes=2)
"""By how much two clocks may differ. Forgiven where something begins, never where it ends."""


def moment(text: str) -> datetime:
    """Read a time of a record. Raises RecordError for what is none: a schema's pattern knows no calendar."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordError(f"'{text[:40]}' is no time.") from error


def file_stamp(text: str) -> str:
    """Give a time of a record as file names have it: ``20260131T120000``."""
    return "".join(character for character in text if character.isalnum())[:15]


def stamp(time: datetime) -> str:
    """Write a time as records do, to the second."""
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
