"""What a dossier waits for, and what has come of it.

Owns expected_pieces, piece_ticks and piece_lists.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from appliance import names
from appliance.clock import Clock
from appliance.papers.expected import Draft, Wanted, drafts_of, phrases, what_it_is
from appliance.papers.usual import USUAL
from appliance.store import rows
from appliance.store.database import Note, Store, by_nobody
from appliance.store.models import (
    Document,
    DocumentStatus,
    ExpectedPiece,
    Message,
    PieceList,
    PieceTick,
)

GREFFIER = "greffier"
MOST = 200  # expected pieces of one dossier


class Tick(StrEnum):
    """What a document is to an expected piece."""

    TICKED = "ticked"
    SUGGESTED = "suggested"
    REFUSED = "refused"  # a person said no: it is not proposed again


@dataclass(frozen=True)
class Awaited:
    """An expected piece, with what satisfies it and what might."""

    piece: ExpectedPiece
    ticks: Sequence[PieceTick] = ()
    suggestions: Sequence[PieceTick] = field(default_factory=tuple)

    @property
    def is_there(self) -> bool:
        return bool(self.ticks)


class Pieces:
    """The firm's lists of what is asked for, and each dossier's own."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    # -- what arrives

    def filed(self, document_id: int) -> None:
        """Inside the unit that filed, moved or undid it: its ticks follow.

        What it ticked in a dossier that it has left is open again; where it is now, it ticks what
        it certainly is, and is proposed for what it might be. Told twice, it changes nothing.
        """
        document = rows.find(Document, id=document_id)
        if document is None:
            return
        is_filed = document.status == DocumentStatus.FILED
        here = document.dossier_id if is_filed else None
        if rows.find(PieceTick, document=document_id) is not None:
            _leave(document_id, here)
        if here is not None and rows.find(ExpectedPiece, dossier=here) is not None:
            self._compare(document, _expected(here), may_tick=True)

    def _compare(
        self, document: Document, expected: Iterable[ExpectedPiece], *, may_tick: bool
    ) -> None:
        wanted = [Wanted(each.id, each.label, phrases(each.keywords)) for each in expected]
        verdict = what_it_is(document.original_name, _caption(document), wanted)
        suggested = verdict.suggested
        if verdict.certain is not None and may_tick:
            self._put(verdict.certain, document.id, Tick.TICKED, GREFFIER)
        elif verdict.certain is not None:
            suggested = (verdict.certain,)
        for piece_id in suggested:
            self._put(piece_id, document.id, Tick.SUGGESTED, GREFFIER)

    def _put(self, piece_id: int, document_id: int | None, state: Tick, by: str) -> bool:
        """Inside a unit. What a person has decided stands against Greffier."""
        now = self._clock.now()
        row = rows.find(PieceTick, piece=piece_id, document=document_id)
        if row is None:
            values = {"piece": piece_id, "document": document_id, "state": state.value}
            rows.insert(PieceTick, **values, by=by, at=now)
            return True
        if by == GREFFIER or row.state == state:
            return False
        rows.update(PieceTick, row.id, state=state.value, by=by, at=now)
        return True

    # -- what a person does

    def add(self, dossier_id: int, draft: Draft, by: str, note: Note = by_nobody) -> int | None:
        """One more; what is in the dossier already is proposed for it. None: there are too many."""
        return self._store.act(lambda: self._add(dossier_id, draft, by), note)

    def _add(self, dossier_id: int, draft: Draft, by: str) -> int | None:
        """Inside a unit."""
        if ExpectedPiece.select().where(ExpectedPiece.dossier == dossier_id).count() >= MOST:
            return None
        now = self._clock.now()
        values = _values(draft)
        piece = rows.insert(
            ExpectedPiece, **values, dossier=dossier_id, created_at=now, created_by=by
        )
        self._propose(piece)
        return int(piece.id)

    def _propose(self, piece: ExpectedPiece) -> None:
        """Inside a unit: look for it among what the dossier holds. Nothing is ticked by itself."""
        is_there = (Document.dossier == piece.dossier_id, Document.status == DocumentStatus.FILED)
        for document in Document.select().where(*is_there):
            self._compare(document, [piece], may_tick=False)

    def change(self, dossier_id: int, piece_id: int, draft: Draft, note: Note = by_nobody) -> bool:
        """Write it anew; its ticks stay. False: there is none any more."""

        def unit() -> bool:
            piece = rows.find(ExpectedPiece, id=piece_id, dossier=dossier_id)
            if piece is None:
                return False
            rows.update(ExpectedPiece, piece_id, **_values(draft))
            self._propose(ExpectedPiece.get_by_id(piece_id))
            return True

        return self._store.act(unit, note)

    def remove(self, dossier_id: int, piece_id: int, note: Note = by_nobody) -> bool:
        """The dossier waits for it no more. False: it did not."""

        def unit() -> bool:
            if rows.find(ExpectedPiece, id=piece_id, dossier=dossier_id) is None:
                return False
            PieceTick.delete().where(PieceTick.piece == piece_id).execute()
            ExpectedPiece.delete_by_id(piece_id)
            return True

        return self._store.act(unit, note)

    def tick(
        self,
        dossier_id: int,
        piece_id: int,
        document_id: int | None,
        by: str,
        note: Note = by_nobody,
    ) -> bool:
        """A person says that it has come: by this document of the dossier, or another way.

        False: there is no such piece or document in the dossier.
        """

        def unit() -> bool:
            piece = rows.find(ExpectedPiece, id=piece_id, dossier=dossier_id)
            is_here = document_id is None or _is_in(document_id, dossier_id)
            if piece is None or not is_here:
                return False
            self._put(piece_id, document_id, Tick.TICKED, by)
            return True

        return self._store.act(unit, note)

    def refuse(self, dossier_id: int, tick_id: int, by: str, note: Note = by_nobody) -> bool:
        """A person undoes a tick or a proposal: it is not made again. False: there is none."""

        def unit() -> bool:
            tick = rows.find(PieceTick, id=tick_id)
            if tick is None or tick.piece.dossier_id != dossier_id:
                return False
            if tick.document_id is None:
                PieceTick.delete_by_id(tick_id)
            else:
                self._put(tick.piece_id, tick.document_id, Tick.REFUSED, by)
            return True

        return self._store.act(unit, note)

    def of_dossier(self, dossier_id: int) -> list[Awaited]:
        """What the dossier waits for: by the day it is needed, then as it was written."""
        pieces = list(_expected(dossier_id))
        query = PieceTick.select(PieceTick, Document).left_outer_join(Document)
        ticks = list(
            query.where(PieceTick.piece.in_([p.id for p in pieces])).order_by(PieceTick.id)
        )
        return [
            Awaited(
                piece,
                [t for t in ticks if t.piece_id == piece.id and t.state == Tick.TICKED],
                [t for t in ticks if t.piece_id == piece.id and t.state == Tick.SUGGESTED],
            )
            for piece in sorted(pieces, key=lambda p: (p.needed_on or date.max, p.id))
        ]

    # -- the firm's lists

    def seed(self) -> None:
        """At start: the usual lists, once; what the firm made of them stays."""
        known = {(row.language, row.name_key) for row in PieceList.select()}
        missing = [
            (language, name, lines)
            for language, lists in USUAL.items()
            for name, lines in lists.items()
            if (language, names.key(name)) not in known
        ]

        def unit() -> None:
            for language, name, lines in missing:
                key = names.key(name)
                if rows.find(PieceList, language=language, name_key=key) is None:
                    rows.insert(PieceList, language=language, name=name, name_key=key, lines=lines)

        if missing:
            self._store.write(unit)

    def lists(self, language: str) -> list[PieceList]:
        """The firm's lists in this language, by name."""
        query = PieceList.select().where(PieceList.language == language, PieceList.lines != "")
        return list(query.order_by(PieceList.name_key))

    def save_list(self, language: str, name: str, lines: str, note: Note = by_nobody) -> None:
        """Write a list, new or of that name. No lines: the list is there no more."""
        key = names.key(name)

        def unit() -> None:
            row = rows.find(PieceList, language=language, name_key=key)
            if row is None:
                rows.insert(PieceList, language=language, name=name, name_key=key, lines=lines)
            else:
                rows.update(PieceList, row.id, name=name, lines=lines)
            note()

        self._store.write(unit)

    def copy_list(self, list_id: int, dossier_id: int, by: str, note: Note = by_nobody) -> int:
        """The dossier waits for what the list says; what it waits for already is left. How many."""
        row = rows.find(PieceList, id=list_id)
        drafts = drafts_of(row.lines) if row is not None else []

        def unit() -> int:
            known = {names.key(piece.label) for piece in _expected(dossier_id)}
            new = [draft for draft in drafts if names.key(draft.label) not in known]
            return sum(self._add(dossier_id, draft, by) is not None for draft in new)

        return self._store.act(unit, note)


def _values(draft: Draft) -> dict[str, Any]:
    about = {"label": draft.label, "keywords": draft.keywords}
    return {**about, "needed_on": draft.needed_on, "note": draft.note}


def _leave(document_id: int, here: int | None) -> None:
    """Inside a unit: what it ticked elsewhere is open again."""
    for tick in PieceTick.select().where(PieceTick.document == document_id):
        if tick.piece.dossier_id != here:
            PieceTick.delete_by_id(tick.id)


def _expected(dossier_id: int) -> list[ExpectedPiece]:
    query = ExpectedPiece.select().where(ExpectedPiece.dossier == dossier_id)
    return list(query.order_by(ExpectedPiece.id))


def _is_in(document_id: int, dossier_id: int) -> bool:
    document = rows.find(Document, id=document_id, dossier=dossier_id)
    return document is not None and document.status == DocumentStatus.FILED


def _caption(document: Document) -> str | None:
    """What its sender wrote under it."""
    found: Message | None = (
        Message.select(Message.body)
        .where(Message.document == document.id, Message.body.is_null(False))
        .order_by(Message.id)
        .first()
    )
    return found.body if found is not None else None
