"""The settings as their pages show them: each with its value, its default, and where it is from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.config import SECTIONS, Name
from appliance.dashboard.settings_kinds import Kind, choices, composed, kind_of, parts
from appliance.dashboard.settings_words import SECTION_WORDS, WORDS
from appliance.errors import ConfigError, Sentence, mark
from appliance.store.models import User
from appliance.upkeep.finding import Finding
from appliance.upkeep.proposal import Given, Proposal
from appliance.upkeep.restarting import Restarting
from appliance.upkeep.settings import Draft, SecretStanding, Settings, Standing
from appliance.upkeep.trials import Trials
from appliance.wording import Wording

NO_DAY = mark("write the hours of one day at least; on days without hours the firm is closed")
LONGEST_SECRET = 4000  # characters


@dataclass(frozen=True)
class FieldSeen:
    """One setting with its fields. `given`: what was typed, where a form was sent."""

    standing: Standing
    kind: Kind
    parts: Mapping[str, Any]
    faults: list[Sentence]

    @property
    def key(self) -> str:
        return self.standing.name[1]

    @property
    def words(self) -> tuple[str, str]:
        return WORDS[self.standing.name]

    @property
    def choices(self) -> tuple[str, ...]:
        return choices(self.standing.name)


@dataclass(frozen=True)
class SecretSeen:
    """One secret: whether it is set."""

    standing: SecretStanding
    faults: list[Sentence]

    @property
    def key(self) -> str:
        return self.standing.name[1]

    @property
    def words(self) -> tuple[str, str]:
        return WORDS[self.standing.name]


@dataclass(frozen=True)
class SectionSeen:
    """The form of one section. `seen`: the file that it was made from."""

    name: str
    fields: list[FieldSeen]
    secrets: list[SecretSeen]
    seen: str
    can_try: bool
    elsewhere: list[tuple[str, Sentence]] = field(default_factory=list)

    @property
    def words(self) -> tuple[str, str]:
        return SECTION_WORDS[self.name]

    @property
    def fault_count(self) -> int:
        faults = [one.faults for one in self.fields] + [one.faults for one in self.secrets]
        return sum(map(len, faults)) + len(self.elsewhere)


@dataclass(frozen=True)
class Overview:
    """All sections; what waits for the next start; what is wrong in the file as it is."""

    sections: list[tuple[str, int]]  # and how many of its settings somebody has set
    file: Path
    waiting: list[Name]
    complaints: list[tuple[str, Sentence]]
    can_restart: bool


class SettingsBoard:
    """What the pages of the settings read and ask."""

    def __init__(self, settings: Settings, trials: Trials, restarting: Restarting) -> None:
        self._settings = settings
        self._trials = trials
        self.restarting = restarting

    def overview(self) -> Overview:
        """The page of all sections."""
        judged = self._settings.judged()
        counted = [
            (
                section,
                sum(one.source != "default" for one in self._settings.section(section, judged)),
            )
            for section in SECTIONS
        ]
        return Overview(
            sections=counted,
            file=self._settings.file,
            waiting=self._settings.waiting(judged),
            complaints=[(one.place.label, one.sentence) for one in judged.complaints],
            can_restart=self.restarting.is_possible,
        )

    def section(self, name: str) -> SectionSeen:
        """Its form, as things stand."""
        fields = [
            FieldSeen(one, kind_of(one.name), parts(one.name, one.text), [])
            for one in self._settings.section(name, self._settings.judged())
        ]
        secrets = [SecretSeen(one, []) for one in self._secrets(name)]
        can_try = name in self._trials.sections
        return SectionSeen(name, fields, secrets, self._settings.seen(), can_try)

    def refused(self, name: str, form: Mapping[str, str], proposal: Proposal | None) -> SectionSeen:
        """The same form as it was sent, with what is wrong beside each field."""
        shown = self.section(name)
        wrong = self._wrong(name, form, proposal)
        fields = []
        for one in shown.fields:
            text = composed(one.standing.name, form)
            typed = one.parts if text is None else parts(one.standing.name, text)
            fields.append(FieldSeen(one.standing, one.kind, typed, wrong.get(one.key, [])))
        secrets = [SecretSeen(one.standing, wrong.get(one.key, [])) for one in shown.secrets]
        known = {one.key for one in fields} | {one.key for one in secrets}
        elsewhere = list(proposal.elsewhere) if proposal else []
        elsewhere += [(f"[{name}]", said) for key in wrong.keys() - known for said in wrong[key]]
        return SectionSeen(name, fields, secrets, form.get("seen", ""), shown.can_try, elsewhere)

    def propose(self, name: str, form: Mapping[str, str], actor: str) -> Proposal:
        """What the form would change; nothing is written."""
        return self._settings.propose(self._given(name, form), actor)

    def save(self, name: str, form: Mapping[str, str], actor: str) -> Proposal:
        """Make the change, if nothing is wrong with it. Raises as `Settings.save` does."""
        draft = Draft(self._given(name, form), form.get("seen", ""))
        return self._settings.save(draft, actor)

    def is_right(self, name: str, form: Mapping[str, str], proposal: Proposal) -> bool:
        """Whether it may be saved or tried."""
        return proposal.is_right and not self._wrong(name, form, None)

    def try_out(self, proposal: Proposal, person: User, wording: Wording) -> Finding:
        """Really try it as it would be. Nothing is saved."""
        return self._trials.run(proposal.section, proposal.config, person, wording)

    def _given(self, name: str, form: Mapping[str, str]) -> Given:
        """What the form says: no more than this section has, no secret that it does not have."""
        texts = {}
        for key in SECTIONS[name].model_fields:
            text = composed((name, key), form)
            if text is not None and (name, key) in WORDS:
                texts[key] = text
        keys = [one.name[1] for one in self._secrets(name)]
        given = {key: form.get(f"{key}:secret", "")[:LONGEST_SECRET].strip() for key in keys}
        forgotten = frozenset(key for key in keys if form.get(f"{key}:forget"))
        texts = {key: text for key, text in texts.items() if key not in keys}
        return Given(name, texts, given, forgotten)

    def _wrong(
        self, name: str, form: Mapping[str, str], proposal: Proposal | None
    ) -> dict[str, list[Sentence]]:
        wrong = {key: list(said) for key, said in proposal.faults.items()} if proposal else {}
        has_hours = any(one.startswith("hours:") for one in form)
        if name == "firm" and has_hours and not composed(("firm", "hours"), form):
            wrong["hours"] = [Sentence(NO_DAY)]
        return wrong

    def _secrets(self, name: str) -> list[SecretStanding]:
        try:
            return self._settings.secrets(name)
        except ConfigError:
            return []  # the overview says that they cannot be read
