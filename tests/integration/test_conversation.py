"""What people write is answered seldom, rightly, and never over anybody's head."""

from datetime import date, timedelta

import pytest

from appliance.demo import cast
from appliance.firm.answers import Draft
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from tests.integration.conftest import Office
from tests.support import until

STRANGER = "21699000111"
HOURS = Draft("fr", "Horaires", "horaires, heures d'ouverture", "Ouvert {hours}.", priority=1)


@pytest.fixture
def amel(meta: Meta) -> Phone:
    return meta.phone(cast.BEN_YOUSSEF, "Amel")


def says(office: Office, meta: Meta, phone: Phone, *texts: str) -> list[str]:
    """What they are answered, in order."""
    before = len(phone.received)
    for text in texts:
        phone.writes(text)
        meta.settle()
        office.rests()
    meta.settle()
    return [sent.text for sent in phone.received[before:]]


def closed(office: Office) -> None:
    """The firm's day off is today, and it says so."""
    text = "{firm} est fermé. Réouverture : {opens}."
    office.answers.save_reply("outside_hours", "fr", text, is_on=True)


def test_a_usual_question_is_answered_once_a_day(office: Office, meta: Meta, amel: Phone) -> None:
    office.answers.save_entry(HOURS)
    said = says(office, meta, amel, "Bonjour, quels sont vos HORAIRES ?", "et les horaires ?")
    assert said == ["Ouvert du lundi au vendredi, de 9\u00a0h à 18\u00a0h."]


def test_what_nobody_knows_is_left_to_people(office: Office, meta: Meta, amel: Phone) -> None:
    office.answers.save_entry(HOURS)
    assert says(office, meta, amel, "Où en est mon affaire ?") == []
    assert models.Message.get().status == "processed"


def test_a_stranger_is_told_once_that_nobody_knows_them(office: Office, meta: Meta) -> None:
    phone = meta.phone(STRANGER, "Inconnu")
    (said,) = says(office, meta, phone, "Bonjour", "Vous êtes là ?")
    assert "pas encore connu" in said
    assert "STOP" in said


def test_stop_stops_what_is_automatic_and_never_the_filing(
    office: Office, meta: Meta, amel: Phone
) -> None:
    office.answers.save_entry(HOURS)
    (said,) = says(office, meta, amel, "Stop !", "STOP", "Vos horaires ?")
    assert "plus de message automatique" in said
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    meta.settle()
    office.rests()
    assert models.Document.get().status == "filed"
    assert len(amel.received) == 1, "filed, and not a word"

    assert len(says(office, meta, amel, "reprendre", "Vos horaires ?")) == 2


def test_a_stop_takes_back_what_has_not_left(office: Office, meta: Meta, amel: Phone) -> None:
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    meta.settle()
    until(lambda: models.Outgoing.select().where(models.Outgoing.channel == "whatsapp").exists())
    (said,) = says(office, meta, amel, "stop")
    assert "plus de message automatique" in said


def test_outside_hours_a_text_is_told_when_somebody_is_there(
    office: Office, meta: Meta, amel: Phone, closed_today: None
) -> None:
    closed(office)
    (said,) = says(office, meta, amel, "Bonjour Maître", "Je voulais savoir")
    assert said.startswith("Cabinet Trabelsi est fermé. Réouverture : ")


def test_outside_hours_a_document_is_confirmed_in_the_same_message(
    office: Office, meta: Meta, amel: Phone, closed_today: None
) -> None:
    closed(office)
    for name in ("un", "deux"):
        amel.sends(cast.pdf(name), filename=f"{name}.pdf")
    meta.settle()
    office.rests()
    (sent,) = amel.received
    assert sent.text.count("est fermé") == 1
    assert "vos 2 documents" in sent.text
    amel.sends(cast.pdf("trois"), filename="trois.pdf")
    meta.settle()
    office.rests()
    assert "fermé" not in amel.received[-1].text, "once a day"


def test_nothing_is_said_over_the_head_of_a_person_who_answers(
    office: Office, meta: Meta, amel: Phone
) -> None:
    """The lawyer typed on the firm's own phone: Meta echoes it (Coexistence)."""
    office.answers.save_entry(HOURS)
    now = amel._network.clock()
    echo = {
        "from": meta.account.display_phone_number,
        "to": cast.BEN_YOUSSEF,
        "id": "wamid.ECHO",
        "timestamp": str(int(now)),
        "type": "text",
        "text": {"body": "Je vous réponds tout de suite."},
    }
    office.inbox.keep(b"{}", _echo(echo))
    assert says(office, meta, amel, "Vos horaires ?") == []


def test_a_robot_is_not_talked_to_for_ever(office: Office, meta: Meta, amel: Phone) -> None:
    for number in range(8):
        draft = Draft("fr", f"Q{number}", f"mot{number}", f"Réponse {number}", priority=number)
        office.answers.save_entry(draft)
    asked = [f"mot{number}" for number in range(8)]
    assert len(says(office, meta, amel, *asked)) <= 5
    said = says(office, meta, meta.phone(STRANGER, "Bot"), "Ceci est une réponse automatique. mot1")
    assert said == []


def test_the_client_chooses_the_dossier_by_touching_a_line(office: Office, meta: Meta) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    for name in ("un", "deux"):
        karim.sends(cast.pdf(name), filename=f"{name}.pdf")
    meta.settle()
    office.rests()
    (asked,) = karim.received
    rows = asked.body["interactive"]["action"]["sections"][0]["rows"]
    titles = [row["title"] for row in rows]
    assert titles[-1] == "Je ne sais pas"
    assert not any("Succession" in title or "c/" in title for title in titles)
    assert {d.status for d in models.Document.select()} == {"pending"}

    karim.taps(asked, rows[0]["id"])
    meta.settle()
    office.rests()

    documents = list(models.Document.select())
    assert {d.status for d in documents} == {"filed"}
    assert {d.reason for d in documents} == {"chosen_by_client"}
    assert {d.dossier.reference for d in documents} == {titles[0]}
    assert all(not name.startswith("_A rattacher") for name in office.files)
    assert "vos 2 documents" in karim.received[-1].text

    karim.taps(asked, rows[1]["id"])
    meta.settle()
    office.rests()
    assert {d.dossier.reference for d in models.Document.select()} == {titles[0]}


def test_nobody_else_can_answer_for_them(office: Office, meta: Meta, amel: Phone) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    karim.sends(cast.pdf("un"), filename="un.pdf")
    meta.settle()
    office.rests()
    (asked,) = karim.received
    row = asked.body["interactive"]["action"]["sections"][0]["rows"][0]
    touch(amel, asked.wamid, row["id"], row["title"])
    touch(karim, asked.wamid, row["id"].rsplit(":", 1)[0] + ":1", "a dossier of somebody else's")
    meta.settle()
    office.rests()
    assert models.Document.get().status == "pending"


def test_who_does_not_know_leaves_it_to_the_firm(office: Office, meta: Meta) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    karim.sends(cast.pdf("un"), filename="un.pdf")
    meta.settle()
    office.rests()
    (asked,) = karim.received
    row = asked.body["interactive"]["action"]["sections"][0]["rows"][-1]
    karim.taps(asked, row["id"])
    meta.settle()
    office.rests()
    assert models.Document.get().status == "pending"
    assert models.Question.get().dossier is None


def test_who_hides_their_number_is_asked_for_it_once(office: Office, meta: Meta) -> None:
    phone = meta.phone(None, "Selma", "TN.4242")
    phone.writes("Bonjour")
    phone.writes("Il y a quelqu'un ?")
    meta.settle()
    office.rests()
    kinds = [sent.body["interactive"]["type"] for sent in phone.received if sent.type != "text"]
    assert kinds == ["contact_request"]


def test_what_could_not_be_read_is_named_in_the_confirmation(
    office: Office, meta: Meta, amel: Phone
) -> None:
    kept = amel.sends(cast.photo("un"), mime_type="image/jpeg")
    assert kept
    amel.posts({"type": "image", "image": {"id": "no-such-media", "mime_type": "image/jpeg"}})
    meta.settle()
    office.rests(40)
    meta.settle()
    texts = "\n".join(sent.text for sent in amel.received)
    assert "votre photo" in texts
    assert "n’a pas pu être lu" in texts


def touch(phone: Phone, wamid: str, line_id: str, title: str) -> None:
    phone.posts(
        {
            "context": {"from": phone._network.account.display_phone_number, "id": wamid},
            "type": "interactive",
            "interactive": {"type": "list_reply", "list_reply": {"id": line_id, "title": title}},
        }
    )


def _echo(item: dict[str, object]) -> list[object]:
    from appliance.inbox import envelope

    change = {"field": "smb_message_echoes", "value": {"message_echoes": [item]}}
    return envelope.read({"entry": [{"id": "1", "changes": [change]}]})


@pytest.fixture
def closed_today(office: Office) -> None:
    """The office's settings are frozen: its fixture takes holidays from the environment."""
    now = office.outbox._clock.now()
    days = [(now + timedelta(days=d)).date() for d in (-1, 0, 1)]
    object.__setattr__(office.config.firm, "holidays", tuple(map(_same, days)))


def _same(day: date) -> date:
    return day


@pytest.mark.parametrize("is_on", [False, True])
def test_the_two_blue_ticks_are_a_choice(
    office: Office, meta: Meta, amel: Phone, *, is_on: bool
) -> None:
    object.__setattr__(office.config.whatsapp, "mark_as_read", is_on)
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    meta.settle()
    office.rests()
    mine = [line.tick for line in amel.lines if line.mine]
    assert mine == (["read"] if is_on else ["delivered"])
    assert len(meta.accepted) == 1, "a tick is no message"


def test_that_an_answer_is_being_written_is_a_choice_too(
    office: Office, meta: Meta, amel: Phone
) -> None:
    object.__setattr__(office.config.whatsapp, "typing", True)
    office.answers.save_entry(HOURS)
    assert len(says(office, meta, amel, "Vos horaires ?")) == 1
    row = models.Outgoing.get(models.Outgoing.kind == "read")
    assert '"typing_indicator"' in row.content
    assert row.status == "sent"
