"""Sending is held: to everybody, by templates, or to one recipient. Owns sending_holds.

Everything here runs inside a unit. What a hold without end keeps waiting has no due time but a
`held`, and is made due by whoever ends the hold; what waits for a known time is simply due then.
"""

from datetime import datetime

from appliance.errors import GreffierError
from appliance.store import models, rows
from appliance.telling import columns

ALL = "all"  # until a person has acted: our token, the account, a bill
TEMPLATES = "templates"  # what the firm begins: Meta's quality and pacing rules
RECIPIENT = "recipient"  # one person, for some time: Meta's pair rate
WINDOW = "window"  # `held` only: until the client writes again


def open_hold(
    scope: str, error: GreffierError, now: datetime, until: datetime | None, recipient: str = ""
) -> bool:
    """Hold it from now on. False if it is held already: the later end then counts."""
    known = find(scope, now, recipient)
    if known is not None:
        if known.until_at is not None:
            later = None if until is None else max(known.until_at, until)
            rows.update(models.Hold, known.id, until_at=later)
        return False
    rows.insert(
        models.Hold,
        scope=scope,
        recipient=recipient or None,
        since_at=now,
        until_at=until,
        **columns(error),
    )
    return True


def find(scope: str, now: datetime, recipient: str = "") -> models.Hold | None:
    """The hold of this scope that is in force."""
    found = rows.find(models.Hold, scope=scope, recipient=recipient or None, ended_at=None)
    if found is None or found.until_at is None or found.until_at > now:
        return found
    rows.update(models.Hold, found.id, ended_at=now)
    return None


def in_the_way(row: models.Outgoing, now: datetime, *, is_template: bool) -> models.Hold | None:
    """The hold that keeps this WhatsApp row from being sent now."""
    hold = find(ALL, now) or find(RECIPIENT, now, row.recipient)
    if hold is None and is_template:
        hold = find(TEMPLATES, now)
    return hold


def end(scope: str, now: datetime) -> list[models.Outgoing]:
    """Over: the rows that waited for it are due again, and returned to be woken."""
    for hold in models.Hold.select().where(
        models.Hold.scope == scope, models.Hold.ended_at.is_null()
    ):
        rows.update(models.Hold, hold.id, ended_at=now)
    return release(list(models.Outgoing.select().where(models.Outgoing.held == scope)), now)


def release(waiting: list[models.Outgoing], now: datetime) -> list[models.Outgoing]:
    """These rows wait no more: due now."""
    for row in waiting:
        rows.update(models.Outgoing, row.id, held=None, due_at=now, error=None, reason=None)
    return waiting


def open_holds() -> list[models.Hold]:
    """Every hold in force, oldest first: what the page and the alerts speak of."""
    table = models.Hold
    return list(table.select().where(table.ended_at.is_null()).order_by(table.since_at))
