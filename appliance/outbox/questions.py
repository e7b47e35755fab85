"""Which dossier? What a client touched in the list that we sent. Owns questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.outbox import lists
from appliance.outbox.posting import CONFIRMED
from appliance.replies.announcements import Kind
from appliance.store import models, rows
from appliance.store.models import DossierStatus

QUESTIONS = frozenset({Kind.ASK_DOSSIER, Kind.ASK_AGAIN})


@dataclass(frozen=True)
class Choice:
    """The list that was answered, the dossier (None: they do not know), what it was about."""

    asked: models.Outgoing
    dossier: models.Dossier | None
    messages: Sequence[models.Message]


def choice_of(message: models.Message, line_id: str) -> Choice | None:
    """What this touch decides. None: it is no answer to us, or it was answered before.

    An id comes from outside: only whom we asked may answer, and only with a dossier of their own
    that is still open.
    """
    said = lists.chosen(line_id)
    if said is None:
        return None
    callback, dossier_id = said
    asked = rows.find(models.Outgoing, callback=callback)
    if asked is None or asked.kind not in QUESTIONS or not _is_same_person(asked, message):
        return None
    answered = rows.find(models.Question, outgoing=asked)
    if answered is not None and answered.answer_wamid != message.wamid:
        return None
    dossier = None
    if dossier_id is not None:
        dossier = rows.find(
            models.Dossier, id=dossier_id, client=asked.client_id, status=DossierStatus.ACTIVE
        )
        if dossier is None:
            return None
    items = asked.items.where(models.OutgoingItem.kind.in_((CONFIRMED, Kind.ASK_AGAIN)))
    sent = [item.message for item in items.order_by(models.OutgoingItem.id)]
    return Choice(asked, dossier, [each for each in sent if _is_of(asked.client_id, each)])


def note(choice: Choice, message: models.Message, now: datetime) -> None:
    """Inside a unit: the question is answered."""
    asked = choice.asked
    if rows.find(models.Question, outgoing=asked) is None:
        rows.insert(
            models.Question,
            outgoing=asked,
            correspondent=message.correspondent_id,
            client=asked.client_id,
            asked_at=asked.sent_at or asked.created_at,
            answered_at=now,
            dossier=choice.dossier,
            answer_wamid=message.wamid,
        )


def _is_of(client_id: int | None, message: models.Message) -> bool:
    """Whether what it brought is that client's: a burst may hold a stranger's, too."""
    document = message.document
    return document is not None and document.client_id == client_id


def _is_same_person(asked: models.Outgoing, message: models.Message) -> bool:
    same = asked.correspondent_id
    return same is not None and same == message.correspondent_id
