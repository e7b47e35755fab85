"""A person chooses what becomes of what was changed on disk. Nothing is ever overwritten."""

from collections.abc import Callable
from pathlib import Path

from appliance import disk
from appliance.clock import Clock
from appliance.filing.acts import Done, Intent, Kind, Told, Version
from appliance.filing.carrying import Carrier, sharing
from appliance.filing.findings import Choice, FindingKind, Findings, Found, Look
from appliance.filing.folders import TO_FILE
from appliance.filing.matching import Reason
from appliance.filing.premises import Premises
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Client, Document, DocumentStatus, Dossier, Finding


class Settling:
    """Carries out such a choice. Raises what `Carrier.do` raises."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        premises: Premises,
        carrier: Carrier,
        findings: Findings,
        told: Told,
    ) -> None:
        self._store = store
        self._clock = clock
        self._premises = premises
        self._carrier = carrier
        self._findings = findings
        self._told = told

    def choose(self, finding_id: int, choice: Choice, by: str) -> Done:
        """OVERTAKEN: it is no longer so. GONE: somebody has chosen before. SAME: no such choice."""
        with self._premises.turn:
            finding = rows.find(Finding, id=finding_id, settled_at=None)
            if finding is None:
                return Done.GONE
            carry_out = self._ways(finding).get(choice)
            if carry_out is None:
                return Done.SAME
            done = carry_out(finding, by)
            settled = choice if done == Done.DONE else Choice.VANISHED
            self._store.write(lambda: self._settle(finding, settled, by))
            return done

    def _ways(self, finding: Finding) -> dict[Choice, Callable[[Finding, str], Done]]:
        ways: dict[Choice, Callable[[Finding, str], Done]] = {Choice.LEAVE: _nothing}
        if finding.kind == FindingKind.MOVED:
            ways[Choice.TAKE] = self._take
        if finding.kind != FindingKind.FOREIGN:
            ways[Choice.PUT_BACK] = self._put_back
        return ways

    def _settle(self, finding: Finding, choice: Choice, by: str) -> None:
        """Inside a unit. What was put beside a person's file leaves theirs, as they know."""
        self._findings.settle(finding.id, by, choice)
        subject = f"document {finding.document_id}" if finding.document_id else finding.path
        self._told.audit(by, "change on disk settled", subject, f"{finding.kind}: {choice}")
        theirs = finding.other_path or finding.path
        if choice == Choice.PUT_BACK and finding.size is not None:
            look = Look(finding.size, finding.modified)
            self._findings.leave(Found(FindingKind.FOREIGN, None, theirs, None, look), by)

    def _take(self, finding: Finding, by: str) -> Done:
        """The row follows: to another name, another folder, perhaps another dossier."""
        document = self._carrier.ready(finding.document_id)
        path = self._premises.path(finding.other_path)
        if document is None or document.local_path != finding.path or not _holds(path, document):
            return Done.OVERTAKEN
        values = self._values(document, finding.other_path, by)
        intents = [
            Intent(each, Kind.FOLLOWED, by, Version.of(each).with_(**values))
            for each in sharing(document)
        ]
        return self._carrier.record(intents, path)

    def _values(self, document: Document, local: str, by: str) -> dict[str, object]:
        """What is new of a document that lies there: its dossier is the one whose folder it is."""
        parts = local.split("/")
        if parts[0] == TO_FILE:
            waits = {"status": DocumentStatus.PENDING.value, "filed_by": None, "filed_at": None}
            is_new = document.dossier_id is not None
            return {"dossier": None, **waits, "reason": Reason.SENT_BACK.value} if is_new else {}
        dossier = dossier_of(parts)
        if dossier is None or dossier.id == document.dossier_id:
            return {}
        return {
            "dossier": dossier.id,
            "client": dossier.client_id,
            "status": DocumentStatus.FILED.value,
            "reason": Reason.CHOSEN_BY_PERSON.value,
            "filed_by": by,
            "filed_at": self._clock.now(),
        }

    def _put_back(self, finding: Finding, by: str) -> Done:
        document = self._carrier.ready(finding.document_id)
        if document is None or document.local_path != finding.path:
            return Done.OVERTAKEN
        return self._carrier.do(
            [Intent(each, Kind.REPLACED, by, Version.of(each)) for each in sharing(document)]
        )


def _nothing(_: Finding, __: str) -> Done:
    return Done.DONE


def _holds(path: Path, document: Document) -> bool:
    with disk.translated(path.parent):
        return path.is_file() and disk.sha256_of(path) == document.sha256


def dossier_of(parts: list[str]) -> Dossier | None:
    """The dossier in whose folder a path of these parts lies."""
    if len(parts) < 3:
        return None
    query = Dossier.select().join(Client)
    is_it = (Client.folder == parts[0], Dossier.folder == parts[1])
    found: Dossier | None = query.where(*is_it).first()
    return found
