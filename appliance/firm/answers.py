"""What the firm says by itself: its texts and its usual questions.

Owns whatsapp_auto_replies and faq_entries.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from appliance.clock import Clock
from appliance.config import Firm
from appliance.errors import mark
from appliance.replies import hours, texts
from appliance.replies.faq import Entry
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import AutoReply, FaqEntry
from appliance.wording import Wording

LONGEST_TITLE = 24  # characters that Meta shows in a list
NO_TITLE = mark("a question needs a title: it names it in the menu")
LONG_TITLE = mark("the title has %(length)d characters; WhatsApp shows %(most)d")
NO_KEYWORDS = mark("a question needs a keyword: the words by which it is known")
_EXAMPLES: Mapping[str, tuple[str, str, str]] = {  # off until the firm has written its own
    "fr": ("Horaires", "horaires, heures d'ouverture, ouvert", "Le cabinet est ouvert {hours}."),
    "en": ("Opening hours", "hours, opening, open", "The firm is open {hours}."),
    "ar": ("أوقات العمل", "أوقات, متى تفتحون, ساعات العمل", "المكتب مفتوح {hours}."),
}


@dataclass(frozen=True)
class Draft:
    """A question as somebody wrote it."""

    language: str
    title: str
    keywords: str
    answer: str
    priority: int = 0
    enabled: bool = True


class Answers:
    """Kept as rows; read anew each time, so that a change counts at once."""

    def __init__(
        self, store: Store, clock: Clock, firm: Firm, wordings: Mapping[str, Wording]
    ) -> None:
        self._store = store
        self._clock = clock
        self._firm = firm
        self._wordings = wordings

    def seed(self) -> None:
        """At start: the texts that the firm has not, in every language; nothing is overwritten."""

        def unit() -> None:
            for trigger, versions in texts.DEFAULTS.items():
                for language, template in versions.items():
                    if rows.find(AutoReply, trigger=trigger, language=language) is None:
                        is_on = trigger not in texts.OFF_AT_FIRST
                        _insert_reply(trigger, language, template, is_on=is_on)
            if not FaqEntry.select().exists():
                for language, (title, keywords, answer) in _EXAMPLES.items():
                    draft = Draft(language, title, keywords, answer, enabled=False)
                    rows.insert(FaqEntry, **vars(draft))

        self._store.write(unit)

    def said(self, trigger: str, language: str, values: Mapping[str, str]) -> str | None:
        """What the firm says when this happens; None where it says nothing."""
        reply = rows.find(AutoReply, trigger=trigger, language=language)
        if reply is None or not reply.enabled:
            return None
        return self.filled(reply.message_template, language, values)

    def is_on(self, trigger: str, language: str) -> bool:
        """Whether the firm says anything when this happens."""
        return rows.find(AutoReply, trigger=trigger, language=language, enabled=True) is not None

    def filled(self, template: str, language: str, values: Mapping[str, str]) -> str:
        """A text with everything in braces that it may say."""
        return texts.fill(template, {**self._facts(language), **values})

    def preview(self, template: str, language: str) -> str:
        """What a client would read, with three documents as an example."""
        wording = self._wordings[language]
        documents = wording.plural("your document", "your %(count)d documents", 3, count=3)
        return self.filled(template, language, {"documents": documents, "count": "3"})

    def entries(self, *, all_of_them: bool = False) -> list[Entry]:
        """The questions that are answered, or all."""
        query = FaqEntry.select().order_by(FaqEntry.priority.desc(), FaqEntry.id)
        return [_entry(row) for row in query if row.enabled or all_of_them]

    def replies(self) -> Sequence[AutoReply]:
        """All texts, by what they are for."""
        return list(AutoReply.select().order_by(AutoReply.trigger, AutoReply.id))

    def save_reply(self, trigger: str, language: str, template: str, *, is_on: bool) -> None:
        """Keep a text. Raises InvalidTextError with everything that is wrong with it."""
        faults = texts.faults_of(trigger, template)
        if faults:
            raise InvalidTextError(faults)

        def unit() -> None:
            found = rows.find(AutoReply, trigger=trigger, language=language)
            if found is None:
                _insert_reply(trigger, language, template, is_on=is_on)
            else:
                rows.update(AutoReply, found.id, message_template=template, enabled=is_on)

        self._store.write(unit)

    def save_entry(self, draft: Draft, entry_id: int | None = None) -> int:
        """Keep a question, a new one without `entry_id`; its id. Raises InvalidTextError."""
        faults = list(_faults_of(draft))
        if faults:
            raise InvalidTextError(faults)
        values = vars(draft)

        def unit() -> int:
            if entry_id is None:
                return int(rows.insert(FaqEntry, **values).id)
            rows.update(FaqEntry, entry_id, **values)
            return entry_id

        return self._store.write(unit)

    def delete_entry(self, entry_id: int) -> None:
        """This question is not asked any more."""
        self._store.write(lambda: FaqEntry.delete_by_id(entry_id) and None)

    def _facts(self, language: str) -> dict[str, str]:
        firm, wording = self._firm, self._wordings[language]
        opens = hours.next_opening(self._clock.now(), firm.hours, firm.holidays, firm.zone)
        return {
            "firm": firm.name,
            "hours": wording.openings(firm.hours),
            "opens": wording.day_and_hour(opens) if opens else "",
        }


class InvalidTextError(ValueError):
    """What somebody wrote cannot be kept; `faults` are marked sentences with their values."""

    def __init__(self, faults: Sequence[tuple[str, dict[str, object]]]) -> None:
        super().__init__("; ".join(text % values for text, values in faults))
        self.faults = tuple(faults)


def _faults_of(draft: Draft) -> Iterator[tuple[str, dict[str, object]]]:
    if not draft.title.strip():
        yield NO_TITLE, {}
    if len(draft.title) > LONGEST_TITLE:
        yield LONG_TITLE, {"length": len(draft.title), "most": LONGEST_TITLE}
    if not _keywords(draft.keywords):
        yield NO_KEYWORDS, {}
    yield from texts.faults_of("outside_hours", draft.answer)


def _keywords(written: str) -> tuple[str, ...]:
    parts = written.replace("،", ",").replace(";", ",").replace("\n", ",").split(",")
    return tuple(part.strip() for part in parts if part.strip())


def _entry(row: FaqEntry) -> Entry:
    return Entry(row.id, row.language, row.title, _keywords(row.keywords), row.answer, row.priority)


def _insert_reply(trigger: str, language: str, template: str, *, is_on: bool) -> None:
    """Inside a unit."""
    values = {"trigger": trigger, "language": language, "message_template": template}
    rows.insert(AutoReply, **values, enabled=is_on)
