"""A receipt on one page: made from its entry on demand, and the same to the last byte each time."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from appliance.chain import Entry, grouped
from appliance.papers.drawing import ATTACHMENT
from appliance.papers.facts import instant_of
from appliance.papers.paper import About, Paper, ltr, safe
from appliance.wording import Wording, mark

_TITLES = {
    "delivery": mark("RECEIPT No %(number)s"),
    "correction": mark("CORRECTIVE RECEIPT No %(number)s"),
    "erasure": mark("NOTE OF ERASURE No %(number)s"),
}
_SUBTITLES = {
    "delivery": mark("of documents received on WhatsApp and filed in a dossier"),
    "correction": mark("of documents whose filing was changed afterwards"),
    "erasure": mark("of the words of earlier receipts"),
}
BY_GREFFIER = mark("Filed by Greffier: the sender has one active dossier")
BY_CLIENT = mark("Filed by the choice that the client made on WhatsApp")
_BY = {"greffier": BY_GREFFIER, "client": BY_CLIENT}
BY_PERSON = mark("Filed by %(name)s")
WITHDRAWN = mark("In no dossier any more")
PROOF = mark(
    "This receipt is an entry of a chain: its fingerprint covers all that it says and the "
    "fingerprint of the one before. An entry that is altered, removed or added afterwards breaks "
    "the chain. To check this file: greffier verify FILE.pdf"
)
_SCALES = (1.1, 1.0, 0.9, 0.8, 0.7)  # as large as leaves it on one page
_FEW = 4  # documents: drawn larger
_COLUMNS = (58.0, 58.0, 58.0)


def receipt_pdf(entry: Entry, wording: Wording) -> bytes:
    """The page of this entry, its words and hashes attached for `greffier verify`.

    The entry must still have its words.
    """
    said: dict[str, Any] = json.loads(entry.statement or "{}")
    said["issued"] = instant_of(said["issued_at"]) or datetime.fromtimestamp(0, UTC)
    title = wording.text(_TITLES[entry.kind], number=ltr(str(entry.number), wording))
    about = About(title, said["issued"], wording)
    few = len(said.get("documents", ())) <= _FEW
    for scale in _SCALES if few else _SCALES[1:]:
        paper = Paper(about, foot=safe(said["firm"], 80), pages=1, scale=scale)
        _Receipt(paper, said, wording).draw(entry, title)
        if paper.count == 1:
            break
        paper.close()
    paper.attached = (ATTACHMENT, json.dumps(entry._asdict()).encode(), said["issued"])
    return paper.bytes()


class _Receipt:
    """The parts of the page, from the top."""

    def __init__(self, paper: Paper, said: dict[str, Any], wording: Wording) -> None:
        self._paper = paper
        self._said = said
        self._wording = wording
        self._zone = ZoneInfo(said["timezone"])

    def _ltr(self, text: str) -> str:
        return ltr(text, self._wording)

    def draw(self, entry: Entry, title: str) -> None:
        paper, text = self._paper, self._wording.text
        paper.text(safe(self._said["firm"], 70), 11, bold=True)
        paper.space(3)
        paper.text(title, 16, bold=True, align="C")
        paper.text(text(_SUBTITLES[entry.kind]), 10, soft=True, align="C")
        paper.space(3)
        if entry.kind == "erasure":
            self._erasure()
        else:
            self._parties()
            for number, document in enumerate(self._said["documents"], start=1):
                self._document(number, document)
        self._proof(entry)

    def _parties(self) -> None:
        paper, text, said = self._paper, self._wording.text, self._said
        sender, dossier = said["sender"], said["dossier"]
        name = f" — {safe(sender['name'], 60)}" if sender["name"] else ""
        paper.pair(text("Sender"), self._ltr(safe(sender["id"], 40)) + name)
        paper.pair(text("Received through"), sender["channel"])
        paper.pair(text("Client"), safe(said["client"], 60) or text("not known"))
        paper.pair(text("Dossier"), self._dossier(dossier))
        paper.pair(text("Receipt made"), self._moment(said["issued_at"]))
        paper.space(1)

    def _dossier(self, dossier: dict[str, str] | None, longest: int = 90) -> str:
        if dossier is None:
            return self._wording.text(WITHDRAWN)
        return f"{self._ltr(safe(dossier['reference'], 30))} — {safe(dossier['title'], longest)}"

    def _document(self, number: int, document: dict[str, Any]) -> None:
        paper, text = self._paper, self._wording.text
        paper.rule(1.6)
        name = safe(document["name"] or document["filed_as"], 90)
        paper.row([self._ltr(f"{number}."), name], [8.0, 166.0], 9, bold=True)
        times = ("sent_at", "received_at", "filed_at")
        labels = (text("Sent (Meta's timestamp)"), text("Received"), text("Filed"))
        paper.row(labels, _COLUMNS, 7, soft=True)
        paper.row([self._moment(document[each]) for each in times], _COLUMNS, 7.5)
        paper.text(paper.ours(self._how(document)), 7.5)
        wamids = [safe(wamid, 90) for wamid in document["wamids"]]
        more = f" (+{len(wamids) - 1})" if len(wamids) > 1 else ""
        paper.row(["WAMID", self._ltr(wamids[0] + more) if wamids else "—"], [18.0, 156.0], 6.5)
        paper.row(["SHA-256", self._ltr(grouped(document["sha256"]))], [18.0, 156.0], 7)

    def _how(self, document: dict[str, Any]) -> str:
        """Its size, who filed it and why; in a correction, where it was before."""
        text = self._wording.text
        parts = [self._size(document["size"]), self._by(document["filed_by"])]
        if "from" in document:
            was = self._dossier(document["from"], 40)
            values = {"dossier": was, "number": self._ltr(str(document["receipt"] or "—"))}
            parts.append(text("before: %(dossier)s (receipt %(number)s)", **values))
        return " · ".join(part for part in parts if part)

    def _size(self, count: int) -> str:
        exact = f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")
        return self._wording.text("%(count)s bytes", count=self._ltr(exact))

    def _by(self, who: str | None) -> str:
        text = self._wording.text
        if who is None:
            return ""
        by_machine = _BY.get(who)
        return text(by_machine) if by_machine else text(BY_PERSON, name=safe(who, 40))

    def _erasure(self) -> None:
        paper, text, said = self._paper, self._wording.text, self._said
        numbers = ", ".join(str(number) for number in said["erased"])
        paper.pair(text("Receipts erased"), self._ltr(safe(numbers, 400)))
        paper.pair(text("By"), safe(said["by"], 80))
        paper.pair(text("Reason"), safe(said["why"], 300))
        paper.pair(text("Receipt made"), self._moment(said["issued_at"]))

    def _proof(self, entry: Entry) -> None:
        paper, text = self._paper, self._wording.text
        paper.rule(2)
        before = self._ltr(str(entry.number - 1))
        if entry.number > 1:
            paper.text(text("Fingerprint of the receipt before (No %(number)s)", number=before), 7)
            paper.hexadecimal(grouped(entry.previous))
        paper.text(text("Fingerprint of this receipt (SHA-256)"), 7, bold=True)
        paper.hexadecimal(grouped(entry.hash))
        paper.space(1)
        paper.text(text(PROOF), 7, soft=True)

    def _moment(self, stamped: str | None) -> str:
        """By the firm's clock, and by the world's."""
        instant = instant_of(stamped)
        if instant is None:
            return "—"
        here, there = instant.astimezone(self._zone), instant.astimezone(UTC)
        is_same_day = here.date() == there.date()
        world = f"{there:%H:%M:%S}" if is_same_day else f"{there:%d/%m %H:%M:%S}"
        return self._ltr(f"{here:%d/%m/%Y %H:%M:%S} (UTC {world})")
