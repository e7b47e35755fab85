"""The parts of keeping, made and joined: what `assembly` needs of them."""

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from appliance.chores import Chores, Kind
from appliance.clock import Clock
from appliance.config import Config
from appliance.firm.answers import Answers
from appliance.firm.users import Users
from appliance.inbox.media import MediaShelf
from appliance.jobs import Jobs
from appliance.keeping.cleaning import Cleaning
from appliance.keeping.countdown import Countdown, Told
from appliance.keeping.deciding import Decisions
from appliance.keeping.destroying import Destroyer, Elsewhere, Places
from appliance.keeping.folder import DossierFolders
from appliance.keeping.legal import LegalHolds
from appliance.keeping.terms import Terms
from appliance.outbox.posting import Posting
from appliance.store import models
from appliance.store.database import Store
from appliance.wording import LANGUAGES, Wording


class Rooms(NamedTuple):
    """The parts that keeping works with."""

    store: Store
    clock: Clock
    users: Users
    chores: Chores
    shelf: MediaShelf
    posting: Posting
    jobs: Jobs
    answers: Answers
    turn: threading.RLock


@dataclass(frozen=True)
class Keeping:
    """Every part of keeping."""

    countdown: Countdown
    terms: Terms
    holds: LegalHolds
    decisions: Decisions
    destroyer: Destroyer
    cleaning: Cleaning


def keeping(config: Config, rooms: Rooms, elsewhere: Elsewhere) -> Keeping:
    """Make them, and let the chores know who destroys."""
    store, clock, users, chores, shelf = rooms[:5]
    firm, retention = config.firm, config.retention
    wordings = {each: Wording(each, firm.timezone) for each in LANGUAGES}
    kept = timedelta(days=retention.media_days)
    told = Told(kept, firm.zone, wordings[firm.language], wordings)
    terms = Terms(store, clock, users, retention.dossier_years)
    places = Places(DossierFolders(config.documents.folder), shelf, rooms.turn)
    destroyer = Destroyer(store, clock, users, chores, places, elsewhere)
    chores.on(Kind.DESTROY, destroyer.destroy)
    return Keeping(
        countdown=Countdown(store, clock, rooms.posting, rooms.jobs, rooms.answers, told),
        terms=terms,
        holds=LegalHolds(store, clock, users),
        decisions=Decisions(store, clock, users, terms, chores),
        destroyer=destroyer,
        cleaning=Cleaning(store, clock, retention, shelf, users, compared),
    )


def compared() -> int:
    """Up to which body (its id) the last inventory has compared them with the messages."""
    table = models.Inventory
    last = table.select(table.last_body_id).order_by(table.id.desc()).first()
    return int(last.last_body_id) if last is not None else 0
