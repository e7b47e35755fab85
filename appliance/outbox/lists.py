"""Interactive messages: a list to touch a line of, a request for the own number.

Meta, messages/interactive-list-messages: at most 10 lines; 24 characters of a title, 72 of a
description, 200 of an id, 20 of the button.
"""

import json
from typing import Any

from appliance.firm.parties import folded
from appliance.store import models
from appliance.store.models import DossierStatus
from appliance.wording import Wording, mark

MOST_ROWS = 10
TITLE, DESCRIPTION, BUTTON = 24, 72, 20  # characters
PREFIX = "dossier"
OTHER = "other"
NTH = mark("Matter no. %(number)d")
# In so many names that they name nobody; folded, like what they are compared with.
_UNTELLING_WORDS = """
and des les the sarl suarl sas societe ste company monsieur madame mme maitre
ben bin ibn bent bint abd abou abu شركة بنت ابن عبد السيد السيدة
"""
_UNTELLING = frozenset(_UNTELLING_WORDS.split())
I_DO_NOT_KNOW = mark("I do not know")
SINCE = mark("opened %(day)s")


def which_dossier(row: models.Outgoing, body: str, wording: Wording, button: str) -> dict[str, Any]:
    """One line a dossier of the client's, the last opened first, and one for who does not know.

    A line bears what the firm wrote for it, else the reference: never a title, which may name the
    opponent. `row.callback` in the ids says which question a touched line answers.
    """
    table = models.Dossier
    active = table.select().where(
        table.client == row.client_id, table.status == DossierStatus.ACTIVE
    )
    latest = active.order_by(table.opened_at.desc(), table.id.desc())
    lines = [
        {
            "id": f"{PREFIX}:{row.callback}:{dossier.id}",
            "title": _fitting(neutral_label(dossier) or wording.text(NTH, number=n), TITLE),
            "description": _fitting(
                wording.text(SINCE, day=wording.day(dossier.opened_at)), DESCRIPTION
            ),
        }
        for n, dossier in enumerate(latest.limit(MOST_ROWS - 1), start=1)
    ]
    unsure = {"id": f"{PREFIX}:{row.callback}:{OTHER}", "title": wording.text(I_DO_NOT_KNOW)}
    return _list(body, button, [*lines, unsure])


def menu(body: str, button: str, lines: list[tuple[str, str]]) -> dict[str, Any]:
    """A list of usual questions: (id, title) each."""
    shown = [{"id": each, "title": _fitting(title, TITLE)} for each, title in lines[:MOST_ROWS]]
    return _list(body, button, shown)


def contact_request(body: str) -> dict[str, Any]:
    """Asks who withholds their number for it (Meta, business-scoped-user-ids)."""
    return {
        "type": "interactive",
        "interactive": {
            "type": "contact_request",
            "body": {"text": body},
            "action": {"name": "request_contact_info"},
        },
    }


def stored(row: models.Outgoing) -> dict[str, Any] | None:
    """What was written into the row when it was posted."""
    return json.loads(row.content) if row.content else None


def chosen(line_id: str) -> tuple[str, int | None] | None:
    """The callback of the question and the dossier's id (None: they do not know)."""
    parts = line_id.split(":")
    if len(parts) != 3 or parts[0] != PREFIX:
        return None
    if parts[2] == OTHER:
        return parts[1], None
    is_id = parts[2].isascii() and parts[2].isdigit() and len(parts[2]) < 19
    return (parts[1], int(parts[2])) if is_id else None


def neutral_label(dossier: models.Dossier) -> str | None:
    """What a client may read of a dossier on a phone that others may look at.

    The firm's own label, else the reference; whatever shares a name with another party is neither,
    and where both do there is nothing to be read.
    """
    parties = models.Party.select(models.Party.name_key).where(models.Party.dossier == dossier)
    named = {word for (key,) in parties.tuples() for word in _telling_words(key)}
    candidates = (dossier.label, dossier.reference)
    neutral = (text for text in candidates if text and named.isdisjoint(_telling_words(text)))
    return next(neutral, None)


def _telling_words(text: str) -> set[str]:
    """The words by which somebody could be recognised, however they are spelt."""
    return {word for word in folded(text).split() if len(word) > 2 and word not in _UNTELLING}


def _list(body: str, button: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "type": "interactive",
        "interactive": {
            "type": "list",
            "body": {"text": body},
            "action": {"button": _fitting(button, BUTTON), "sections": [{"rows": rows}]},
        },
    }


def _fitting(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
