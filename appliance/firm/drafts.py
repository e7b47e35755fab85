"""What somebody writes into the forms of a client and of a dossier, and what is wrong with it.

Pure: whether a name or a reference is taken is asked of the register.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance import phones
from appliance.firm.csv_cells import is_email
from appliance.firm.csv_import import LONGEST_LABEL
from appliance.firm.parties import folded
from appliance.names import in_one_line
from appliance.wording import LANGUAGES, mark

LONGEST = 200  # characters of a field; folding takes the square of a text
ROLES = (
    "opponent",
    "opposing_counsel",
    "bailiff",
    "expert",
    "court",
    "witness",
    "co_client",
    "other",
)
NO_NAME = mark("Write the client's name.")
NAME_TAKEN = mark("Another client has this name: open that one, or tell the two apart.")
NO_EMAIL = mark("This is not one e-mail address: write it like nom@exemple.tn, or leave it empty.")
NO_NUMBER = mark("This is not a phone number: write it like +216 20 123 456.")
NO_REFERENCE = mark("Write the reference of the dossier, as it stands on its folder.")
REFERENCE_TAKEN = mark("There is a dossier of this reference already: choose another one.")
LABEL_TOO_LONG = mark("A client's list shows 24 characters of it: write a shorter one.")
LABEL_NAMES_OPPONENT = mark(
    "The client reads this on WhatsApp, where others may look over their shoulder: do not name the "
    "other side in it."
)
TOO_LONG = mark("This is too long: write 200 characters at most.")
NO_SUCH_LANGUAGE = mark("Choose one of the languages in the list.")
NO_SUCH_ROLE = mark("Choose one of the roles in the list.")
NO_PARTY = mark("Write who it is.")

Faults = dict[str, str]
"""By field, the marked text of what is wrong."""


@dataclass(frozen=True)
class ClientDraft:
    """A client as written in the form. `number`: a first one, for a new client."""

    name: str = ""
    email: str = ""
    vip: bool = False
    language: str = ""
    number: str = ""

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "ClientDraft":
        said = {name: in_one_line(form.get(name, "")) for name in ("name", "email", "number")}
        return cls(**said, vip="vip" in form, language=form.get("language", ""))

    def faults(self, country: str) -> Faults:
        """Everything that is wrong with it, by field."""
        wrong = _too_long(self, "name", "email", "number")
        if not folded(self.name):
            wrong.setdefault("name", NO_NAME)
        if self.email and not is_email(self.email):
            wrong.setdefault("email", NO_EMAIL)
        if self.number and phones.normalise(self.number[:LONGEST], country) is None:
            wrong.setdefault("number", NO_NUMBER)
        if self.language and self.language not in LANGUAGES:
            wrong["language"] = NO_SUCH_LANGUAGE
        return wrong

    @property
    def values(self) -> dict[str, Any]:
        """As the register keeps it, but for the name."""
        return {"email": self.email or None, "vip": self.vip, "language": self.language or None}


@dataclass(frozen=True)
class DossierDraft:
    """A dossier as written in the form."""

    client: str = ""
    reference: str = ""
    title: str = ""
    lawyer: str = ""
    label: str = ""
    court: str = ""
    court_number: str = ""

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "DossierDraft":
        return cls(**{name: in_one_line(form.get(name, "")) for name in cls.__annotations__})

    def faults(self, opponents: tuple[str, ...] = ()) -> Faults:
        """Everything that is wrong with it, by field. `opponents`: whom the label may not name."""
        wrong = _too_long(self, *self.__annotations__)
        if not folded(self.reference):
            wrong.setdefault("reference", NO_REFERENCE)
        if len(self.label) > LONGEST_LABEL:
            wrong["label"] = LABEL_TOO_LONG
        elif _names_any(self.label, opponents):
            wrong["label"] = LABEL_NAMES_OPPONENT
        return wrong

    @property
    def values(self) -> dict[str, Any]:
        """As the register keeps it, but for client, reference and title."""
        kept = ("lawyer", "label", "court", "court_number")
        return {name: getattr(self, name) or None for name in kept}


@dataclass(frozen=True)
class PartyDraft:
    """Somebody in a dossier as written in the form."""

    role: str = "opponent"
    name: str = ""
    number: str = ""

    @classmethod
    def read(cls, form: Mapping[str, str]) -> "PartyDraft":
        said = {name: in_one_line(form.get(name, "")) for name in ("name", "number")}
        return cls(role=form.get("role", "opponent"), **said)

    def faults(self, country: str) -> Faults:
        """Everything that is wrong with it, by field."""
        wrong = _too_long(self, "name", "number")
        if self.role not in ROLES:
            wrong["role"] = NO_SUCH_ROLE
        if not folded(self.name):
            wrong.setdefault("name", NO_PARTY)
        if self.number and phones.normalise(self.number[:LONGEST], country) is None:
            wrong.setdefault("number", NO_NUMBER)
        return wrong


def _too_long(draft: object, *names: str) -> Faults:
    return {name: TOO_LONG for name in names if len(getattr(draft, name)) > LONGEST}


def _names_any(label: str, people: tuple[str, ...]) -> bool:
    """Whether a word of theirs (not a short one, which is anybody's) stands in the label."""
    said = set(folded(label).split())
    return any(said & {word for word in folded(name).split() if len(word) > 3} for name in people)
