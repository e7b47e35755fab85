"""Who did what, in a chain of which nothing can be altered, removed or inserted unnoticed.

Owns audit_log. An entry is written in the very commit of the act that it tells: neither is ever
there without the other. A part that knows the log calls `Users.audit` in its unit; one that does
not is handed the entry (`Audit.entry`) as the argument `note`, and its unit runs that once the act
is done, not where there was nothing to do (`Store.act`). What has no commit of its own (a file that
is sent, a check, a task, a new start, a secret, config.ini) is written down before it happens
(`Users.note`): the worst that a power cut leaves is an entry of what did not happen any more.

Each entry carries the hash of the one before it and an HMAC with a key that the database does not
hold (`<data>/audit.key`). Entries from before there was a chain are taken in as they are found,
once: from there on they are sealed, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from appliance import chain, instance, names
from appliance.chain import Breach
from appliance.clock import Clock
from appliance.firm.deeds import ERASED, OPENED, SEALED, About, subject_of
from appliance.store import rows
from appliance.store.database import Note, Store
from appliance.store.fields import utc_text
from appliance.store.models import AuditEntry, Client, Document, Dossier, User
from appliance.wording import mark

KEY = "audit.key"  # in <data>
ACT = "act"  # the kind of every entry but those that say what was erased
_SAID = ("at", "actor", "action", "subject", "detail", "about", "about_id", "dossier_id")
_CHAIN = ("number", "digest", "previous", "hash", "seal", "key_id", "erased_at")
_COLUMNS = ", ".join(f'"{name}"' for name in (*_SAID, *_CHAIN))
_NEWEST = (
    'SELECT "number", "hash" FROM "audit_log" WHERE "number" IS NOT NULL '
    'ORDER BY "number" DESC LIMIT 1'
)
BREACHES = {
    Breach.ALTERED: mark("Entry No %(number)s of the audit log was altered after it was made."),
    Breach.REMOVED: mark("Entry No %(number)s of the audit log was removed."),
    Breach.INSERTED: mark(
        "Entry No %(number)s of the audit log was not made by Greffier: its seal is wrong."
    ),
    Breach.REORDERED: mark(
        "Entry No %(number)s of the audit log stands in the place of another one."
    ),
    Breach.UNKNOWN_KEY: mark(
        "Entry No %(number)s of the audit log bears a seal whose key is not on this computer: put "
        "the file audit.key of the former computer back into the data folder, and check again."
    ),
    Breach.CUT: mark(
        "The entries of the audit log from No %(number)s on are gone: its end was cut off, or an "
        "older copy of the database was put back."
    ),
    Breach.REPLACED: mark(
        "Entry No %(number)s of the audit log is not the one that was written down: it was made "
        "anew, or an older copy of the database was put back."
    ),
}


class _Concerned(NamedTuple):
    """What an act was done to, as far as the store knows it."""

    about: About | None
    about_id: int | None
    dossier_id: int | None


class Audit:
    """The firm's audit log. Whoever has only the database cannot make an entry."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._key = instance.key(store.path.parent, KEY)

    def add(self, actor: str, action: str, subject: str | None, detail: str | None) -> None:
        """Inside a unit: write down who did what. `action` and `subject`: see firm.deeds."""
        last, now = self._head(), self._clock.now()
        said = {"actor": actor, "action": action, "subject": subject, "detail": detail}
        said |= _concerned(action, subject)._asdict()
        sealed = self._sealed({"at": utc_text(now), **said}, last)
        rows.insert(AuditEntry, at=now, **said, **sealed)

    def entry(self, actor: str, action: str, subject: str | None) -> Note:
        """For the unit of an act that another part does: what writes it down there."""
        return lambda: self.add(actor, action, subject, None)

    def _head(self) -> chain.Head | None:
        """The last entry, read in the unit itself: a unit may run twice, and others write too."""
        newest = head()
        if newest is None and AuditEntry.select().exists():
            self._take_in()
            self.add("greffier", SEALED, None, str(AuditEntry.select().count()))
            return head()
        return newest

    def _sealed(self, said: Mapping[str, Any], last: chain.Head | None) -> dict[str, object]:
        number, previous = (last.number + 1, last.hash) if last else (1, chain.START)
        entry = chain.made(_kind(said), _statement(said), number, previous, self._key)
        return {
            "number": number,
            "digest": entry.digest,
            "previous": previous,
            "hash": entry.hash,
            "seal": entry.seal,
            "key_id": entry.key_id,
        }

    def _take_in(self) -> None:
        """Inside a unit: seal what was written before there was a chain, in its order."""
        last: chain.Head | None = None
        columns = ", ".join(f'"{name}"' for name in ("id", *_SAID[:5]))
        query = f'SELECT {columns} FROM "audit_log" ORDER BY "id"'  # noqa: S608 - our own names
        for row_id, *values in _execute(query).fetchall():
            said = dict(zip(_SAID, values, strict=False))
            concerned = _concerned(said["action"], said["subject"])._asdict()
            sealed = self._sealed({**said, **concerned}, last)
            rows.update(AuditEntry, row_id, **concerned, **sealed)
            last = chain.Head(int(str(sealed["number"])), str(sealed["hash"]))

    def begin(self) -> None:
        """At start: entries from before are sealed, and the log says from where on."""
        if head() is None:
            self._store.write(self._head)

    def opened(self, actor: str, document_id: int, since: datetime) -> None:
        """Outside a unit: they saw this document. Once a person, document and day: `since` is when
        the day began. Thirty pages that are turned are one entry."""

        def unit() -> None:
            if not _is_known(actor, document_id, since):
                self.add(actor, OPENED, f"{About.DOCUMENT}:{document_id}", None)

        if not _is_known(actor, document_id, since):
            self._store.insist(unit)

    def erase_words(self, numbers: Sequence[int], by: str, why: str) -> None:
        """Inside a unit: what these entries were about is read by nobody any more.

        For data-protection requests. Who, when and which act stay; the chain stands, and an entry
        of its own says which were erased, by whom and why.
        """
        self.add(by, ERASED, ",".join(str(number) for number in sorted(numbers)), why)
        gone = {"subject": None, "detail": None, "erased_at": self._clock.now()}
        AuditEntry.update(**gone).where(
            AuditEntry.number.in_(list(numbers)),
            AuditEntry.erased_at.is_null(),
            AuditEntry.action != ERASED,  # what was erased must stay known, or the chain falls
        ).execute()


def entries() -> Iterator[chain.Entry]:
    """The whole chain, in its order; nothing before the first start that seals it."""
    if head() is None:
        return
    query = f'SELECT {_COLUMNS} FROM "audit_log" ORDER BY "number" IS NULL, "number"'  # noqa: S608
    before: chain.Entry | None = None
    for row in _execute(query):
        said = dict(zip(_SAID, row, strict=False))
        sealed = row[len(_SAID) :]
        before = _foreign(said, before) if sealed[0] is None else _entry(said, sealed)
        yield before


def _entry(said: dict[str, Any], sealed: Sequence[Any]) -> chain.Entry:
    """One entry as the chain knows it."""
    number, digest, previous, hashed, seal, key_id, erased_at = sealed
    kind = _kind(said)
    words = {**_statement(said), "kind": kind, "number": number}
    statement = None if erased_at else chain.canonical(words)
    return chain.Entry(number, kind, statement, digest, previous, hashed, seal, key_id)


def _foreign(said: dict[str, Any], before: chain.Entry | None) -> chain.Entry:
    """One that bears no seal at all, where all others do: somebody else put it there."""
    number, previous = (before.number + 1, before.hash) if before else (1, chain.START)
    made = chain.made(_kind(said), _statement(said), number, previous, b"")
    return made._replace(key_id=before.key_id) if before else made


def head() -> chain.Head | None:
    """The last entry that is sealed."""
    newest = _execute(_NEWEST).fetchone()
    return chain.Head(*newest) if newest else None


def _kind(said: Mapping[str, Any]) -> str:
    return chain.ERASURE if said["action"] == ERASED else ACT


def _statement(said: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says, as the columns hold it."""
    if said["action"] != ERASED:
        return dict(said)
    listed = (said["subject"] or "").split(",")
    return {**said, "erased": [int(number) for number in listed if number.isdecimal()]}


def _concerned(action: str, subject: str | None) -> _Concerned:
    """What it was done to, and the dossier of that as it is now."""
    about, number, name = subject_of(action, subject)
    if number is None and name is not None:
        number = _number_of(about, name)
    if number is None:
        return _Concerned(about, None, None)
    if about == About.DOSSIER:
        return _Concerned(about, number, number)
    is_document = about == About.DOCUMENT
    query = Document.select(Document.dossier).where(Document.id == number).tuples()
    found = query.first() if is_document else None
    return _Concerned(about, number, found[0] if found else None)


def _number_of(about: About | None, name: str) -> int | None:
    """The row that bears this name, in the ways in which acts were told."""
    found: Any = None
    if about == About.USER:
        found = rows.find(User, name_key=names.key(name))
    elif about == About.CLIENT:
        found = rows.find(Client, name_key=names.key(name))
    elif about == About.DOSSIER:  # "2026-014", or "2026-014: an opponent's name"
        for reference in (name, name.partition(": ")[0]):
            found = found or rows.find(Dossier, reference_key=names.key(reference))
    return found.id if found else None


def _is_known(actor: str, document_id: int, since: datetime) -> bool:
    return bool(
        AuditEntry.select()
        .where(
            AuditEntry.about == About.DOCUMENT,
            AuditEntry.about_id == document_id,
            AuditEntry.actor == actor,
            AuditEntry.action == OPENED,
            AuditEntry.at >= since,
        )
        .exists()
    )


def _execute(statement: str) -> Any:
    return rows.run(AuditEntry, statement)
