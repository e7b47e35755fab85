"""The acts of the dashboard that touch the disk: how each is done, what it leaves if it is cut.

A disk and a database have no commit in common. The wish is a row before the disk is touched; the
row's end, the document's new state and the line of the audit log are one commit after it.
"""

from dataclasses import dataclass

from appliance.demo import cast
from appliance.filing.findings import Choice, FindingKind
from appliance.filing.folders import TO_FILE
from appliance.filing.placing import Cabinet
from appliance.firm.people import People
from appliance.safety.findings import Finding as Kind
from appliance.safety.findings import said
from appliance.safety.quarantine import Quarantine, Shelves
from appliance.store import models
from appliance.store.models import Client, Document, Dossier, Safety
from appliance.telling import columns
from tests import pictures
from tests.integration.recorded_acts import AVOCAT, Filled, Ready
from tests.integration.recorded_house import REFERENCE, House

PAPER = b"%PDF-1.4 of a client"
ACTS_END, FOLDERS_END = "UPDATE OF done_at ON acts", "UPDATE OF done_at ON folder_moves"
STRANGER = "+21655000111"


@dataclass(frozen=True)
class Move:
    """One of them.

    `told`: the lines that it leaves, in their order. `wish`: the tables of what stands written
    before it is done. `end`: the change of rows by which it is done.
    """

    told: tuple[str, ...]
    ready: Ready
    wish: frozenset[str] = frozenset({"acts"})
    end: str = ACTS_END
    role: str = AVOCAT


def _waiting(house: House, **more: object) -> int:
    about = {"status": "pending", "reason": "several_dossiers", "dossier": None}
    theirs = {"client": house.dossier.client_id, "sender": f"+{cast.BEN_YOUSSEF}"}
    return _placed(house, **(about | theirs | more))


def _placed(house: House, content: bytes = PAPER, name: str = "a.pdf", **more: object) -> int:
    """A document whose file lies where its row says."""
    row_id = house.kept_document(content, name, **more)
    document = Document.get_by_id(row_id)
    dossier = document.dossier
    folder = f"{dossier.client.folder}/{dossier.folder}" if dossier else f"{TO_FILE}/a sender"
    path = house.folder / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    placed = Document.update(local_path=f"{folder}/{name}").where(Document.id == row_id)
    house.store.write(placed.execute)
    return row_id


def _other(house: House) -> Dossier:
    """A dossier of another client."""
    found: Dossier = Dossier.get(Dossier.client != house.dossier.client_id)
    return found


def _on_pile(**form: object) -> Ready:
    return lambda house: ({}, {"at": _waiting(house), **form})


def _file(house: House) -> Filled:
    return {}, {"at": _waiting(house), "dossier": house.dossier.id}


def _set_aside(house: House) -> Filled:
    row_id = _waiting(house)
    house.desk.triage.gestures.reject([row_id], "x", "useless")
    return {}, {"ticked": row_id}


def _filed_before(house: House) -> Filled:
    """By whoever takes it back."""
    house.desk.triage.gestures.file([_waiting(house)], house.dossier.id, AVOCAT)
    return {}, {}


def _strangers(house: House) -> Filled:
    about = {"client": None, "reason": "unknown_number", "sender": STRANGER}
    return {}, {"at": _waiting(house, **about), "client": "Karim Gharbi", "sure": "1"}


def _spam(house: House) -> Filled:
    """What somebody has sent whom the firm does not know."""
    knows, at = People(house.store, house.clock).correspondent_of, house.clock.now()
    person = house.store.write(lambda: knows(STRANGER, None, sent_at=at)).id
    about = {"client": None, "reason": "unknown_number", "sender": STRANGER}
    row_id = _waiting(house, **about)
    house.message(sender=STRANGER, correspondent=person, document=row_id)
    return {}, {"at": row_id}


def _filed(**form: object) -> Ready:
    return lambda house: ({"row_id": _placed(house)}, form)


def _moved(house: House) -> Filled:
    return {"row_id": _placed(house)}, {"dossier": _other(house).reference}


def _moved_before(house: House) -> Filled:
    house.desk.cabinet.filing.mover.move(_placed(house), _other(house).id, "x")
    return {"row_id": models.Act.get().id}, {}


def _photos(house: House) -> Filled:
    path = house.store.path.parent / "photo.jpg"
    for number in (1, 2):
        content = pictures.photo(path, (400 * number, 300)).read_bytes()
        _placed(house, content, f"{number}.jpg", mime_type="image/jpeg")
    return {"dossier_id": house.dossier.id}, {"all": "1"}


def _folder(**form: object) -> Ready:
    def ready(house: House) -> Filled:
        _placed(house)
        return {"row_id": house.dossier.id}, form

    return ready


def _handed(house: House) -> Filled:
    address, _ = _folder()(house)
    return address, {"client": Client.get_by_id(_other(house).client_id).name}


def _renamed_on_disk(house: House) -> Filled:
    """Somebody gave its file another name."""
    document = Document.get_by_id(_placed(house))
    old = house.folder / document.local_path
    new = old.rename(old.with_name("b.pdf"))
    finding = {
        "document": document.id,
        "kind": FindingKind.MOVED.value,
        "path": document.local_path,
        "other_path": new.relative_to(house.folder).as_posix(),
        "found_at": house.clock.now(),
    }
    row_id = house.made(models.Finding, **finding)
    return {}, {"finding": row_id, "choice": Choice.TAKE.value}


def _put_away(house: House) -> Filled:
    """In quarantine, its bytes and its row."""
    document = Document.get_by_id(_placed(house))
    data = house.store.path.parent
    shelves = Shelves(data / "media", house.folder, data / "quarantine")
    quarantine = Quarantine(shelves, Cabinet())
    quarantine.hold(document)
    reason = columns(said(Kind.INFECTED, signature="Eicar-Test"))["reason"]
    away = {"old_path": document.local_path, "local_path": None}
    quarantined = {"safety": Safety.QUARANTINED, "safety_reason": reason, **away}
    house.store.write(Document.update(**quarantined).where(Document.id == document.id).execute)
    quarantine.settle(Document.get_by_id(document.id))
    return {"document_id": document.id}, {}


NOTHING: frozenset[str] = frozenset()
FOLDERS = frozenset({"folder_moves"})
NEW = {"client": "Amel Ben Youssef", "reference": "2026-0900"}
MOVES = {
    "triage.file": Move(("document filed",), _file),
    "triage.enter": Move(("document filed",), _on_pile(asked=REFERENCE)),
    "triage.reject": Move(("document set aside",), _on_pile(reason="useless")),
    "triage.block": Move(
        ("number blocked", "document set aside"),
        _spam,
        NOTHING,
        "UPDATE OF blocked_at ON correspondents",
    ),
    "triage.bring_back": Move(("document brought back",), _set_aside),
    "triage.undo": Move(("act undone",), _filed_before),
    "triage.new": Move(
        ("dossier opened", "document filed"), _on_pile(**NEW), NOTHING, "INSERT ON dossiers"
    ),
    "triage.whose": Move(
        ("number added", "documents recognised"), _strangers, NOTHING, "INSERT ON contacts"
    ),
    "acts.move": Move(("document moved",), _moved),
    "acts.rename": Move(("document renamed",), _filed(name="bail")),
    "acts.send_back": Move(("document sent back",), _filed()),
    "acts.undo": Move(("act undone",), _moved_before),
    "files.bind": Move(
        ("photos bound",),
        _photos,
        frozenset({"documents", "document_parts", "sights"}),
        "UPDATE OF stored_at ON documents",
    ),
    "dossiers.retitle": Move(
        ("dossier folder moved",), _folder(title="Vente"), FOLDERS, FOLDERS_END
    ),
    "dossiers.hand_over": Move(("dossier folder moved",), _handed, FOLDERS, FOLDERS_END),
    "dossiers.rename_client": Move(
        ("client folder moved",), _folder(name="Karim Gharbi fils"), FOLDERS, FOLDERS_END
    ),
    "disk.choose": Move(("document followed", "change on disk settled"), _renamed_on_disk, NOTHING),
    "safety.release": Move(
        ("document released",), _put_away, NOTHING, "UPDATE OF safety ON documents"
    ),
}
