"""Whether a receipt that somebody holds stands in the chain, and its documents are whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from appliance import chain
from appliance.chain import Entry
from appliance.disk import sha256_of
from appliance.errors import PermanentError
from appliance.papers.drawing import ATTACHMENT, receipt_pdf
from appliance.papers.shown import Reader
from appliance.store import rows
from appliance.store.models import Document, Proof
from appliance.wording import Wording


class Standing(StrEnum):
    """How a receipt and the chain agree."""

    STANDS = "stands"  # the very file that Greffier makes
    SAME_WORDS = "same words"  # the entry stands; the file is another, in which the same is read
    REDRAWN = "redrawn"  # the entry stands; the page says something else
    FALSE = "false"  # its words do not make its fingerprint, or it is not sealed by us
    NOT_THERE = "not there"  # made by Greffier, and in the chain no more


class Kept(StrEnum):
    """What became of a document's bytes."""

    IN_PLACE = "in its place"
    ON_THE_SHELF = "kept, but the copy in the folders was moved or changed"
    LOST = "not found"


@dataclass
class Judgement:
    """What is to be said of one receipt. `documents`: by name, each with what became of it."""

    number: int
    standing: Standing
    documents: list[tuple[str, Kept]] = field(default_factory=list)


@dataclass(frozen=True)
class Shelves:
    """Where the bytes are: the firm's folders, and what was downloaded, by its SHA-256."""

    documents: Path
    media: Path


def entry_in(pdf: Path, reader: Reader) -> Entry:
    """The entry that a receipt of ours brings along.

    Raises PermanentError: it is no PDF, or not one of Greffier's receipts.
    """
    entry = _entry(reader.attached(pdf))
    if entry is None:
        raise PermanentError(
            f"{pdf} is no receipt of Greffier's: it brings no {ATTACHMENT} along. Perhaps it was "
            "printed to a new file: use the one that was downloaded"
        )
    return entry


def _entry(content: bytes) -> Entry | None:
    try:
        read = json.loads(content)
        entry = Entry(**read)
    except (ValueError, TypeError):
        return None
    texts = (each for name, each in read.items() if name != "number")
    is_number = isinstance(entry.number, int) and 0 < entry.number < 2**63
    is_ours = is_number and all(isinstance(each, str) for each in texts)
    return entry if is_ours else None


def judge(
    pdf: Path, key: bytes, wordings: Mapping[str, Wording], shelves: Shelves, reader: Reader
) -> Judgement:
    """Compare the receipt with the chain and with the documents on this computer."""
    entry = entry_in(pdf, reader)
    proof = rows.find(Proof, number=entry.number, hash=entry.hash)
    standing = _standing(entry, proof, key)
    if standing == Standing.STANDS:
        standing = _likeness(pdf, entry, wordings, reader)
    judgement = Judgement(entry.number, standing)
    if standing != Standing.FALSE:
        said = json.loads(entry.statement or "{}")
        for document in said.get("documents", []):
            name = document["name"] or document["filed_as"]
            judgement.documents.append((name, _kept(document, shelves)))
    return judgement


def _likeness(pdf: Path, entry: Entry, wordings: Mapping[str, Wording], reader: Reader) -> Standing:
    """How the file that is shown resembles those that we make of the entry."""
    ours = [receipt_pdf(entry, wording) for wording in wordings.values()]
    if pdf.read_bytes() in ours:
        return Standing.STANDS
    is_read = reader.words(pdf) in [reader.words_of(one) for one in ours]
    return Standing.SAME_WORDS if is_read else Standing.REDRAWN


def _standing(entry: Entry, proof: Proof | None, key: bytes) -> Standing:
    if proof is not None:  # what is in the chain is checked with the whole chain
        is_same = chain.is_whole(entry) and entry.digest == proof.digest
        return Standing.STANDS if is_same else Standing.FALSE
    return Standing.NOT_THERE if chain.is_sealed(entry, key) else Standing.FALSE


def _kept(said: Mapping[str, Any], shelves: Shelves) -> Kept:
    """Read to the last byte: where the row says it is, else on the shelf."""
    digest = str(said["sha256"])
    document = rows.find(Document, id=said["id"])
    if document is not None and document.local_path and document.sha256 == digest:
        path = shelves.documents.joinpath(document.local_path)
        if path.is_file() and sha256_of(path) == digest:
            return Kept.IN_PLACE
    shelf = shelves.media / digest[:2] / digest
    if shelf.is_file() and sha256_of(shelf) == digest:
        return Kept.ON_THE_SHELF
    return Kept.LOST
