"""What `greffier verify` says: of all receipts, of one that somebody shows, of the audit log."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from appliance import instance
from appliance.chain import Breach, Checked, grouped
from appliance.config import Config
from appliance.errors import PermanentError
from appliance.firm import audit
from appliance.papers import witness
from appliance.papers.shown import child_reader
from appliance.papers.verifying import Judgement, Kept, Shelves, Standing, judge
from appliance.store.database import reading
from appliance.wording import LANGUAGES, Wording

Say = Callable[[str], object]
STANDINGS = {
    Standing.STANDS: "is genuine: it stands in the chain, and is the very file that Greffier makes",
    Standing.SAME_WORDS: (
        "brings a genuine entry along and reads like it, but is not the very file: another version "
        "of Greffier made it, or a program saved it anew. Download the receipt again and compare"
    ),
    Standing.REDRAWN: (
        "brings a genuine entry along, but something else is read on its pages: somebody changed "
        "them. Download the receipt again and compare"
    ),
    Standing.NOT_THERE: (
        "was made by Greffier, but stands in the chain no more: receipts were removed, or an older "
        "copy of the database was put back"
    ),
    Standing.FALSE: "is false: what it says is not what was sealed",
}


class Called(NamedTuple):
    """How the entries of a chain are called."""

    one: str
    many: str
    none: str
    breaches: Mapping[Breach, str]

    def counted(self, count: int) -> str:
        return f"1 {self.one}" if count == 1 else f"{count or 'no'} {self.many}"


RECEIPTS = Called("receipt", "receipts", "no receipt was made yet", witness.BREACHES)
ENTRIES = Called(
    "entry of the audit log",
    "entries of the audit log",
    "no entry of the audit log is sealed yet: Greffier seals them when it starts",
    audit.BREACHES,
)


def verify(config: Config, file: Path | None, say: Say) -> int:
    """Check, say what was found; the exit code: 0 all is as it was made, 1 something is not."""
    data = config.firm.data
    if not (data / "greffier.db").exists():
        raise PermanentError(f"there is no database in {data}: no receipt was made here yet")
    key = instance.key(data, witness.KEY)
    receipts = witness.receipts(key)
    log = witness.audit_log(instance.key(data, audit.KEY))
    with reading(data):
        checked, checked_log = receipts.check(data), log.check(data)
        judgement = None
        if file is not None:
            wordings = {each: Wording(each, config.firm.timezone) for each in LANGUAGES}
            shelves = Shelves(config.documents.folder, data / "media")
            with child_reader() as reader:
                judgement = judge(file, key, wordings, shelves, reader)
    _say_chain(checked, RECEIPTS, say)
    is_good = judgement is None or _say_receipt(judgement, say)
    _say_chain(checked_log, ENTRIES, say)
    is_whole = checked.finding is None and checked_log.finding is None
    return 0 if is_good and is_whole else 1


def _say_chain(checked: Checked, called: Called, say: Say) -> None:
    if checked.finding is not None:
        say(str(witness.sentence(checked.finding, called.breaches)))
        say(f"before it: {called.counted(checked.count)} as made")
        say("keep the data folder as it is, make a copy of it, and call your support")
    elif checked.last is None:
        say(called.none)
    else:
        say(f"{called.counted(checked.count)} as made; the last is No {checked.last.number}")
        say(f"its fingerprint: {grouped(checked.last.hash)}")


def _say_receipt(judgement: Judgement, say: Say) -> bool:
    """True if the receipt and its documents are as they were."""
    say(f"receipt No {judgement.number} {STANDINGS[judgement.standing]}")
    for name, kept in judgement.documents:
        say(f"  {''.join(each if each.isprintable() else '?' for each in name)}: {kept}")
    is_kept = all(kept != Kept.LOST for _, kept in judgement.documents)
    return judgement.standing == Standing.STANDS and is_kept
