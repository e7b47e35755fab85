"""Puts the safety side of filing together: what `assembly` and the tests' office have in common."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from appliance.chores import Chores
from appliance.clock import Clock
from appliance.config import Config
from appliance.filing.premises import Premises
from appliance.gateways.clamd import AGAIN, Clamd
from appliance.safety import book
from appliance.safety.book import Seams
from appliance.safety.examining import Examiner
from appliance.safety.quarantine import Quarantine, Shelves
from appliance.store.database import Store
from appliance.store.models import Document


class Works(NamedTuple):
    """What the examination works with."""

    store: Store
    clock: Clock
    chores: Chores
    premises: Premises


def shelves(config: Config) -> Shelves:
    """Where bytes are kept."""
    data: Path = config.firm.data
    return Shelves(data / "media", config.documents.folder, data / "quarantine")


def scanner(config: Config, clock: Clock, again: timedelta = AGAIN) -> Clamd | None:
    """The virus scanner that the settings name, if they do."""
    address = config.documents.antivirus
    return Clamd(address, clock, again) if address else None


def may_leave(config: Config) -> Callable[[Document], bool]:
    """Whether this computer may give a document to others: to Google Drive, to its client."""
    return partial(book.may_leave, is_scanning=config.documents.antivirus is not None)


def examiner(config: Config, works: Works, clamd: Clamd | None, seams: Seams) -> Examiner:
    """The station that says what each document is to the firm's computers."""
    quarantine = Quarantine(shelves(config), works.premises.cabinet)
    rooms = works.store, works.clock, works.chores
    return Examiner(*rooms, (quarantine, works.premises.turn), clamd, seams)
