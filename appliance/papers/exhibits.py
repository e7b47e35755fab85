"""The pieces that are communicated, numbered once and for all. Owns exhibits and bordereaux.

A document is in no bordereau before somebody has chosen it: what a client writes to their lawyer is
secret. What was communicated keeps its number, its title and its place for ever; the next bordereau
goes on after it. Each bordereau is kept as it was issued, to the last byte.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from peewee import fn

from appliance.chain import canonical
from appliance.clock import Clock
from appliance.papers.drawing import bordereau_pdf
from appliance.papers.facts import Firm, place_of, stamp
from appliance.store import rows
from appliance.store.database import Note, NumberedNote, Store, by_nobody
from appliance.store.models import (
    Bordereau,
    Document,
    DocumentStatus,
    Dossier,
    Exhibit,
    Message,
    Party,
    Safety,
    Sight,
)
from appliance.wording import Wording

MOST_PAGES = 9999
LONGEST_TITLE = 300  # characters
LONGEST_CAPTION = 80  # characters: longer words are no title
OPPONENT = "opponent"
_TRIES = 5


@dataclass(frozen=True)
class Change:
    """What a person wrote of a chosen piece. `position`: from 1, among those not yet issued."""

    title: str
    dated_on: date | None
    pages: int | None
    position: int


class Exhibits:
    """Each dossier's pieces in the order in which they are shown to others."""

    def __init__(
        self, store: Store, clock: Clock, firm: Firm, wordings: Mapping[str, Wording]
    ) -> None:
        self._store = store
        self._clock = clock
        self._firm = firm
        self._wordings = wordings

    def filed(self, document_id: int) -> None:
        """Inside the unit that filed, moved or undid it: it is in no list of a dossier it left.

        What was communicated stays: it was. It is only marked as gone from the dossier.
        """
        document = rows.find(Document, id=document_id)
        if document is None or rows.find(Exhibit, document=document_id) is None:
            return
        for exhibit in Exhibit.select().where(Exhibit.document == document_id):
            is_here = _is_in(document, exhibit.dossier_id)
            if exhibit.number is not None:
                rows.update(Exhibit, exhibit.id, has_left=not is_here)
            elif not is_here:
                Exhibit.delete_by_id(exhibit.id)

    def of_dossier(self, dossier_id: int) -> list[Exhibit]:
        """Those that were communicated by their number, then the others in their order."""
        query = Exhibit.select(Exhibit, Document).join(Document)
        mine = query.where(Exhibit.dossier == dossier_id)
        return list(mine.order_by(Exhibit.number.is_null(), Exhibit.number, Exhibit.position))

    def choose(self, dossier_id: int, document_ids: Iterable[int], note: Note = by_nobody) -> int:
        """These documents of the dossier are to be communicated, after those chosen before."""
        wanted = list(dict.fromkeys(document_ids))

        def unit() -> int:
            documents = [rows.find(Document, id=each) for each in wanted]
            new = [each for each in documents if each is not None and _is_new(each, dossier_id)]
            start = len(_unissued(dossier_id))
            for place, document in enumerate(new, start=start + 1):
                rows.insert(
                    Exhibit,
                    dossier=dossier_id,
                    document=document.id,
                    position=place,
                    title=_title_of(document),
                    pages=_pages_of(document),
                )
            return len(new)

        return self._store.act(unit, note)

    def drop(self, dossier_id: int, exhibit_id: int, note: Note = by_nobody) -> bool:
        """It is not to be communicated after all. False: it was already, or is not there."""

        def unit() -> bool:
            waiting = _unissued(dossier_id)
            if exhibit_id not in [each.id for each in waiting]:
                return False
            Exhibit.delete_by_id(exhibit_id)
            _number_anew([each for each in waiting if each.id != exhibit_id])
            return True

        return self._store.act(unit, note)

    def change(
        self, dossier_id: int, exhibit_id: int, change: Change, note: Note = by_nobody
    ) -> bool:
        """What the list says of it, and where. False: it was communicated, or is not there."""

        def unit() -> bool:
            waiting = _unissued(dossier_id)
            found = next((each for each in waiting if each.id == exhibit_id), None)
            if found is None:
                return False
            values = {"title": change.title, "dated_on": change.dated_on, "pages": change.pages}
            rows.update(Exhibit, exhibit_id, **values)
            others = [each for each in waiting if each.id != exhibit_id]
            others.insert(max(0, change.position - 1), found)
            _number_anew(others)
            return True

        return self._store.act(unit, note)

    def shift(self, dossier_id: int, exhibit_id: int, by: int, note: Note = by_nobody) -> bool:
        """One place up (-1) or down (1). False: it was communicated, or is not there."""

        def unit() -> bool:
            waiting = _unissued(dossier_id)
            places = [each.id for each in waiting]
            if exhibit_id not in places:
                return False
            at = places.index(exhibit_id)
            moved = waiting.pop(at)
            waiting.insert(max(0, at + by), moved)
            _number_anew(waiting)
            return True

        return self._store.act(unit, note)

    def issue(
        self,
        dossier_id: int,
        language: str,
        by: str,
        seen: Sequence[int],
        note: NumberedNote = by_nobody,
    ) -> Bordereau | None:
        """Number what was chosen and keep the bordereau of it.

        None: what is chosen is not, or no longer, what the person has `seen`, in that order.

        The pages are drawn before the unit; if somebody has changed the list meanwhile, again.
        """
        for _ in range(_TRIES):
            now = self._clock.now()
            said = self._said(dossier_id, now)
            if said is None or [each.id for each in _unissued(dossier_id)] != list(seen):
                return None
            pdf = bordereau_pdf(said, self._wordings[language])
            made = self._store.act(
                partial(self._issued, dossier_id, said, pdf, (language, by, now)),
                partial(note, said["number"]),
            )
            if made is not None:
                return made
        return None

    def preview(self, dossier_id: int, language: str) -> bytes | None:
        """The bordereau as it would be issued now. None: nothing is chosen. Changes nothing."""
        said = self._said(dossier_id, self._clock.now())
        return bordereau_pdf(said, self._wordings[language]) if said is not None else None

    def _issued(
        self, dossier_id: int, said: dict[str, Any], pdf: bytes, about: tuple[str, str, datetime]
    ) -> Bordereau | None:
        """Inside a unit; None if it is no longer what was drawn."""
        language, by, now = about
        if self._said(dossier_id, now) != said:
            return None
        made = rows.insert(
            Bordereau,
            dossier=dossier_id,
            number=said["number"],
            language=language,
            first=said["pieces"][0]["number"],
            last=said["pieces"][-1]["number"],
            statement=canonical(said),
            pdf=pdf,
            sha256=hashlib.sha256(pdf).hexdigest(),
            issued_by=by,
            issued_at=now,
        )
        for number, exhibit in enumerate(_unissued(dossier_id), start=made.first):
            rows.update(Exhibit, exhibit.id, number=number, bordereau=made.id)
        return made

    def _said(self, dossier_id: int, now: datetime) -> dict[str, Any] | None:
        """All that the bordereau says."""
        dossier = rows.find(Dossier, id=dossier_id)
        waiting = _unissued(dossier_id)
        if dossier is None or not waiting:
            return None
        issued = Exhibit.select(fn.MAX(Exhibit.number)).where(Exhibit.dossier == dossier_id)
        first = (issued.scalar() or 0) + 1
        before = Bordereau.select(fn.MAX(Bordereau.number)).where(Bordereau.dossier == dossier_id)
        return {
            "format": 1,
            "firm": self._firm.name,
            "timezone": self._firm.timezone,
            "issued_at": stamp(now),
            "number": (before.scalar() or 0) + 1,
            "dossier": place_of(dossier),
            "client": dossier.client.name,
            "opponents": _opponents(dossier_id),
            "lawyer": dossier.lawyer if dossier.lawyer and "@" not in dossier.lawyer else None,
            "pieces": [_told(each, number) for number, each in enumerate(waiting, start=first)],
        }

    def bordereaux(self, dossier_id: int) -> list[Bordereau]:
        """Those that were issued, the newest first; without their pages."""
        shown = ("number", "first", "last", "language", "issued_at", "issued_by", "sha256")
        query = Bordereau.select(*(getattr(Bordereau, name) for name in shown)).where(
            Bordereau.dossier == dossier_id
        )
        return list(query.order_by(Bordereau.number.desc()))

    def bordereau(self, dossier_id: int, number: int) -> Bordereau | None:
        """One of them, as it was issued."""
        return rows.find(Bordereau, dossier=dossier_id, number=number)


def _told(exhibit: Exhibit, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "title": exhibit.title,
        "dated_on": exhibit.dated_on.isoformat() if exhibit.dated_on else None,
        "pages": exhibit.pages,
        "sha256": exhibit.document.sha256,
    }


def _unissued(dossier_id: int) -> list[Exhibit]:
    is_waiting = (Exhibit.dossier == dossier_id, Exhibit.number.is_null())
    return list(Exhibit.select().where(*is_waiting).order_by(Exhibit.position, Exhibit.id))


def _number_anew(exhibits: Sequence[Exhibit]) -> None:
    """Inside a unit: their places, without gaps."""
    for place, exhibit in enumerate(exhibits, start=1):
        rows.update(Exhibit, exhibit.id, position=place)


def _opponents(dossier_id: int) -> list[str]:
    query = Party.select(Party.name).where(Party.dossier == dossier_id, Party.role == OPPONENT)
    return [party.name for party in query.order_by(Party.id)]


def _is_in(document: Document, dossier_id: int) -> bool:
    return bool(document.dossier_id == dossier_id and document.status == DocumentStatus.FILED)


def _is_new(document: Document, dossier_id: int) -> bool:
    """What is in quarantine is communicated to nobody."""
    is_chosen = rows.find(Exhibit, dossier=dossier_id, document=document.id) is not None
    is_harmful = document.safety == Safety.QUARANTINED
    return _is_in(document, dossier_id) and not is_chosen and not is_harmful


def _pages_of(document: Document) -> int | None:
    """How many leaves it is, if that is known."""
    if document.mime_type.startswith("image/"):
        return 1
    sight = rows.find(Sight, sha256=document.sha256)
    return sight.pages if sight is not None and sight.format == "PDF" else None


def _title_of(document: Document) -> str:
    """To begin with: the name it came with, without its ending; of a photo, what was said of it."""
    brought = rows.find(Message, document=document.id)
    caption = " ".join((brought.body or "").split()) if brought is not None else ""
    if document.original_name is None and 0 < len(caption) <= LONGEST_CAPTION:
        return caption
    name = document.original_name or document.name
    stem, _, ending = name.rpartition(".")
    title = stem if stem and len(ending) <= 5 else name
    return " ".join(title.replace("_", " ").split())[:LONGEST_TITLE]
