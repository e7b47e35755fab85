"""The list of conversations, one conversation, and what people do with it."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from appliance.clock import SystemClock
from appliance.dashboard import talk_board, threads_board
from appliance.dashboard.bubbles import Key
from appliance.demo import cast
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.wording import LANGUAGES
from tests.integration.conftest import Office
from tests.integration.talker import (
    Talker,
    answer,
    audited,
    form_of,
    press,
    talker_of,
    words,
)

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"
NOUR = cast.ASSISTANT


@pytest.fixture
def desk(office: Office, meta: Meta) -> Talker:
    return talker_of(office, meta)


@pytest.fixture
def amel(meta: Meta) -> Phone:
    return meta.phone(cast.BEN_YOUSSEF, "Amel")


@pytest.fixture
def karim(meta: Meta) -> Phone:
    return meta.phone(cast.GHARBI, "Karim")


def alive(page: str) -> list[str]:
    """What a page of ours never holds: scripts and styles within it."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            names = {name for name, _ in attrs}
            if tag == "style" or (tag == "script" and "src" not in names):
                found.append(tag)
            found.extend(name for name in names if name.startswith("on") or name == "style")

    Reader().feed(page)
    return found


def listed(browser: FlaskClient, **asked: str) -> list[str]:
    """The names in the list, in its order."""
    page = browser.get("/conversations", query_string=asked).text
    return re.findall(r'<span class="thread-who"><bdi>([^<]+)</bdi>', page)


def counts(browser: FlaskClient) -> dict[str, int]:
    page = browser.get("/conversations").text
    found = re.findall(r'>([^<>]+) <span class="count">(\d+)</span>', page)
    return {name.strip(): int(count) for name, count in found}


def test_without_conversations_the_page_says_how_they_come(desk: Talker) -> None:
    page = words(desk.browser().get("/conversations?show=all").text)
    assert "Nobody has written yet." in page


def test_the_newest_conversation_stands_first_and_says_what_was_said(
    desk: Talker, amel: Phone, karim: Phone
) -> None:
    desk.hears(amel, "Bonjour")
    desk.hears(karim, "Salut")
    browser = desk.browser()
    assert listed(browser) == ["Karim Gharbi", "Amel Ben Youssef"]
    desk.hears(amel, "Encore moi")
    assert listed(browser) == ["Amel Ben Youssef", "Karim Gharbi"]
    assert "Encore moi" in words(browser.get("/conversations").text)


def test_what_greffier_says_by_itself_does_not_hide_what_they_wrote(
    desk: Talker, meta: Meta
) -> None:
    desk.hears(meta.phone("21699123456", "Rim"), "Puis-je venir mardi ?")
    assert models.Outgoing.select().where(models.Outgoing.author.is_null()).exists()
    page = words(desk.browser().get("/conversations").text)
    assert "Puis-je venir mardi" in page
    assert "Automatic:" not in page


def test_what_is_unread_is_ones_own(desk: Talker, amel: Phone) -> None:
    salma, nour = desk.browser(), desk.browser(NOUR, "assistant")
    person = desk.hears(amel, "Un")
    desk.hears(amel, "Deux")
    assert "2 unread" in salma.get("/conversations").text
    salma.get(f"/conversations/{person}?part=1")
    assert "2 unread" in salma.get("/conversations").text, (
        "a page that asks by itself reads nothing"
    )
    salma.get(f"/conversations/{person}")
    assert "unread</span>" not in salma.get("/conversations").text
    assert "2 unread" in nour.get("/conversations").text
    desk.hears(amel, "Trois")
    assert "1 unread" in salma.get("/conversations").text
    assert listed(salma, show="unread") == ["Amel Ben Youssef"]
    salma.get(f"/conversations/{person}")
    assert listed(salma, show="unread") == []
    assert press(salma, f"/conversations/{person}/unread").location == "/conversations"
    assert listed(salma, show="unread") == ["Amel Ben Youssef"]


def test_a_message_that_is_ready_late_is_unread_all_the_same(
    desk: Talker, office: Office, amel: Phone
) -> None:
    """Messages are worked on side by side: the older one may be known last."""
    browser = desk.browser()
    person = desk.hears(amel, "Un")
    desk.hears(amel, "Deux")
    first = models.Message.select().order_by(models.Message.id).first()
    table = models.Message
    without = table.update(correspondent=None).where(table.id == first.id)
    office.store.write(without.execute)
    browser.get(f"/conversations/{person}")
    known = table.update(correspondent=person).where(table.id == first.id)
    office.store.write(known.execute)
    assert listed(browser, show="unread") == ["Amel Ben Youssef"]


def test_who_is_given_a_conversation_sees_it_today(desk: Talker, amel: Phone, karim: Phone) -> None:
    salma, nour = desk.browser(), desk.browser(NOUR, "assistant")
    person = desk.hears(amel, "Bonjour")
    desk.hears(karim, "Salut")
    assert "Conversations given to you" not in nour.get("/").text
    to = models.User.get(models.User.name == NOUR).id
    press(salma, f"/conversations/{person}/assign", to=str(to))
    assert f"\u2068{NOUR}\u2069's now" in words(salma.get(f"/conversations/{person}").text)
    today = words(nour.get("/?part=1").text)
    assert "Conversations given to you Amel Ben Youssef" in today
    assert "Conversations given to you" not in salma.get("/").text
    assert listed(nour, show="mine") == ["Amel Ben Youssef"]
    assert listed(nour, show="unassigned") == ["Karim Gharbi"]
    assert (cast.LAWYER, "conversation assigned", str(person), NOUR) in audited()

    press(salma, f"/conversations/{person}/assign", to="")
    assert "Conversations given to you" not in nour.get("/").text
    press(salma, f"/conversations/{person}/assign", to="98765")
    assert "Nobody of this name may answer" in words(salma.get(f"/conversations/{person}").text)


def test_nothing_is_given_to_who_does_not_see_it_or_may_not_answer(
    desk: Talker, amel: Phone
) -> None:
    salma = desk.browser()
    desk.browser("Other", "avocat")
    desk.users.add("root", "admin", None, "un mot de passe long")
    person = desk.hears(amel, "Bonjour")
    for name, told in (("Other", "does not see this client"), ("root", "Nobody of this name")):
        to = models.User.get(models.User.name == name).id
        press(salma, f"/conversations/{person}/assign", to=str(to))
        assert told in words(salma.get(f"/conversations/{person}").text)
    assert not models.Thread.select().where(models.Thread.assigned.is_null(False)).exists()


def test_what_is_done_leaves_the_list_and_comes_back_with_the_next_message(
    desk: Talker, amel: Phone, karim: Phone
) -> None:
    browser = desk.browser()
    theirs = desk.hears(karim, "Salut")
    person = desk.hears(amel, "Bonjour")
    page = browser.get(f"/conversations/{person}").text
    following = re.search(r'name="next" value="(\d+)"', page)
    count = re.search(r'name="count" value="(\d+)"', page)
    assert following
    assert count
    form = {"count": count[1], "next": following[1]}
    done = press(browser, f"/conversations/{person}/done", **form)
    assert done.location == f"/conversations/{theirs}", "and the next one"
    assert listed(browser) == ["Karim Gharbi"]
    assert listed(browser, show="done") == ["Amel Ben Youssef"]
    assert (cast.LAWYER, "conversation done", str(person), None) in audited()

    desk.hears(amel, "Une question encore")
    assert listed(browser) == ["Amel Ben Youssef", "Karim Gharbi"]
    press(browser, f"/conversations/{person}/done", **form)
    assert "Amel Ben Youssef" in listed(browser), "what came since was not seen"

    more = press(browser, f"/conversations/{person}/done", count="9" * 18, next="9" * 25)
    assert more.location == "/conversations"
    assert listed(browser) == ["Karim Gharbi"]
    desk.hears(amel, "Et une autre")
    assert "Amel Ben Youssef" in listed(browser), "what was not there yet is not done"


def test_a_note_stands_in_one_place_of_its_row_and_is_kept_once(desk: Talker, amel: Phone) -> None:
    browser, person = desk.browser(), desk.hears(amel, "Bonjour")
    form = form_of(browser, person) | {"note": "Rappeler avant midi"}
    for _ in range(2):
        kept = browser.post(f"/conversations/{person}/note", data=form)
        assert kept.location == f"/conversations/{person}#note", "the next note is written there"
    (row,) = models.ThreadNote.select()
    assert row.body == "Rappeler avant midi"
    assert "Rappeler" not in row.dedupe_key


def test_a_window_that_closes_soon_is_found(
    desk: Talker, office: Office, amel: Phone, karim: Phone
) -> None:
    desk.hears(karim, "Salut")
    person = desk.hears(amel, "Bonjour")
    table = models.Correspondent
    wrote_at = SystemClock().now() - timedelta(hours=21)
    late = table.update(last_wrote_at=wrote_at).where(table.id == person)
    office.store.write(late.execute)
    browser = desk.browser()
    assert listed(browser, show="closing") == ["Amel Ben Youssef"]
    page = words(browser.get(f"/conversations/{person}").text)
    assert "Free answers are possible for another 2 h 54 min" in page
    assert counts(browser)["Window closing"] == 1


@pytest.mark.parametrize("sought", ["youssef", "AMEL", "111222", "20 111 222"])
def test_a_conversation_is_found_by_name_and_number(
    desk: Talker, amel: Phone, karim: Phone, sought: str
) -> None:
    desk.hears(karim, "Salut")
    desk.hears(amel, "Bonjour")
    browser = desk.browser()
    assert listed(browser, q=sought) == ["Amel Ben Youssef"]
    assert listed(browser, q="nobody of this name") == []
    assert "No conversation with such a name" in browser.get("/conversations?q=zzz").text


def test_the_list_goes_on_where_its_page_ends(desk: Talker, office: Office) -> None:
    many = threads_board.SHOWN + 5
    now = SystemClock().now()

    def people() -> None:
        for number in range(many):
            person = models.Correspondent.create(profile_name=f"P{number:03}", created_at=now)
            models.Message.create(
                wamid=f"wamid.{number}",
                sender=f"+2165000{number:04}",
                type="text",
                body="Bonjour",
                status="processed",
                received_at=now - timedelta(minutes=number // 3),
                raw="{}",
                correspondent=person,
            )

    office.store.write(people)
    browser = desk.browser()
    first = listed(browser, show="all")
    older = re.search(r'rel="next" href="([^"]+)"', browser.get("/conversations?show=all").text)
    assert older
    rest = re.findall(r'thread-who"><bdi>([^<]+)', browser.get(older[1].replace("&amp;", "&")).text)
    assert len(first) == threads_board.SHOWN
    assert sorted(first + rest) == [f"P{number:03}" for number in range(many)]


# One conversation.


def test_what_was_said_is_shown_with_its_edits_quotes_and_reactions(
    desk: Talker, amel: Phone
) -> None:
    person = desk.hears(amel, "Mon loyer est de 500")
    first = models.Message.get().wamid
    amel.edits(first, "Mon loyer est de 600")
    browser = desk.browser()
    answer(browser, person, "Bien noté.")
    desk.settles()
    ours = desk.row().remote_id
    amel.reacts(ours, "👍")
    amel.writes("Merci", id=ours)
    gone = amel.writes("Oubliez cela")
    desk.settles()
    amel.revokes(gone)
    desk.settles()
    page = words(browser.get(f"/conversations/{person}").text)
    assert "Corrected by its sender: Mon loyer est de 600" in page
    assert "Mon loyer est de 500" in page, "what was received stays"
    assert "Reactions: 👍" in page
    assert "The firm Bien noté. Merci" in page
    assert "Oubliez cela Deleted by its sender" in page
    assert "✓✓ delivered to their phone" in page


def test_what_greffier_said_by_itself_is_marked_so(desk: Talker, amel: Phone) -> None:
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    desk.settles()
    person = models.Message.get().correspondent_id
    page = words(desk.browser().get(f"/conversations/{person}").text)
    assert "Automatic, by Greffier: confirmation to the client" in page
    assert "bail.pdf" in page


def test_what_waits_to_be_filed_leads_to_the_pile(desk: Talker, meta: Meta) -> None:
    meta.phone("21698000111", "Inconnu").sends(cast.pdf("BAIL"), filename="bail.pdf")
    desk.settles()
    person = models.Message.get().correspondent_id
    page = desk.browser().get(f"/conversations/{person}").text
    assert '<a href="/pending">to be filed</a>' in page


def test_what_was_written_on_the_firms_phone_is_there(
    desk: Talker, meta: Meta, amel: Phone
) -> None:
    person = desk.hears(amel, "Bonjour")
    for number, told in ((cast.BEN_YOUSSEF, "De mon téléphone"), (cast.GHARBI, "À un autre")):
        echo = {
            "from": meta.account.display_phone_number,
            "to": number,
            "id": f"wamid.ECHO{number}",
            "timestamp": str(int(amel._network.clock())),
            "type": "text",
            "text": {"body": told},
        }
        meta.tells_account("smb_message_echoes", {"message_echoes": [echo]})
    desk.settles()
    page = words(desk.browser().get(f"/conversations/{person}").text)
    assert "Written on the firm's phone De mon téléphone" in page
    assert "À un autre" not in page


def test_older_words_are_a_page_further_and_none_is_lost_or_twice(
    desk: Talker, office: Office, amel: Phone
) -> None:
    person = desk.hears(amel, "Zéro")
    now = SystemClock().now()
    many = 2 * talk_board.SHOWN + 7

    def history() -> None:
        for number in range(1, many):
            at = now - timedelta(minutes=number // 4)  # several share an instant
            values = {"correspondent": person, "body": f"mot{number:03}."}
            if number % 3 == 0:
                models.ThreadNote.create(
                    author="Nour", created_at=at, dedupe_key=f"n{number}", **values
                )
            elif number % 3 == 1:
                models.Outgoing.create(
                    channel="whatsapp",
                    kind="answer",
                    author="Nour",
                    recipient=f"+{cast.BEN_YOUSSEF}",
                    status="read",
                    dedupe_key=f"k{number}",
                    callback=f"c{number}",
                    created_at=at,
                    **values,
                )
            else:
                models.Message.create(
                    wamid=f"wamid.H{number}",
                    sender=f"+{cast.BEN_YOUSSEF}",
                    type="text",
                    status="processed",
                    received_at=at,
                    raw="{}",
                    **values,
                )

    office.store.write(history)
    browser, address, seen = desk.browser(), f"/conversations/{person}?part=1", []
    for _ in range(4):
        page = browser.get(address).text
        seen = re.findall(r"mot(\d{3})\.", page) + seen
        older = re.search(r'rel="prev" href="([^"]+)"', page)
        if older is None:
            break
        address = older[1].replace("&amp;", "&") + "&part=1"
    assert sorted(seen) == [f"{number:03}" for number in range(1, many)]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("text", ["x", "a_b_c", "2026-01-01 00:00:00.000000_9_²", "_1_2"])
def test_a_strange_place_is_the_newest_page(desk: Talker, amel: Phone, text: str) -> None:
    person = desk.hears(amel, "Bonjour")
    browser = desk.browser()
    shown = browser.get(f"/conversations/{person}", query_string={"before": text})
    assert shown.status_code == 200
    assert browser.get("/conversations", query_string={"after": text}).status_code == 200
    assert Key.read("x") is None


# Who sees what.


def test_a_conversation_of_somebody_elses_client_is_not_there(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    assert listed(desk.browser()) == ["Amel Ben Youssef"]
    other = desk.browser("Other", "avocat")
    assert listed(other, show="all") == []
    assert counts(other)["All of them"] == 0
    assert other.get(f"/conversations/{person}").status_code == 404
    for act in ("answer", "note", "assign", "done", "unread", "claim", "template"):
        assert press(other, f"/conversations/{person}/{act}", text="x").status_code == 404
    assert not models.Outgoing.select().exists()


def test_a_document_of_another_dossier_has_no_name(
    desk: Talker, office: Office, amel: Phone
) -> None:
    amel.sends(cast.pdf("SECRET"), filename="secret.pdf")
    desk.settles()
    person = models.Message.get().correspondent_id
    others = models.Dossier.get(models.Dossier.reference == "2026-0017")
    table = models.Dossier
    walled = table.update(access="wall", lawyer="Somebody Else").where(table.id == others.id)
    moved = models.Document.update(dossier=others.id)
    office.store.write(walled.execute)
    office.store.write(moved.execute)
    page = desk.browser().get(f"/conversations/{person}").text
    assert "a document (of another dossier)" in words(page)
    assert "secret" not in page


def test_an_administrator_reads_under_glass_and_answers_nobody(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    admin = desk.browser("root", "admin")
    assert admin.get(f"/conversations/{person}").status_code == 403
    press(admin, "/glass", reason="a fault")
    page = admin.get(f"/conversations/{person}")
    assert page.status_code == 200
    assert "You may read this conversation." in words(page.text)
    assert 'id="answer"' not in page.text
    assert press(admin, f"/conversations/{person}/answer", text="x").status_code == 403


def test_without_its_token_no_form_does_anything(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    browser = desk.browser()
    form = form_of(browser, person) | {"text": "Bonjour"}
    del form["csrf_token"]
    assert browser.post(f"/conversations/{person}/answer", data=form).status_code == 400
    assert not models.Outgoing.select().exists()


def test_what_did_not_change_is_not_sent_again(desk: Talker, amel: Phone) -> None:
    person = desk.hears(amel, "Bonjour")
    browser = desk.browser()
    for address in ("/conversations?part=1", f"/conversations/{person}?part=1"):
        first = browser.get(address)
        mark = {"If-None-Match": first.headers["ETag"]}
        assert "csrf" not in first.text
        assert browser.get(address, headers=mark).status_code == 304
        desk.hears(amel, "Encore")
        assert browser.get(address, headers=mark).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_words_stay_words(desk: Talker, meta: Meta, language: str) -> None:
    phone = meta.phone("21698000111", HOSTILE)
    person = desk.hears(phone, HOSTILE)
    browser = desk.browser()
    browser.post(f"/conversations/{person}/note", data=form_of(browser, person) | {"note": HOSTILE})
    answer(browser, person, HOSTILE)
    desk.settles()
    for address in ("/conversations", f"/conversations/{person}", "/"):
        page = browser.get(f"{address}?lang={language}").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "{{7*7}}" in page
        assert alive(page) == [], address


def test_no_two_pages_give_a_word_of_the_templates_two_meanings(desk: Talker) -> None:
    """What one page lends to the templates, all of them have: the last one would win."""
    with desk.app.test_request_context("/"):
        lent = [name for words_ in desk.app.template_context_processors[None] for name in words_()]
    assert {name for name in lent if lent.count(name) > 1} == set()
