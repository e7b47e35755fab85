"""The settings as people change them: the file, the vault, what the running Greffier goes by.

Nothing here takes effect before the next start, but what `at_once` names.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import structlog

from appliance.config import (
    SECTIONS,
    Config,
    Judged,
    Name,
    Origin,
    as_written,
    judge,
    platform_data_folder,
)
from appliance.config.sources import ENVIRONMENT, FILE, variable
from appliance.config.writing import write
from appliance.errors import ConfigError, PermanentError, Sentence, mark
from appliance.firm.users import Users
from appliance.store.database import Store
from appliance.upkeep.proposal import Given, Proposal, propose
from appliance.vault import SECRETS, Vault

log = structlog.get_logger()

# People write passwords into these; they are shown to who may change them, and nowhere else.
DELICATE: frozenset[Name] = frozenset({("queue", "url"), ("store", "url"), ("tunnel", "command")})
CHANGED_MEANWHILE = mark(
    "The settings have been changed meanwhile: nothing was saved. Look at them again."
)
OWN_FIRST = mark(
    "you have no second factor yourself: set one up under My account first, then ask others for "
    "theirs"
)
SECOND_FACTOR: Name = ("dashboard", "second_factor")
NOT_WRITTEN = mark("%(file)s could not be written (%(cause)s): nothing was changed in it")
NOT_KEPT = mark(
    "the secret %(name)s could not be kept, and nothing was saved: unlock the keyring of this "
    "computer, or make <data>/secrets.ini writable"
)
UNREADABLE = mark("%(file)s cannot be read (%(cause)s): give Greffier's user the right to read it")


class Source(StrEnum):
    """Where a value comes from."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


@dataclass(frozen=True)
class Standing:
    """One setting as the next start will find it. `waits`: the running Greffier has another."""

    name: Name
    text: str
    default: str
    source: Source
    where: str  # the variable that sets it, where one does
    waits: bool

    @property
    def is_open(self) -> bool:
        """Whether it can be changed in the file: what the environment says wins over it."""
        return self.source in {Source.DEFAULT, Source.FILE}


@dataclass(frozen=True)
class SecretStanding:
    """Whether there is such a secret, and where it is kept; never its value."""

    name: Name
    kept_in: str | None

    @property
    def is_open(self) -> bool:
        return self.kept_in != "environment"


@dataclass(frozen=True)
class Draft:
    """A change from a form, and the file that the form was made from."""

    given: Given
    seen: str


class Settings:
    """Owns config.ini. `running` is what this process goes by."""

    def __init__(
        self,
        origin: Origin,
        running: Config,
        vault: Vault,
        store: Store,
        users: Users,
        at_once: Mapping[Name, Callable[[str], object]],
    ) -> None:
        self.origin = origin
        self.running = running
        self._vault = vault
        self._store = store
        self._users = users
        self._at_once = at_once
        self._writing = threading.Lock()

    @property
    def file(self) -> Path:
        """Where they are written."""
        return self.origin.file

    def seen(self) -> str:
        """What the file is now; a form that was made from another one is not saved."""
        return hashlib.sha256(self._raw()).hexdigest()

    def judged(self) -> Judged:
        """What the next start would find."""
        return judge(self.origin)

    def section(self, section: str, judged: Judged) -> list[Standing]:
        """Every setting of it, in the order of the sample file."""
        keys = [key for key in SECTIONS[section].model_fields if f"{section}.{key}" not in SECRETS]
        return [self._standing((section, key), judged) for key in keys]

    def secrets(self, section: str) -> list[SecretStanding]:
        """Every secret of it. Raises ConfigError where secrets cannot be read."""
        names = [name.split(".") for name in SECRETS if name.startswith(f"{section}.")]
        found = {(one, key): self._vault.find(one, key) for one, key in names}
        return [SecretStanding(name, kept[1] if kept else None) for name, kept in found.items()]

    def waiting(self, judged: Judged) -> list[Name]:
        """What the next start will do otherwise than the running Greffier."""
        return [
            (section, key)
            for section, model in SECTIONS.items()
            for key in model.model_fields
            if (section, key) not in self._at_once and self._differs((section, key), judged.config)
        ]

    def propose(self, given: Given, actor: str) -> Proposal:
        """What this change would do. Nothing is written. `actor`: who would make it."""
        judged = self.judged()
        standing = self.section(given.section, judged)
        fixed = {one.name for one in standing if not one.is_open}
        fixed |= {one.name for one in self.secrets(given.section) if not one.is_open}
        return self._safe(propose(self.origin, self._raw(), given, judged, fixed), actor)

    def _safe(self, proposal: Proposal, actor: str) -> Proposal:
        """Who asks others for a second factor has shown that it can be set up, and has their own:
        nobody locks the firm out by a setting whose way in does not work."""
        _, key = SECOND_FACTOR
        is_asked = proposal.config.dashboard.second_factor != "optional"
        if SECOND_FACTOR not in proposal.changes or not is_asked or self._has_factor(actor):
            return proposal
        faults = {**proposal.faults, key: [Sentence(OWN_FIRST)]}
        return replace(proposal, faults=faults)

    def _has_factor(self, name: str) -> bool:
        owners = self._users.factors.owners()
        return any(each.id in owners for each in self._users.everybody() if each.name == name)

    def save(self, draft: Draft, actor: str) -> Proposal:
        """Make the change if nothing is wrong with it; the proposal says which.

        What is to be changed is in the journal before it is; what then fails, too. If the power
        fails between two steps, secrets are new and the file is as it was: each is whole, and the
        form can be sent again. Raises PermanentError when it cannot be written.
        """
        with self._writing:
            if draft.seen != self.seen():
                raise PermanentError(CHANGED_MEANWHILE)
            proposal = self.propose(draft.given, actor)
            if not proposal.is_right or proposal.is_nothing:
                return proposal
            # Committed first: whatever is changed below is on record. Should the power fail here,
            # an entry tells of a change that did not happen, and never the other way round.
            self._store.write(lambda: self._announce(proposal, actor))
            try:
                self._put_secrets(proposal)
                if proposal.changes:
                    self._write(proposal.content)
            except PermanentError as error:
                reason = error.reason
                subject = f"[{proposal.section}]"
                note = self._users.audit
                self._store.write(lambda: note(actor, "setting not changed", subject, reason))
                raise
        for name, value in proposal.secrets.items():
            if name in self._at_once:
                self._at_once[name](value.strip())
        log.info("settings changed", section=proposal.section, count=len(proposal.changes))
        return proposal

    def _announce(self, proposal: Proposal, actor: str) -> None:
        """Inside a unit."""
        before = {one.name: one.text for one in self.section(proposal.section, self.judged())}
        for name, text in proposal.changes.items():
            said = f"{before[name]} → {text or 'default'}" if name not in DELICATE else None
            self._users.audit(actor, "setting changed", ".".join(name), said)
        for name in proposal.secrets:
            self._users.audit(actor, "secret replaced", ".".join(name), None)
        for name in sorted(proposal.forgotten):
            self._users.audit(actor, "secret forgotten", ".".join(name), None)

    def _put_secrets(self, proposal: Proposal) -> None:
        name: Name = ("", "")
        try:
            for name, value in proposal.secrets.items():
                self._vault.set(*name, value)
            for name in proposal.forgotten:
                self._vault.delete(*name)
        except ConfigError as error:
            raise PermanentError(NOT_KEPT, name=".".join(name)) from error

    def _write(self, content: bytes) -> None:
        try:
            write(self.file, content)
        except OSError as error:
            raise PermanentError(
                NOT_WRITTEN, file=str(self.file), cause=error.strerror or type(error).__name__
            ) from error

    def _standing(self, name: Name, judged: Judged) -> Standing:
        section, key = name
        value = getattr(getattr(judged.config, section), key)
        text, source, where = as_written(section, key, value), Source.DEFAULT, ""
        for one in judged.settings:  # the later ones win; an empty one is the default
            if (one.section, one.key) == name:
                text = one.text.strip() or self._default(name, judged.config)
                source = _source(one.place.rank[0]) if one.text.strip() else Source.DEFAULT
                where = variable(*name) if source == Source.ENVIRONMENT else one.place.label
        default = self._default(name, judged.config)
        return Standing(name, text, default, source, where, self._differs(name, judged.config))

    def _default(self, name: Name, config: Config) -> str:
        if name == ("firm", "data"):
            return str(platform_data_folder(self.origin.variables))
        if name == ("documents", "folder"):
            return str(config.firm.data / "Dossiers")
        return as_written(*name, SECTIONS[name[0]].model_fields[name[1]].get_default())

    def _differs(self, name: Name, config: Config) -> bool:
        section, key = name
        now = getattr(getattr(self.running, section), key)
        return bool(now != getattr(getattr(config, section), key))

    def _raw(self) -> bytes:
        try:
            return self.file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return b""
        except OSError as error:
            cause = error.strerror or type(error).__name__
            raise PermanentError(UNREADABLE, file=str(self.file), cause=cause) from error


def _source(rank: int) -> Source:
    return {FILE: Source.FILE, ENVIRONMENT: Source.ENVIRONMENT}.get(rank, Source.COMMAND_LINE)
