"""What the firm says by itself, as its page shows it: each text as a client reads it."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.firm.answers import Answers
from appliance.replies import faq, texts
from appliance.replies.faq import Found
from appliance.replies.language import language_of
from appliance.replies.optout import OptOut, wish
from appliance.store.models import FaqEntry
from appliance.wording import LANGUAGES


@dataclass(frozen=True)
class TextSeen:
    """One text: as it was written, and as a client reads it."""

    language: str
    template: str
    shown: str
    is_on: bool


@dataclass(frozen=True)
class QuestionSeen:
    """One usual question, and its answer as a client reads it."""

    row: FaqEntry
    shown: str


@dataclass(frozen=True)
class Trial:
    """What would happen to a message that somebody tries.

    `found`: every question that it asks, the one that answers first. `asleep`: one that would
    answer if it were switched on. `shown`: what the client would read.
    """

    question: str
    wish: OptOut | None
    found: Sequence[Found]
    asleep: Found | None
    is_letter: bool
    has_menu: bool
    shown: str


class AnswersBoard:
    """The firm's texts and usual questions. `shows_menu`: to a question that none answers."""

    def __init__(self, answers: Answers, *, shows_menu: bool) -> None:
        self.answers = answers
        self._shows_menu = shows_menu

    def texts(self) -> dict[str, list[TextSeen]]:
        """Every text by what it is for, in each language."""
        return {
            trigger: [self.text(trigger, language) for language in LANGUAGES]
            for trigger in texts.VARIABLES
        }

    def text(self, trigger: str, language: str) -> TextSeen:
        """One of them; an empty one that is off, where the store has none."""
        row = self.answers.reply(trigger, language)
        template = row.message_template if row else ""
        shown = self.answers.preview(template, language)
        return TextSeen(language, template, shown, bool(row and row.enabled))

    def variables(self, trigger: str, language: str) -> dict[str, str]:
        """What may stand in braces, and what it says today."""
        names = sorted(texts.VARIABLES[trigger])
        return {name: self.answers.preview(f"{{{name}}}", language) for name in names}

    def questions(self) -> list[QuestionSeen]:
        """Every usual question, those that go first first."""
        return [
            QuestionSeen(row, self.answers.preview(row.answer, row.language))
            for row in self.answers.questions()
        ]

    def try_out(self, question: str) -> Trial:
        """What would be answered to this, and why. Nothing is sent or written down."""
        meant, entries = wish(question), self.answers.entries()
        found = [] if meant else faq.ranked(question, entries)
        every = self.answers.entries(all_of_them=True)
        asleep = None if meant or found else faq.find(question, every)
        spoken = language_of(question)
        is_asked = not (meant or found) and faq.is_question(question)
        has_menu = self._shows_menu and any(entry.language == spoken for entry in entries)
        entry = found[0].entry if found else None
        return Trial(
            question=question,
            wish=meant,
            found=found,
            asleep=asleep,
            is_letter=faq.is_letter(question),
            has_menu=has_menu and is_asked,
            shown=self.answers.preview(entry.answer, entry.language) if entry else "",
        )
