"""What the page of what waits is asked: by its address, its buttons, its two small forms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from appliance import names
from appliance.dashboard.visitor import wording
from appliance.errors import PermanentError, mark
from appliance.filing.gestures import Rejection
from appliance.firm.csv_import import ImportFile, Row
from appliance.firm.register import Register
from appliance.firm.scope import Scope
from appliance.names import in_one_line
from appliance.store import rows
from appliance.store.models import Client, Document, Dossier

LONGEST = 200  # characters of a field
LARGEST = 18  # digits of an id
LARGEST_PAGE = 100_000
NO_CLIENT = mark("Write the client's name.")
NO_REFERENCE = mark("Write the reference of the new dossier.")
TAKEN = mark("Another dossier has this reference already: choose another one.")
UNKNOWN_CLIENT = mark("The firm has no client of this name: choose one from the list.")
NOT_OPENED = mark("The dossier could not be opened: %(why)s")


def _id(text: str | None) -> int | None:
    is_id = text is not None and text.isascii() and text.isdecimal() and len(text) <= LARGEST
    return int(text) if is_id and text is not None else None


@dataclass(frozen=True)
class Asked:
    """`at`: the document that is looked at. `ticked`: those for which one choice counts."""

    at: int | None = None
    only: str = ""
    page: int = 1
    ticked: tuple[int, ...] = ()
    is_whole: bool = False
    is_bound: bool = False
    dossier: int | None = None
    typed: str = ""
    reason: str = ""
    words: str = ""
    is_new: bool = False
    is_whose: bool = False

    @classmethod
    def of(cls, given: MultiDict[str, str]) -> "Asked":
        """What is not understood is as if it had not been said."""
        ticked = (_id(text) for text in given.getlist("ticked"))
        reason = given.get("reason", "")
        return cls(
            at=_id(given.get("at")),
            only=given.get("only", "")[:LONGEST],
            page=min(_id(given.get("page")) or 1, LARGEST_PAGE),
            ticked=tuple(each for each in ticked if each is not None),
            is_whole="whole" in given,
            is_bound="bound" in given,
            dossier=_id(given.get("dossier")),
            typed=in_one_line(given.get("asked", "")[:LONGEST]),
            reason=reason if reason in list(Rejection) else "",
            words=in_one_line(given.get("words", "")[:LONGEST]),
            is_new="new" in given,
            is_whose="whose" in given,
        )

    def moved(self, at: int | None, done: Iterable[int]) -> "Asked":
        """The same page at another document, when these are done."""
        gone = set(done)
        left = tuple(each for each in self.ticked if each not in gone)
        return Asked(at=at, only=self.only, ticked=left)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a field, in words."""

    name: str
    text: str


@dataclass(frozen=True)
class Given:
    """A new dossier, or a client, as somebody wrote it; `is_theirs`: the number is the client's."""

    client: str = ""
    reference: str = ""
    title: str = ""
    lawyer: str = ""
    sender: str = ""
    is_theirs: bool = False
    is_known: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)

    def wrong(self, fault: Fault) -> "Given":
        return replace(self, faults={**self.faults, fault.name: fault.text})

    def open(self, register: Register, scope: Scope) -> Dossier:
        """Through the register, like a line of the firm's list: of a client whom they do not see
        nobody opens a dossier, which would let them in.

        Raises PermanentError when it refuses.
        """
        listed = ImportFile((self._row(self.reference),), ())
        change = register.import_file(listed, scope=scope).pop()
        if change.verdict == "refused":
            raise PermanentError(NOT_OPENED, why=change.what)
        found: Dossier = Dossier.get(Dossier.reference_key == names.key(self.reference))
        return found

    def bind(self, register: Register) -> int:
        """The number is that client's from now on; the client's id."""
        register.import_file(ImportFile((self._row(None),), ()))
        client: Client = Client.get(Client.name_key == names.key(self.client))
        return int(client.id)

    def as_number(self) -> "Given":
        """Only whose the number is: a client whom the firm has."""
        faults = {name: text for name, text in self.faults.items() if name == "client"}
        if not faults and not self.is_known:
            faults = {"client": wording().text(UNKNOWN_CLIENT)}
        return replace(self, is_theirs=True, faults=faults)

    def _row(self, reference: str | None) -> Row:
        return Row(
            line=1,
            client=self.client,
            phones=(self.sender,) if self.is_theirs and self.sender else (),
            email=None,
            vip=False,
            lawyer=self.lawyer or None,
            dossier=reference,
            title=self.title or None,
            status=None,
        )


def read_new(form: Mapping[str, Any], scope: Scope, document: Document | None) -> Given:
    """The form, and each fault beside its field."""
    client, reference, title, lawyer = (
        in_one_line(str(form.get(name, ""))[:LONGEST])
        for name in ("client", "reference", "title", "lawyer")
    )
    known = rows.find(Client, name_key=names.key(client)) if client else None
    if known is not None and not scope.sees_client(known.id):
        known = None
    faults: dict[str, str] = {}
    if not client:
        faults["client"] = wording().text(NO_CLIENT)
    if not reference:
        faults["reference"] = wording().text(NO_REFERENCE)
    elif rows.find(Dossier, reference_key=names.key(reference)) is not None:
        faults["reference"] = wording().text(TAKEN)
    return Given(
        client=known.name if known is not None else client,
        reference=reference,
        title=title,
        lawyer=lawyer,
        sender=document.sender if document is not None else "",
        is_theirs="theirs" in form,
        is_known=known is not None,
        faults=faults,
    )
