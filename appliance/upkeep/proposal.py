"""What a change of settings would do, judged as a whole before anything is written."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from appliance.config import Config, Judged, Name, Origin, judge, value_of
from appliance.config.sources import Findings, from_file
from appliance.config.writing import changed
from appliance.errors import Fault, PermanentError, Sentence, mark, sentence
from appliance.gateways import alerts
from appliance.upkeep import readiness

TYPE_AGAIN = mark(
    "a secret is sent only to the server for which it was given: type %(secret)s again as well"
)
BY_HAND = mark(
    "%(file)s is not written as a settings file is, so nothing was changed in it: `greffier check` "
    "says on which line; mend it by hand"
)
# A secret that was given for one server does not go to another one unseen.
SERVERS: dict[Name, str] = {
    ("email", "host"): "email.password",
    ("whatsapp", "graph_url"): "whatsapp.access_token",
}
_WHERE = re.compile(r"\[(\w+)\](?: (\w+))?|(\w+)\.(\w+)")


@dataclass(frozen=True)
class Given:
    """What a form says of one section: texts as they would be written, and secrets."""

    section: str
    texts: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    forgotten: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Proposal:
    """A change, and what is wrong with it: by key of the section, and elsewhere by its place."""

    section: str
    changes: Mapping[Name, str]
    secrets: Mapping[Name, str]
    forgotten: frozenset[Name]
    content: bytes
    config: Config
    faults: Mapping[str, list[Sentence]]
    elsewhere: list[tuple[str, Sentence]]

    @property
    def is_right(self) -> bool:
        return not (self.faults or self.elsewhere)

    @property
    def is_nothing(self) -> bool:
        return not (self.changes or self.secrets or self.forgotten)


def propose(origin: Origin, raw: bytes, given: Given, before: Judged, fixed: set[Name]) -> Proposal:
    """What the file `raw` and the vault would come to. `fixed`: what cannot be changed here.

    Only what the change itself makes wrong counts against it: a fault that was there before keeps
    nobody from mending another one.
    """
    section = given.section
    changes = {
        (section, key): text.strip()
        for key, text in given.texts.items()
        if (section, key) not in fixed and _is_change(before, (section, key), text)
    }
    secrets = {(section, key): value for key, value in given.secrets.items() if value.strip()}
    forgotten = frozenset((section, key) for key in given.forgotten) - secrets.keys()
    content = _changed(origin, raw, changes)
    after = judge(origin, content, secrets | dict.fromkeys(forgotten, ""))
    faults: dict[str, list[Sentence]] = {}
    elsewhere: list[tuple[str, Sentence]] = []
    for name, place, said in _new_faults(before, after):
        if name and name[0] == section and name[1]:
            faults.setdefault(name[1], []).append(said)
        else:
            elsewhere.append((place, said))
    spoilt = [
        *_unseen_servers(changes, secrets, after.config),
        *_no_addresses(secrets, after.config),
    ]
    for key, said in spoilt:
        faults.setdefault(key, []).append(said)
    return Proposal(section, changes, secrets, forgotten, content, after.config, faults, elsewhere)


def name_in(where: str) -> Name | None:
    """The key that a fault's place names, if it names one."""
    found = _WHERE.search(where)
    if found is None:
        return None
    return (found[1] or found[3], found[2] or found[4] or "")


def told(fault: Fault) -> Sentence:
    """What is wrong, to be said in any language as far as it can."""
    return fault.said or Sentence(fault.what)


def _is_change(before: Judged, name: Name, text: str) -> bool:
    written = {(one.section, one.key): one.text for one in before.settings}.get(name, "")
    if text.strip() == written.strip():
        return False
    if not text.strip():
        return True
    value, fault = value_of(name, text)
    return fault is not None or value != getattr(getattr(before.config, name[0]), name[1])


def _new_faults(before: Judged, after: Judged) -> Iterable[tuple[Name | None, str, Sentence]]:
    known = {(place, str(said)) for _, place, said in _faults(before)}
    return [one for one in _faults(after) if (one[1], str(one[2])) not in known]


def _faults(judged: Judged) -> Iterable[tuple[Name | None, str, Sentence]]:
    """Each with its key and its place; a line's number is left out, since a change moves lines."""
    if judged.complaints:
        for one in judged.complaints:
            label = f"[{one.place.name[0]}] {one.place.name[1]}" if one.place.name else None
            yield one.place.name, label or one.place.label, one.sentence
        return
    for fault in readiness.faults_of(judged.config):
        yield name_in(fault.where), fault.where, told(fault)


def _unseen_servers(
    changes: Mapping[Name, str], secrets: Mapping[Name, str], config: Config
) -> Iterable[tuple[str, Sentence]]:
    for name, secret in SERVERS.items():
        section, key = secret.split(".")
        is_kept = getattr(getattr(config, section), key) is not None
        if name in changes and changes[name] and is_kept and (section, key) not in secrets:
            yield name[1], sentence(TYPE_AGAIN, secret=secret)


def _no_addresses(secrets: Mapping[Name, str], config: Config) -> Iterable[tuple[str, Sentence]]:
    """Addresses of alerts that are typed now and that Apprise does not understand."""
    if not any(section == "alerts" for section, _ in secrets):
        return  # what understands them is loaded where they are changed only
    for fault in alerts.faults(config.alerts):
        name = name_in(fault.where)
        if name is not None and name in secrets:
            yield name[1], told(fault)


def _changed(origin: Origin, raw: bytes, changes: Mapping[Name, str]) -> bytes:
    """The file with the changes: proven by our own reader to say them, and all else as before."""
    if not changes:
        return raw
    try:
        made = changed(raw, changes)
    except UnicodeDecodeError:
        made = raw
    if _said(made) != {**_said(raw), **changes}:
        raise PermanentError(BY_HAND, file=str(origin.file))
    return made


def _said(raw: bytes) -> dict[Name, str]:
    findings = Findings()
    from_file(raw, "", findings)
    return {(one.section, one.key): one.text for one in findings.settings}
