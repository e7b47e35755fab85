"""What the firm says by itself: its texts and its usual questions.

Owns whatsapp_auto_replies and faq_entries.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from appliance.clock import Clock
from appliance.config import Firm
from appliance.errors import mark
from appliance.folding import words
from appliance.replies import hours, texts
from appliance.replies.faq import Entry
from appliance.store import rows
from appliance.store.database import Note, NumberedNote, Store, by_nobody
from appliance.store.models import AutoReply, FaqEntry
from appliance.wording import Wording

LONGEST_TITLE = 24  # characters that Meta shows in a list
NO_TITLE = mark("a question needs a title: it names it in the menu")
LONG_TITLE = mark("the title has %(length)d characters; WhatsApp shows %(most)d")
NO_KEYWORDS = mark("a question needs a keyword: the words by which it is known")
STRANGE_PRIORITY = mark("the priority is a whole number from %(least)d to %(most)d")
MOST_PRIORITY = 99
_EXAMPLES = (  # off until the firm has looked at them
    ("fr", "Horaires", "horaires, heures d'ouverture, ouvert", "Le cabinet est ouvert {hours}."),
    ("en", "Opening hours", "opening hours, open", "The firm is open {hours}."),
    ("ar", "أوقات العمل", "أوقات العمل, متى تفتحون, ساعات العمل", "المكتب مفتوح {hours}."),
    (
        "fr",
        "Rendez-vous",
        "rendez-vous, rdv",
        "Écrivez-nous ici le jour qui vous convient : une personne du cabinet vous répondra.",
    ),
    (
        "en",
        "Appointment",
        "appointment",
        "Write to us here which day suits you: somebody of the firm will answer.",
    ),
    ("ar", "موعد", "موعد, مواعيد", "اكتبوا لنا هنا اليوم الذي يناسبكم، وسيجيبكم أحد من المكتب."),
    (
        "fr",
        "Envoyer un document",
        "envoyer document, envoyer photos, envoyer pièces",
        "Envoyez-le ici, en photo ou en PDF : {firm} vous confirmera qu'il est arrivé.",
    ),
    (
        "en",
        "Send a document",
        "send document, send photos",
        "Send it here, as a photo or a PDF: {firm} will confirm that it has arrived.",
    ),
    (
        "ar",
        "إرسال وثيقة",
        "أرسل وثيقة, إرسال الوثائق",
        "أرسلوها هنا، صورة أو ملف PDF: سيؤكد لكم {firm} وصولها.",
    ),
)


class Wrong(NamedTuple):
    """One thing wrong with what somebody wrote: where, a marked sentence, and its values."""

    field: str
    text: str
    values: Mapping[str, object]


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
            is_first = not AutoReply.select().exists()
            for trigger, versions in texts.DEFAULTS.items():
                for language, template in versions.items():
                    if rows.find(AutoReply, trigger=trigger, language=language) is None:
                        is_on = trigger not in texts.OFF_AT_FIRST
                        _insert_reply(trigger, language, template, is_on=is_on)
            if is_first and not FaqEntry.select().exists():  # who deletes one does not want it back
                for example in _EXAMPLES:
                    rows.insert(FaqEntry, **vars(Draft(*example, enabled=False)))

        self._store.write(unit)

    def said(self, trigger: str, language: str, values: Mapping[str, str]) -> str | None:
        """What the firm says when this happens; None where it says nothing.

        A language without a text is answered in the firm's own, else in French; one whose text is
        switched off is answered nothing.
        """
        reply = self._reply_for(trigger, language)
        if reply is None or not reply.enabled:
            return None
        return self.filled(reply.message_template, reply.language, values)

    def is_on(self, trigger: str, language: str) -> bool:
        """Whether the firm says anything when this happens."""
        reply = self._reply_for(trigger, language)
        return reply is not None and bool(reply.enabled)

    def _reply_for(self, trigger: str, language: str) -> AutoReply | None:
        spoken = dict.fromkeys((language, self._firm.language, "fr"))
        found = (self.reply(trigger, each) for each in spoken)
        return next((reply for reply in found if reply is not None), None)

    def filled(self, template: str, language: str, values: Mapping[str, str]) -> str:
        """A text with everything in braces that it may say."""
        return texts.fill(template, {**self._facts(language), **values})

    def preview(self, template: str, language: str) -> str:
        """What a client would read, with three documents as an example."""
        wording = self._wordings[language]
        documents = wording.plural("your document", "your %(count)d documents", 3, count=3)
        day = wording.day_in_words(self._clock.now())
        example = {"documents": documents, "count": "3", "day": day}
        return self.filled(template, language, example)

    def entries(self, *, all_of_them: bool = False) -> list[Entry]:
        """The questions that are answered, or all."""
        return [_entry(row) for row in self.questions() if row.enabled or all_of_them]

    def questions(self) -> Sequence[FaqEntry]:
        """All questions as rows, those that go first first."""
        return list(FaqEntry.select().order_by(FaqEntry.priority.desc(), FaqEntry.id))

    def question(self, entry_id: int) -> FaqEntry | None:
        """One of them."""
        return rows.find(FaqEntry, id=entry_id)

    def reply(self, trigger: str, language: str) -> AutoReply | None:
        """The text for it, switched on or off."""
        return rows.find(AutoReply, trigger=trigger, language=language)

    def replies(self) -> Sequence[AutoReply]:
        """All texts, by what they are for."""
        return list(AutoReply.select().order_by(AutoReply.trigger, AutoReply.id))

    def save_reply(
        self, trigger: str, language: str, template: str, note: Note = by_nobody, *, is_on: bool
    ) -> None:
        """Keep a text. Raises InvalidTextError with everything that is wrong with it."""
        template = _tidy(template)
        if faults := faults_of_text(trigger, template):
            raise InvalidTextError(faults)

        def unit() -> None:
            found = self.reply(trigger, language)
            if found is None:
                _insert_reply(trigger, language, template, is_on=is_on)
            else:
                rows.update(AutoReply, found.id, message_template=template, enabled=is_on)
            note()

        self._store.write(unit)

    def switch_reply(
        self, trigger: str, language: str, note: Note = by_nobody, *, is_on: bool
    ) -> None:
        """From now on it is said, or not."""
        change = AutoReply.update(enabled=is_on).where(
            AutoReply.trigger == trigger, AutoReply.language == language
        )

        def unit() -> None:
            change.execute()
            note()

        self._store.write(unit)

    def save_entry(
        self, draft: Draft, entry_id: int | None = None, note: NumberedNote = by_nobody
    ) -> int:
        """Keep a question, a new one without `entry_id` or where that one is gone; its id.

        Raises InvalidTextError with everything that is wrong with it.
        """
        if faults := list(faults_of(draft)):
            raise InvalidTextError(faults)
        values = vars(draft) | {"title": draft.title.strip(), "answer": _tidy(draft.answer)}

        def unit() -> int:
            kept = entry_id
            if kept is None or self.question(kept) is None:
                kept = int(rows.insert(FaqEntry, **values).id)
            else:
                rows.update(FaqEntry, kept, **values)
            note(kept)
            return kept

        return self._store.write(unit)

    def delete_entry(self, entry_id: int, note: Note = by_nobody) -> bool:
        """This question is not answered any more. False: it was gone already."""
        return bool(self._store.act(lambda: FaqEntry.delete_by_id(entry_id), note))

    def _facts(self, language: str) -> dict[str, str]:
        firm, wording = self._firm, self._wordings[language]
        opens = hours.next_opening(self._clock.now(), firm.hours, firm.holidays, firm.zone)
        return {
            "firm": firm.name,
            "hours": wording.openings(firm.hours),
            "opens": wording.day_and_hour(opens) if opens else "",
        }


class InvalidTextError(ValueError):
    """What somebody wrote cannot be kept; `faults` says everything that is wrong with it."""

    def __init__(self, faults: Sequence[Wrong]) -> None:
        super().__init__("; ".join(fault.text % fault.values for fault in faults))
        self.faults = tuple(faults)


def faults_of_text(trigger: str, template: str) -> list[Wrong]:
    """Everything that is wrong with a text."""
    return [Wrong("text", *fault) for fault in texts.faults_of(trigger, template)]


def faults_of(draft: Draft) -> Iterator[Wrong]:
    """Everything that is wrong with a question."""
    title = draft.title.strip()
    if not title:
        yield Wrong("title", NO_TITLE, {})
    if len(title) > LONGEST_TITLE:
        yield Wrong("title", LONG_TITLE, {"length": len(title), "most": LONGEST_TITLE})
    if not _keywords(draft.keywords):
        yield Wrong("keywords", NO_KEYWORDS, {})
    if abs(draft.priority) > MOST_PRIORITY:
        bounds = {"least": -MOST_PRIORITY, "most": MOST_PRIORITY}
        yield Wrong("priority", STRANGE_PRIORITY, bounds)
    for fault in texts.faults_of("outside_hours", draft.answer):
        yield Wrong("answer", *fault)


def _tidy(text: str) -> str:
    """Forms send a line's end as two characters; WhatsApp counts and shows one."""
    return text.replace("\r\n", "\n").strip()


def _keywords(written: str) -> tuple[str, ...]:
    """What stands between commas, as far as it has a word in it."""
    parts = written.replace("،", ",").replace(";", ",").replace("؛", ",").replace("\n", ",")
    return tuple(part.strip() for part in parts.split(",") if words(part))


def _entry(row: FaqEntry) -> Entry:
    return Entry(row.id, row.language, row.title, _keywords(row.keywords), row.answer, row.priority)


def _insert_reply(trigger: str, language: str, template: str, *, is_on: bool) -> None:
    """Inside a unit."""
    values = {"trigger": trigger, "language": language, "message_template": template}
    rows.insert(AutoReply, **values, enabled=is_on)
