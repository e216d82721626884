"""Was this permit revoked, and can that be known today?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rollback_gov.records.errors import Unreadable
from rollback_gov.records.times import SKEW, moment, stamp
from rollback_gov.records.today import Today
from rollback_gov.records.verdict import Code, Reason, reason

if TYPE_CHECKING:
    from rollback_gov.records.status_list import StatusList

_RESTORE = "Bring .rollback-gov/status-list.dsse.json back from the history of the protected branch."
_REFRESH = "Refresh it: rollback-gov permit status-list refresh --key FILE"


def revocation(least: int, sha256: str, today: Today) -> Iterator[Reason]:
    """Give what the status list has against a permit with this identity, or what is wrong with the list.

    ``least`` is the version that the permit asks for; 0: any.
    """
    status = today.status_list
    if status is None:
        if least:
            message = f"There is no status list, and the permit asks for version {least} at least."
            yield reason(Code.STATUS_MISSING, message, _RESTORE)
        elif today.needs_status_list:
            yield reason(Code.STATUS_MISSING, "There is no status list, so nobody knows what was revoked.", _REFRESH)
        elif today.status_version:
            message = f"There is no status list, and the audit log tells of version {today.status_version}."
            yield reason(Code.STATUS_MISSING, message, _RESTORE)
    elif isinstance(status, Unreadable):
        yield reason(Code.STATUS_UNTRUSTED, f"The status list does not count: {status.reason}", _RESTORE)
    else:
        yield from _standing(status, least, today)
        yield from _revoked(status, sha256)


def _standing(status: StatusList, least: int, today: Today) -> Iterator[Reason]:
    if not status.signed and (today.needs_signatures or today.needs_status_list):
        yield reason(Code.STATUS_UNTRUSTED, "The status list does not count: it is not signed.", _REFRESH)
    if status.repository != today.repository:
        message = f"The status list is that of '{status.repository}', not of '{today.repository}'."
        yield reason(Code.STATUS_UNTRUSTED, message, _RESTORE)
    if status.version < least:
        message = f"The status list is version {status.version}; the permit asks for {least} at least."
        yield reason(Code.STATUS_ROLLED_BACK, message, _RESTORE)
    elif status.version < today.status_version:
        message = f"The status list is version {status.version}; the audit log tells of {today.status_version}."
        yield reason(Code.STATUS_ROLLED_BACK, message, _RESTORE)
    if moment(status.issued) - today.now > SKEW:
        message = f"It is {stamp(today.now)} here, and the status list was written at {status.issued}."
        yield reason(Code.CLOCK, message, "Set the clock of this machine.")
    if today.now >= moment(status.next_update):
        yield reason(Code.STATUS_STALE, f"The status list was good until {status.next_update}.", _REFRESH)


def _revoked(status: StatusList, sha256: str) -> Iterator[Reason]:
    for item in status.revoked:
        if item.permit == sha256:
            message = f"The permit was revoked by {item.by} at {item.at}: {item.reason.rstrip('.')}."
            yield reason(Code.REVOKED, message, "Mend what it was revoked for, and issue another one.")
