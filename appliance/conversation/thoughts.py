"""What a message means: found out before the unit that answers it, which must be short."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.inbox.details import Choice, Detail, detail_of
from appliance.inbox.fields import Json
from appliance.replies import faq, language, optout
from appliance.store import models

MENU_PREFIX = "faq"
_SPOKEN = frozenset({"text", "button", "interactive"})


@dataclass(frozen=True)
class Thought:
    """Its detail, the language it is written in, what it wishes, the entry that it asks for."""

    detail: Detail | None
    spoken: str | None = None
    wish: optout.OptOut | None = None
    entry: faq.Entry | None = None


def thought_of(message: models.Message, raw: Json, entries: Sequence[faq.Entry]) -> Thought:
    """Pure but for the row it looks at."""
    detail = detail_of(raw)
    if message.type not in _SPOKEN:
        return Thought(detail)
    is_text = message.type == "text"
    return Thought(
        detail,
        spoken=language.language_of(message.body) if is_text else None,
        wish=optout.wish(message.body),
        entry=_entry(message, detail, entries),
    )


def _entry(
    message: models.Message, detail: Detail | None, entries: Sequence[faq.Entry]
) -> faq.Entry | None:
    """The one that was touched in the menu, or that the words ask for."""
    if isinstance(detail, Choice):
        prefix, _, entry_id = (detail.id or "").partition(":")
        is_ours = prefix == MENU_PREFIX
        return next((each for each in entries if is_ours and str(each.id) == entry_id), None)
    found = faq.find(message.body, entries) if message.type == "text" else None
    return found.entry if found else None
