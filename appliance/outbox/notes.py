"""The words of what goes to clients on WhatsApp: confirmations, questions, answers.

They say what came and nothing of any dossier: whoever holds the phone reads them. In the client's
own language where it is known, else in the firm's.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from appliance.gateways.parcel import Parcel
from appliance.outbox import enclosures, lists
from appliance.outbox.posting import CONFIRMED, HOURS, UNREADABLE
from appliance.replies.announcements import CONFIRMATIONS, Kind
from appliance.store import models
from appliance.wording import Wording, mark, marks

WHAT = {
    "photos": marks("your photo", "your %(count)d photos"),
    "documents": marks("your document", "your %(count)d documents"),
}
COULD_NOT_READ = marks(
    "One file that you sent could not be read: please send it again.",
    "%(count)d files that you sent could not be read: please send them again.",
)
WHICH = mark("Which matter does this concern?")
WHICH_SEVERAL = mark("Which matter do these concern?")
CHOOSE = mark("Choose")

# A trigger of the firm's own texts, a language, values → the text, or None: it says nothing then.
Texts = Callable[[str, str, Mapping[str, str]], str | None]


class Notes:
    """Turns outbox rows into what WhatsApp shows. Reads; writes nothing."""

    def __init__(
        self,
        wordings: Mapping[str, Wording],
        language: str,
        texts: Texts,
        template: tuple[str, str],
    ) -> None:
        self._wordings = wordings
        self._language = language
        self._texts = texts
        self._template = template  # name and language

    def parcel(self, row: models.Outgoing, *, as_template: bool) -> Parcel:
        """What this row says now, with everything that joined it."""
        if as_template:
            name, code = self._template
            content: dict[str, Any] = {
                "type": "template",
                "template": {"name": name, "language": {"code": code}},
            }
            return Parcel(row.recipient, f"[{name}]", row.callback, content=content)
        text = self._text(row)
        document = enclosures.document_of(row)
        if document is not None:
            name, content = enclosures.name_of(document), enclosures.content_of(row, document, text)
            return Parcel(row.recipient, text, row.callback, subject=name, content=content)
        return Parcel(row.recipient, text, row.callback, content=self._content(row, text))

    def _text(self, row: models.Outgoing) -> str:
        if row.kind in CONFIRMATIONS:
            return self._confirmation(row)
        return row.body or ""

    def _content(self, row: models.Outgoing, text: str) -> dict[str, Any] | None:
        wording = self._wording(row)
        match row.kind:
            case Kind.ASK_DOSSIER | Kind.ASK_AGAIN:
                return lists.which_dossier(row, text, wording, wording.text(CHOOSE))
            case Kind.ASK_NUMBER:
                return lists.contact_request(text)
            case _:
                return lists.stored(row)

    def _confirmation(self, row: models.Outgoing) -> str:
        wording = self._wording(row)
        items = list(row.items)
        kinds = Counter(item.kind for item in items)
        parts = []
        if kinds[CONFIRMED]:
            parts.append(self._received(items, wording))
        if count := kinds[UNREADABLE]:
            parts.append(wording.plural(*COULD_NOT_READ, count, count=count))
        if row.kind == Kind.CONFIRMATION_UNKNOWN:
            parts.append(self._texts("unknown_number", wording.language, {}) or "")
        if row.kind == Kind.ASK_DOSSIER:
            parts.append(wording.text(WHICH if kinds[CONFIRMED] == 1 else WHICH_SEVERAL))
        if kinds[HOURS]:
            parts.append(self._texts("outside_hours", wording.language, {}) or "")
        return "\n\n".join(part for part in parts if part)

    def _received(self, items: list[Any], wording: Wording) -> str:
        """The firm's own sentence, with photos called photos. None where it wants none."""
        came = [item.message.type for item in items if item.kind == CONFIRMED]
        one, many = WHAT["photos" if set(came) == {"image"} else "documents"]
        documents = wording.plural(one, many, len(came), count=len(came))
        values = {"documents": documents, "count": str(len(came))}
        return self._texts("document_received", wording.language, values) or ""

    def _wording(self, row: models.Outgoing) -> Wording:
        person, client = row.correspondent, row.client
        chosen = client.language if client is not None else None  # by somebody of the firm
        language = chosen or (person.language if person is not None else None)
        return self._wordings.get(language or self._language) or self._wordings[self._language]
