"""Whatever people and power do to the cabinet in whatever order, nothing is lost or overwritten."""

import shutil
import tempfile
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from appliance.disk import sha256_of
from appliance.errors import PermanentError
from appliance.filing.acts import Done
from appliance.filing.findings import Choice, open_findings
from appliance.store import models
from tests.integration.archive import Archive, cut

CONTENTS = st.sampled_from([b"%PDF-1.7 one", b"%PDF-1.7 two", b"%PDF-1.7 six"])  # of one size
NAMES = st.sampled_from(["Photo", "PHOTO", "Photo (2)", "Acte", "عقد", "CON"])
DOSSIERS = st.sampled_from(["2026-7", "2026-8", "2026-1"])
CLIENTS = st.sampled_from(["Gharbi", "gharbi", "GHARBI SARL", "Ben Youssef", "_A rattacher"])
PICK = st.integers(0, 1000)
STATE = ("client_id", "dossier_id", "status", "reason", "filed_by", "filed_at")


class Cabinet(RuleBasedStateMachine):
    """Each step is something that people or the power do."""

    def __init__(self) -> None:
        super().__init__()
        self.data = Path(tempfile.mkdtemp(prefix="greffier-cabinet-"))
        self.theirs: Counter[str] = Counter()  # what people have put there, by its hash
        self.written = 0
        self.touched: set[int] = set()  # documents whose files a person has changed or taken away
        self.opening: AbstractContextManager[Archive]

    @initialize()
    def opens(self) -> None:
        self.opening = Archive.opened(self.data)
        self.archive = self.opening.__enter__()

    def teardown(self) -> None:
        self.opening.__exit__(None, None, None)
        shutil.rmtree(self.data)

    @rule()
    def restarts(self) -> None:
        clock = self.archive.clock
        self.opening.__exit__(None, None, None)
        self.opening = Archive.opened(self.data, clock)
        self.archive = self.opening.__enter__()

    @rule(content=CONTENTS, name=NAMES, dossier=st.none() | DOSSIERS)
    def comes(self, content: bytes, name: str, dossier: str | None) -> None:
        self.archive.comes(content, f"{name}.pdf", dossier)

    @precondition(lambda self: models.Document.select().exists())
    @rule(pick=PICK, dossier=DOSSIERS)
    def moves(self, pick: int, dossier: str) -> None:
        document, wanted = self._document(pick), self.archive.dossier(dossier)
        self._undoably(document.id, lambda: self._mover.move(document.id, wanted.id, "Nour"))

    @precondition(lambda self: models.Document.select().exists())
    @rule(pick=PICK)
    def sends_back(self, pick: int) -> None:
        document = self._document(pick)
        self._undoably(document.id, lambda: self._mover.send_back(document.id, "Nour"))

    @precondition(lambda self: models.Document.select().exists())
    @rule(pick=PICK, name=NAMES)
    def renames(self, pick: int, name: str) -> None:
        document = self._document(pick)
        self._undoably(document.id, lambda: self._mover.rename(document.id, name, "Nour"))

    @precondition(lambda self: models.Act.select().exists())
    @rule(pick=PICK)
    def undoes(self, pick: int) -> None:
        batches = sorted({act.batch for act in models.Act.select()})
        self._mover.undo(batches[pick % len(batches)], "Nour")

    @rule(pick=PICK, name=CLIENTS)
    def renames_a_client(self, pick: int, name: str) -> None:
        client = models.Client.get_by_id(1 + pick % 2)
        try:
            self.archive.filing.rehousing.rename_client(client.id, name, "Salma")
        except PermanentError:
            assert models.Client.get_or_none(models.Client.name_key == name.casefold())

    @rule(dossier=DOSSIERS, title=NAMES)
    def retitles(self, dossier: str, title: str) -> None:
        row = self.archive.dossier(dossier)
        self.archive.filing.rehousing.retitle(row.id, title, "Salma")

    @rule(dossier=DOSSIERS, pick=PICK)
    def hands_over(self, dossier: str, pick: int) -> None:
        row = self.archive.dossier(dossier)
        self.archive.filing.rehousing.hand_over(row.id, 1 + pick % 2, "Salma")

    @precondition(lambda self: models.Document.select().exists())
    @rule(pick=PICK, at=st.integers(1, 25), name=NAMES, dossier=DOSSIERS)
    def power_fails(self, pick: int, at: int, name: str, dossier: str) -> None:
        document, clock = self._document(pick), self.archive.clock
        self.opening.__exit__(None, None, None)

        def deed(archive: Archive) -> None:
            archive.filing.mover.rename(document.id, name, "Nour")
            archive.filing.mover.move(document.id, archive.dossier(dossier).id, "Nour")
            archive.filing.rehousing.retitle(archive.dossier(dossier).id, name, "Salma")

        cut(self.data, at, deed)
        self.opening = Archive.opened(self.data, clock)
        self.archive = self.opening.__enter__()

    @rule(dossier=DOSSIERS, name=NAMES)
    def a_person_puts_a_file_there(self, dossier: str, name: str) -> None:
        row = self.archive.dossier(dossier)
        path = self.archive.root / row.client.folder / row.folder / f"2026-11-23 {name}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            self._write(path)

    @precondition(lambda self: models.Document.select().exists())
    @rule(pick=PICK)
    def a_person_changes_a_file(self, pick: int) -> None:
        path = self.archive.root / self._document(pick).local_path
        if path.is_file() and sha256_of(path) not in self.theirs:
            self._touch(path)
            self._write(path)

    @precondition(lambda self: models.Document.select().exists())
    @rule(pick=PICK)
    def a_person_deletes_a_file(self, pick: int) -> None:
        path = self.archive.root / self._document(pick).local_path
        if path.is_file() and sha256_of(path) not in self.theirs:
            self._touch(path)
            path.unlink()

    @precondition(lambda self: models.Document.select().exists())
    @rule(pick=PICK, name=NAMES, dossier=DOSSIERS)
    def a_person_moves_a_file(self, pick: int, name: str, dossier: str) -> None:
        path, row = (
            self.archive.root / self._document(pick).local_path,
            self.archive.dossier(dossier),
        )
        target = self.archive.root / row.client.folder / row.folder / f"{name} à moi.pdf"
        if path.is_file() and not target.exists() and sha256_of(path) not in self.theirs:
            self._touch(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)

    @rule(choice=st.sampled_from([Choice.TAKE, Choice.PUT_BACK]))
    def somebody_looks_and_chooses(self, choice: Choice) -> None:
        self._look()
        for row in open_findings():
            self.archive.filing.choose(row.id, choice, "Nour")

    @invariant()
    def nothing_of_anybodys_is_overwritten(self) -> None:
        if not hasattr(self, "archive"):
            return
        assert not self.theirs - self.archive.contents
        assert not list(self.archive.root.rglob(".greffier-*"))
        assert not models.Act.select().where(models.Act.done_at.is_null()).exists()
        assert not models.FolderMove.select().where(models.FolderMove.done_at.is_null()).exists()

    @invariant()
    def every_document_is_where_its_row_says(self) -> None:
        if not hasattr(self, "archive"):
            return
        for row in models.Document.select():
            assert row.old_path is None
            if row.id in self.touched and self.archive.holds(row.id):
                self.touched.discard(row.id)
            if row.id not in self.touched:
                assert self.archive.holds(row.id), row.local_path

    @invariant()
    def each_is_there_once(self) -> None:
        if not hasattr(self, "archive") or self.touched:
            return
        places = {(row.sha256, row.local_path) for row in models.Document.select()}
        wanted = Counter(sha256 for sha256, _ in places)
        ours = Counter({key: n for key, n in self.archive.contents.items() if key in wanted})
        moved_by_hand = {path for path in self.archive.files if " à moi" in path}
        kept = {local for _, local in places}
        assert sum((ours - wanted).values()) <= len(moved_by_hand - kept), (
            self.archive.files,
            sorted(places),
        )
        assert not wanted - ours

    @property
    def _mover(self):
        return self.archive.filing.mover

    def _document(self, pick: int) -> models.Document:
        documents = list(models.Document.select().order_by(models.Document.id))
        return documents[pick % len(documents)]

    def _undoably(self, document_id: int, act) -> None:
        """Do it, and half of the time undo it: the document is as before."""
        before = self.archive.row(document_id)
        place = before.local_path
        done = act()
        last = models.Act.select().order_by(models.Act.id.desc()).first()
        if done != Done.DONE or last is None or last.id % 2:
            return
        assert self._mover.undo(last.batch, "Nour") == Done.DONE
        after = self.archive.row(document_id)
        assert [getattr(after, name) for name in STATE] == [getattr(before, name) for name in STATE]
        is_home = place == after.local_path
        assert is_home or document_id in self.touched or " à moi" in place or self.theirs

    def _touch(self, path: Path) -> None:
        local = path.relative_to(self.archive.root).as_posix()
        rows = models.Document.select().where(models.Document.local_path == local)
        self.touched |= {row.id for row in rows}

    def _write(self, path: Path) -> None:
        self.written += 1
        path.write_bytes(b"%%PDF own %d" % self.written)
        self.theirs[sha256_of(path)] += 1

    def _look(self) -> None:
        if any(path.is_file() for path in self.archive.root.rglob("*")):
            self.archive.filing.looking.take(lambda: False)


Cabinet.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a day's work is long: the first failure will do
    suppress_health_check=list(HealthCheck),
)
TestCabinet = Cabinet.TestCase
