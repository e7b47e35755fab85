"""What the audit log speaks of: each act by its code, in words, and what it was about. Pure.

An act is told by a code ("document moved") and a subject. Subjects were spelt in several ways over
time: "document:7", "document 7", "7", a dossier's reference, a person's name. `subject_of` reads
them all; what is new is written "document:7": people choose references, and "17" or "dossier:7" is
one as well. A bare number was never a dossier's but as its reference. Digits in a code ("bordereau
3 issued") are shown.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from appliance.errors import mark


class About(StrEnum):
    """What an act was done to."""

    DOCUMENT = "document"
    DOSSIER = "dossier"
    CLIENT = "client"
    MESSAGE = "message"
    CORRESPONDENT = "correspondent"
    EVENT = "event"  # what Meta says of the account, or of who somebody is
    CHORE = "chore"
    USER = "user"
    SETTING = "setting"
    IMPORT = "import"
    JOB = "job"  # a message, a receipt, something to send, a chore: as the queue names them


class Deed(NamedTuple):
    """An act in words. `is_content`: what is told of it may name clients and documents."""

    words: str
    about: About | None = None
    is_content: bool = False


class Subject(NamedTuple):
    """What it was done to: a number, else a name of it."""

    about: About | None
    number: int | None
    name: str | None


OPENED, DOWNLOADED, ERASED = "document opened", "original opened", "entries erased"
SEALED = "audit log sealed"


def _of(about: About, words: Mapping[str, str], *, is_content: bool = False) -> dict[str, Deed]:
    return {code: Deed(said, about, is_content) for code, said in words.items()}


_PEOPLE = {
    "user added": mark("User added"),
    "user disabled": mark("User disabled"),
    "user enabled": mark("User enabled again"),
    "role changed": mark("Role changed"),
    "e-mail changed": mark("E-mail address changed"),
    "password changed": mark("Password changed"),
    "own password changed": mark("Own password changed"),
    "invitation made": mark("Invitation made"),
    "invitation used": mark("Invitation used: password chosen"),
    "sessions ended": mark("Sessions ended"),
    "session ended": mark("Session ended"),
    "second factor switched on": mark("Second factor switched on"),
    "second factor switched off": mark("Second factor switched off"),
    "second factor reset": mark("Second factor reset"),
    "recovery codes made": mark("New recovery codes made"),
    "recovery code used": mark("Signed in with a recovery code"),
    "assistant's lawyers changed": mark("Lawyers of an assistant changed"),
    "signed in": mark("Signed in"),
    "signed out": mark("Signed out"),
    "sign-in refused": mark("Sign-in refused"),
    "code refused": mark("Second factor refused"),
}
_SYSTEM = {
    "setting changed": mark("Setting changed"),
    "setting not changed": mark("Setting could not be changed"),
    "secret replaced": mark("Secret replaced"),
    "secret forgotten": mark("Secret forgotten"),
    "settings tried": mark("Settings tried"),
    "restart asked for": mark("Restart asked for"),
    "check run": mark("Check run"),
    "task run": mark("Task run by hand"),
    "support file made": mark("File for the support made"),
    "work paused": mark("Work paused"),
    "work resumed": mark("Work resumed"),
    "limit changed": mark("Limit changed"),
    "drive connected": mark("Google Drive connected"),
    "drive disconnected": mark("Google Drive disconnected"),
    "automatic message changed": mark("Automatic message changed"),
    "automatic message switched on": mark("Automatic message switched on"),
    "automatic message switched off": mark("Automatic message switched off"),
    "question changed": mark("Usual question changed"),
    "question deleted": mark("Usual question deleted"),
    "list of pieces changed": mark("Usual list of pieces changed"),
    "glass broken": mark("Glass broken: content seen by an administrator"),
    "glass mended": mark("Glass mended"),
    "audit exported": mark("Audit log saved as a file"),
    SEALED: mark("Audit log sealed from here on"),
    ERASED: mark("Words of audit entries erased"),
}
_DOCUMENTS = {
    OPENED: mark("Document opened"),
    DOWNLOADED: mark("Original downloaded"),
    "document sent": mark("Document given to be sent to a client on WhatsApp"),
    "client asked which dossier": mark("Client asked to which dossier it belongs"),
    "document filed": mark("Document filed"),
    "document set aside": mark("Document set aside"),
    "document brought back": mark("Document brought back among those to be filed"),
    "document moved": mark("Document moved"),
    "document sent back": mark("Document sent back to be filed"),
    "document renamed": mark("Document renamed"),
    "document followed": mark("Move on disk followed"),
    "document put back": mark("Document put back in its place"),
    "act undone": mark("Act undone"),
    "change on disk settled": mark("Change on disk settled"),
    "photos bound": mark("Photos bound to one PDF"),
    "document quarantined": mark("Document put in quarantine"),
    "document checked": mark("Document looked at and found right"),
    "document released": mark("Document released from quarantine"),
    "copy renamed": mark("Copy renamed on Google Drive"),
    "copy moved": mark("Copy moved on Google Drive"),
    "copy trashed": mark("Copy put in the bin of Google Drive"),
    "copy edited": mark("Copy changed on Google Drive"),
    "copy removed": mark("Copy removed from Google Drive"),
    "copy left renamed": mark("Copy left renamed on Google Drive"),
    "copy left moved": mark("Copy left where it was moved on Google Drive"),
    "copy left trashed": mark("Copy left in the bin of Google Drive"),
    "copy left edited": mark("Copy left changed on Google Drive"),
    "copy left removed": mark("Copy left removed from Google Drive"),
    "copy sent again": mark("Copy sent to Google Drive again"),
}
_DOSSIERS = {
    "dossier closed": mark("Dossier closed"),
    "dossier opened again": mark("Dossier opened again"),
    "retention set": mark("Years of keeping set"),
    "legal hold begun": mark("Legal hold begun"),
    "legal hold ended": mark("Legal hold ended"),
    "destruction proposed": mark("Destruction proposed"),
    "destruction withdrawn": mark("Destruction withdrawn"),
    "destruction confirmed": mark("Destruction confirmed"),
    "destruction taken up again": mark("Destruction taken up again"),
    "dossier destroyed": mark("Documents of a dossier destroyed"),
    "dossier folder moved": mark("Folder of a dossier moved"),
    "folder taken as renamed": mark("Folder taken as it was renamed on disk"),
    "folder made again on drive": mark("Folder made again on Google Drive"),
    "opposing party added": mark("Opposing party added"),
    "expected piece added": mark("Expected piece added"),
    "expected piece changed": mark("Expected piece changed"),
    "expected piece removed": mark("Expected piece removed"),
    "expected piece ticked": mark("Expected piece ticked by hand"),
    "expected piece unticked": mark("Tick of an expected piece refused"),
    "list of pieces copied": mark("Usual list of pieces taken over"),
    "exhibit changed": mark("Exhibit changed"),
    "exhibit dropped": mark("Exhibit taken out"),
    "exhibits chosen": mark("Exhibits chosen"),
    "bordereau # issued": mark("Bordereau No %(number)s issued"),
    "bordereau # saved": mark("Bordereau No %(number)s saved as a file"),
    "draft bordereau saved": mark("Draft of a bordereau saved as a file"),
    "receipt # saved": mark("Receipt No %(number)s saved as a file"),
    "destruction report opened": mark("Report of a destruction opened"),
    "dossier added": mark("Dossier added"),
    "dossier opened": mark("Dossier added while filing"),
    "dossier changed": mark("Dossier changed"),
    "dossier taken over": mark("Dossier taken over from its lawyer, who keeps seeing it"),
    "dossier saved as a file": mark("Dossier saved as a file"),
    "party added": mark("Party added"),
    "party removed": mark("Party removed"),
    "access changed": mark("Access to a dossier changed"),
    "let into dossier": mark("Let into a dossier by name"),
    "kept out of dossier": mark("Kept out of a dossier by name"),
    "access by name ended": mark("Access by name ended"),
    "deadline noted": mark("Deadline noted"),
    "deadline changed": mark("Deadline changed"),
    "deadline done": mark("Deadline: done"),
    "deadline open again": mark("Deadline: not done after all"),
    "deadline removed": mark("Deadline removed"),
}
_CLIENTS = {
    "client added": mark("Client added"),
    "client changed": mark("Client changed"),
    "client folder moved": mark("Folder of a client moved"),
    "number added": mark("Number of a client added"),
    "number removed": mark("Number of a client removed"),
    "documents recognised": mark("Documents that waited taken as the client's"),
}
_CONVERSATIONS = {
    "answered": mark("Answer written"),
    "answer taken back": mark("Answer taken back"),
    "template sent": mark("Approved template sent"),
    "conversation assigned": mark("Conversation assigned"),
    "conversation done": mark("Conversation done"),
    "conversation reopened": mark("Conversation opened again"),
    "note written": mark("Internal note written"),
    "number blocked": mark("Number blocked"),
    "number unblocked": mark("Number unblocked"),
    "block ended": mark("Number no longer blocked: it is a client's"),
}
_IMPORTS = {
    "list brought in": mark("List of clients and dossiers brought in"),
    "list taken back": mark("List of clients and dossiers taken back"),
}
_JOBS = {
    "job tried again": mark("Work tried again"),
    "job made due": mark("Work made due at once"),
    "job dropped": mark("Work dropped"),
}
DEEDS: Mapping[str, Deed] = {
    **_of(About.USER, _PEOPLE),
    **_of(About.SETTING, _SYSTEM),
    **_of(About.DOCUMENT, _DOCUMENTS, is_content=True),
    **_of(About.DOSSIER, _DOSSIERS, is_content=True),
    **_of(About.CLIENT, _CLIENTS, is_content=True),
    **_of(About.CORRESPONDENT, _CONVERSATIONS, is_content=True),
    **_of(About.IMPORT, _IMPORTS, is_content=True),
    **_of(About.JOB, _JOBS),
    "message tried again": Deed(mark("Message tried again"), About.MESSAGE),
    "asked to send again": Deed(mark("Client asked to send a file again"), About.MESSAGE),
    "account event seen": Deed(mark("News of the WhatsApp account seen"), About.EVENT),
    "identity confirmed": Deed(mark("Identity confirmed"), About.EVENT),
    "identity rejected": Deed(mark("Identity rejected"), About.EVENT),
    "copy tried again": Deed(mark("Copy to Google Drive tried again"), About.CHORE),
    "document looked into again": Deed(mark("Document looked into again"), About.CHORE),
}
_WRITTEN = re.compile(r"(\w+)[: ]([0-9]{1,18})")
_NUMBER = re.compile(r"[0-9]+")


def code_of(action: str) -> str:
    """The act's code: digits stand for themselves."""
    return action if action in DEEDS else _NUMBER.sub("#", action)


def number_in(action: str) -> str:
    """The number that such an act bears."""
    found = _NUMBER.search(action)
    return found[0] if found else ""


def deed_of(action: str) -> Deed:
    """The act in words; one that we do not know (any more) says its code, and may hold content."""
    return DEEDS.get(code_of(action)) or Deed(action, None, True)


def subject_of(action: str, subject: str | None) -> Subject:
    """What an act was done to, however it was spelt."""
    about = deed_of(action).about
    if not subject:
        return Subject(about, None, None)
    written = _WRITTEN.fullmatch(subject)
    if written is not None and written[1] in list(About):
        return Subject(About(written[1]), int(written[2]), None)
    is_number = subject.isascii() and subject.isdecimal() and len(subject) <= 18
    if is_number and about not in (None, About.DOSSIER):
        return Subject(about, int(subject), None)
    return Subject(about, None, subject)
