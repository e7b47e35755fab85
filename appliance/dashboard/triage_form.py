"""What the page of what waits is asked: by its address, its buttons, its two small forms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from appliance import names
from appliance.dashboard.numbers import LARGEST_PAGE, number_in
from appliance.dashboard.visitor import wording
from appliance.errors import mark
from appliance.filing.gestures import CHOSEN
from appliance.filing.matching import Reason
from appliance.firm.drafts import NO_NAME, NO_REFERENCE, REFERENCE_TAKEN, DossierDraft
from appliance.firm.scope import Scope
from appliance.names import in_one_line
from appliance.store import rows
from appliance.store.models import Client, Document, Dossier

LONGEST = 200  # characters of a field
UNKNOWN_CLIENT = mark("The firm has no client of this name: choose one from the list.")


@dataclass(frozen=True)
class PileForm:
    """What an address or a form of the pile says.

    `at`: the document that is looked at. `ticked`: those for which one choice counts. `sure`: the
    dossier of another client in which it is to be filed all the same. `why`: why a number is
    blocked.
    """

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
    why: str = ""
    is_new: bool = False
    is_whose: bool = False
    sure: int | None = None

    @classmethod
    def of(cls, given: MultiDict[str, str]) -> "PileForm":
        """What is not understood is as if it had not been said."""
        ticked = (number_in(text) for text in given.getlist("ticked"))
        reason = given.get("reason", "")
        return cls(
            at=number_in(given.get("at")),
            only=given.get("only", "")[:LONGEST],
            page=number_in(given.get("page"), LARGEST_PAGE) or 1,
            ticked=tuple(each for each in ticked if each is not None),
            is_whole="whole" in given,
            is_bound="bound" in given,
            dossier=number_in(given.get("dossier")),
            typed=in_one_line(given.get("asked", "")[:LONGEST]),
            reason=reason if reason in CHOSEN else "",
            words=in_one_line(given.get("words", "")[:LONGEST]),
            why=in_one_line(given.get("why", "")[:LONGEST]),
            is_new="new" in given,
            is_whose="whose" in given,
            sure=number_in(given.get("sure")),
        )

    def moved(self, at: int | None, done: Iterable[int]) -> "PileForm":
        """The same page at another document, when these are done."""
        gone = set(done)
        left = tuple(each for each in self.ticked if each not in gone)
        return PileForm(at=at, only=self.only, ticked=left)


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

    @property
    def draft(self) -> DossierDraft:
        """As the register takes it."""
        return DossierDraft(self.client, self.reference, self.title, self.lawyer)

    @property
    def number(self) -> str | None:
        """What is the client's from now on, if anything is."""
        return self.sender if self.is_theirs and self.sender else None

    @property
    def client_id(self) -> int:
        """Of a client whom the firm has."""
        client: Client = Client.get(Client.name_key == names.key(self.client))
        return int(client.id)

    def as_number(self) -> "Given":
        """Only whose the number is: a client whom the firm has."""
        faults = {name: text for name, text in self.faults.items() if name == "client"}
        if not faults and not self.is_known:
            faults = {"client": wording().text(UNKNOWN_CLIENT)}
        return replace(self, is_theirs=True, faults=faults)


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
        faults["client"] = wording().text(NO_NAME)
    if not reference:
        faults["reference"] = wording().text(NO_REFERENCE)
    elif rows.find(Dossier, reference_key=names.key(reference)) is not None:
        faults["reference"] = wording().text(REFERENCE_TAKEN)
    return Given(
        client=known.name if known is not None else client,
        reference=reference,
        title=title,
        lawyer=lawyer,
        sender=document.sender if document is not None else "",
        is_theirs="theirs" in form and document is not None and _is_nobodys(document),
        is_known=known is not None and scope.sees_client(known.id),
        faults=faults,
    )


def _is_nobodys(document: Document) -> bool:
    """It waits because nobody knew its number; what is in doubt, or a client's, stays so."""
    return document.client_id is None and document.reason == Reason.UNKNOWN_NUMBER
