"""The page of today: what came, for whom, what was seen of it, what Greffier filed by itself."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from appliance.clock import SystemClock
from appliance.dashboard.arrivals import BEFORE, TODAY
from appliance.firm.looks import KEPT, Looks
from appliance.outbox.gate import SERVICE_WINDOW, WINDOW_MARGIN
from appliance.store import models
from appliance.store.database import Store
from tests.integration.reading import token_of
from tests.integration.test_dashboard import PASSWORD, House
from tests.support import Hands

DAY = timedelta(days=1)


class Office(House):
    """The dashboard, with a client who has two dossiers of Me Salma's."""

    def __init__(self, store: Store, clock: Hands) -> None:
        super().__init__(store)
        self.clock = clock
        self.app = self._door()
        for name, role in (("Salma", "avocat"), ("Slim", "avocat"), ("Admin", "admin")):
            self.users.add(name, role, None, PASSWORD)
        self.amel = self.client("Amel Ben Youssef")
        self.bail = self.dossier("2026-0042")
        self.divorce = self.dossier("2026-0051")

    def dossier(self, reference: str, lawyer: str = "Salma") -> int:
        names = {"reference": reference, "reference_key": reference, "title": "Bail", "folder": "f"}
        opened = {"opened_at": self.clock.now(), "lawyer": lawyer}
        return self.keep(models.Dossier, client=self.amel, **names, **opened)

    def filed(self, **values: Any) -> int:
        usual = {"client": self.amel, "dossier": self.bail, "status": "filed"}
        usual |= {"reason": "only_active_dossier", "filed_by": "greffier"}
        return self.document(**(usual | {"filed_at": self.clock.now()} | values))

    def sent(self, body: str = "", **values: Any) -> int:
        return self.message(client=self.amel, body=body, sent_at=self.clock.now(), **values)

    def enter(self, name: str) -> FlaskClient:
        browser = self.browser()
        form = {"name": name, "password": PASSWORD, "csrf_token": token_of(browser)}
        assert browser.post("/login", data=form).location == "/"
        return browser


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        yield Office(store, clock)


@pytest.fixture
def salma(office: Office) -> FlaskClient:
    return office.enter("Salma")


def shown(browser: FlaskClient, path: str = "/?lang=en") -> str:
    return unescape(browser.get(path).text)


def lines(page: str) -> list[str]:
    return re.findall(r'<li id="burst-\d+".*?</li>', page, re.DOTALL)


def press(browser: FlaskClient, path: str, **form: str) -> Any:
    return browser.post(path, data={"csrf_token": token_of(browser, "/")} | form)


def test_four_photos_in_a_row_are_one_line_with_their_pictures(
    office: Office, salma: FlaskClient
) -> None:
    for number in range(6):
        photo = office.filed(name=f"Photo {number}.jpg", mime_type="image/jpeg")
        office.sent("Voici les photos" if number == 2 else "", document=photo)
        office.clock.pass_(timedelta(seconds=50))

    [line] = lines(shown(salma))

    assert "Voici les photos" in line
    assert "6 messages" in line
    assert "6 documents" in line
    assert len(re.findall(r"/documents/\d+/thumbnail", line)) == 4
    assert "+2" in line
    assert "2026-0042" in line


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (("ok", "ok", "ok", "quarantined"), "In quarantine (1)"),
        (("to_check", "ok", "quarantined", "quarantined"), "In quarantine (2)"),
        (("ok", "ok", "to_check", "ok"), "To be checked (1)"),
        (("quarantined",), "In quarantine"),
        (("ok", "ok", "ok"), None),
    ],
)
def test_a_line_shows_the_worst_that_is_known_of_all_its_documents(
    office: Office, salma: FlaskClient, states: tuple[str, ...], said: str | None
) -> None:
    for number, state in enumerate(states):
        photo = office.filed(name=f"Photo {number}.jpg", safety=state)
        office.sent(document=photo)

    [line] = lines(shown(salma))

    marks = re.findall(r'<a class="\w+" href="/safety[^"]*">([^<]+)</a>', line)
    assert marks == ([said] if said else [])


def test_a_line_says_how_long_one_may_still_answer(office: Office, salma: FlaskClient) -> None:
    wrote_at = office.clock.now()
    made = {"created_at": wrote_at, "last_wrote_at": wrote_at}
    person = office.keep(models.Correspondent, **made)
    office.keep(models.CorrespondentClient, correspondent=person, client=office.amel)
    office.sent("Bonjour", correspondent=person)
    office.clock.pass_(SERVICE_WINDOW - WINDOW_MARGIN - timedelta(hours=3, minutes=12))

    assert "fenêtre\xa0: 3 h 12" in shown(office.enter("Salma"), "/?lang=fr")
    office.clock.pass_(timedelta(hours=3, minutes=12))
    assert "fenêtre fermée" in shown(office.enter("Salma"), "/?lang=fr")


def test_a_vip_is_marked(office: Office, salma: FlaskClient) -> None:
    office.sent("Bonjour")
    assert "VIP" not in shown(salma)

    office.store.write(lambda: models.Client.update(vip=True).execute())
    assert "VIP" in shown(salma)


def test_what_i_have_seen_is_marked_for_me_alone(office: Office, salma: FlaskClient) -> None:
    last = office.sent("Bonjour")
    assert 'class="seen"' not in shown(salma)

    assert press(salma, f"/arrivals/{last}/seen").location == "/"
    press(salma, f"/arrivals/{last}/seen")

    assert 'class="seen"' in shown(salma)
    assert 'class="seen"' not in shown(office.enter("Admin"))
    assert models.Look.select().count() == 1
    press(salma, f"/arrivals/{last}/unseen")
    assert 'class="seen"' not in shown(salma)


def test_another_message_of_the_same_album_makes_it_new_again(
    office: Office, salma: FlaskClient
) -> None:
    press(salma, f"/arrivals/{office.sent('Voici')}/seen")
    office.clock.pass_(timedelta(seconds=30))
    office.sent("et voici la suite")

    [line] = lines(shown(salma))
    assert 'class="seen"' not in line
    assert "2 messages" in line


def test_a_script_that_marks_gets_the_part_alone(office: Office, salma: FlaskClient) -> None:
    form = {"csrf_token": token_of(salma, "/")}
    headers = {"HX-Request": "true"}
    answer = salma.post(f"/arrivals/{office.sent('Bonjour')}/seen", data=form, headers=headers)

    assert answer.status_code == 200
    assert 'class="seen"' in answer.text
    assert "<html" not in answer.text


def test_what_came_before_today_stays_until_i_have_seen_it(
    office: Office, salma: FlaskClient
) -> None:
    office.sent("Vendredi soir", received_at=office.clock.now() - 3 * DAY)
    page = shown(salma)
    assert "Earlier, and not seen by you" in page
    assert "Vendredi soir" in page

    [upto] = re.findall(r'name="upto" value="(\d+)"', page)
    office.sent("Juste après", sender="+21620000001")
    press(salma, "/arrivals/seen", upto=upto)

    page = shown(salma)
    assert "Vendredi soir" not in page
    assert 'class="seen"' not in page, "what came since the page was shown is not seen"
    assert "Juste après" in page


def test_a_year_of_messages_does_not_make_the_page_longer(
    office: Office, salma: FlaskClient
) -> None:
    for number in range(TODAY + 5):
        office.sent("Bonjour", sender=f"+2162000{number:04}")
        office.sent("Salut", sender=f"+2163000{number:04}", received_at=office.clock.now() - DAY)

    page = shown(salma)
    assert len(lines(page)) == TODAY + BEFORE
    assert "More came than is shown here" in page


def test_looks_are_forgotten_after_a_month(office: Office) -> None:
    looks = Looks(office.store, office.clock)
    looks.mark(1, [7])
    office.clock.pass_(KEPT + DAY)
    looks.mark(1, [8])

    assert looks.seen(1, [7, 8]) == {8}


def test_what_greffier_filed_says_why_and_is_moved_by_one_button(
    office: Office, salma: FlaskClient
) -> None:
    document = office.filed(name="bail.pdf")
    office.filed(name="choisi.pdf", filed_by="Nour", reason="chosen_by_person")
    page = shown(salma)
    [part] = re.findall(r'id="byitself".*?</section>', page, re.DOTALL)

    assert "bail.pdf" in part
    assert "because: the client's only active dossier" in part.replace("’", "'")
    assert "choisi.pdf" not in part, "a person chose that one"
    [button] = re.findall(r"<button[^>]*/move[^>]*>", part)
    assert f'formaction="/documents/{document}/move"' in button
    assert 'name="dossier" value="2026-0051"' in button
    assert f'formaction="/documents/{document}/back"' in part


def test_nobody_is_shown_what_is_not_theirs(office: Office) -> None:
    office.sent("Pour Salma", document=office.filed(name="secret.pdf"))
    slim = office.enter("Slim")
    page = shown(slim)

    assert "Pour Salma" not in page
    assert "secret.pdf" not in page
    assert "2026-0042" not in page
    last = models.Message.select().order_by(models.Message.id.desc()).first().id
    assert press(slim, f"/arrivals/{last}/seen").status_code == 404


def test_of_a_client_with_a_walled_dossier_only_the_other_is_shown(office: Office) -> None:
    office.dossier("2026-0099", lawyer="Slim")
    office.sent("le bail", document=office.filed(name="bail.pdf"))
    page = shown(office.enter("Slim"))

    assert "bail.pdf" not in page
    assert "le bail" not in page


def test_an_administrator_sees_the_system_and_no_content(office: Office) -> None:
    office.sent("Bonjour Maître", document=office.filed(name="bail.pdf"))
    office.message(status="error", error="the file is gone", profile_name="Amel")
    page = shown(office.enter("Admin"))

    assert "The firm is receiving" in page
    assert "1 message is in error" in page
    assert "what clients send is not shown to you" in page
    for content in ("Bonjour", "bail.pdf", "Amel", "file is gone", "+21620111222"):
        assert content not in page, content


def test_one_bad_file_stands_once(office: Office, salma: FlaskClient) -> None:
    raw = '{"image": {"id": "media-1"}, "type": "image"}'
    office.keep(
        models.Media,
        media_id="media-1",
        status="failed",
        seen_at=office.clock.now(),
        expires_at=office.clock.now() + 7 * DAY,
    )
    row_id = office.sent("voici", type="image", status="error", error="gone", raw=raw)
    page = shown(salma)

    assert page.count(f'id="message-{row_id}"') == 1
    assert page.count("Amel Ben Youssef") - page.count(": Photo, Amel Ben Youssef") == 1
    assert f'formaction="/messages/{row_id}/retry"' in page
    assert f'formaction="/messages/{row_id}/ask-again"' in page


def test_what_i_did_last_is_undone_from_here(office: Office, salma: FlaskClient) -> None:
    document = office.filed(name="bail.pdf")
    version = '{"name": "bail.pdf", "dossier": %d}'
    act = office.keep(
        models.Act,
        document=document,
        kind="moved",
        by="Salma",
        begun_at=office.clock.now(),
        done_at=office.clock.now(),
        from_dossier=office.divorce,
        to_dossier=office.bail,
        before=version % office.divorce,
        after=version % office.bail,
    )
    office.store.write(lambda: models.Act.update(batch=act).execute())

    assert f'action="/acts/{act}/undo"' in shown(salma)
    assert 'data-key="z"' in shown(salma)
    assert f'action="/acts/{act}/undo"' not in shown(office.enter("Slim"))


def test_the_chart_shows_the_days_of_the_view(tmp_path: Path) -> None:
    now = SystemClock().now()
    with closing(Store.open(tmp_path, Hands(now))) as store:
        office = Office(store, Hands(now))
        office.sent("Bonjour")
        office.sent("encore", received_at=now - 2 * DAY)
        office.sent("vieux", received_at=now - 40 * DAY)
        page = shown(office.enter("Salma"))

    assert "Messages received in the last 30 days: 2, at most 1 in a day" in page
    assert page.count('class="allowed"') == 2
    assert page.count('class="hour"') == 30


def test_a_line_leads_to_the_conversation(office: Office, salma: FlaskClient) -> None:
    made = {"created_at": office.clock.now(), "last_wrote_at": office.clock.now()}
    person = office.keep(models.Correspondent, **made)
    office.sent("Bonjour", correspondent=person)
    [line] = lines(shown(salma))

    assert line.count(f'href="/conversations/{person}"') == 2
    assert 'data-row-key="r"' in line


def test_no_two_parts_call_different_things_by_one_name_in_templates(office: Office) -> None:
    given: dict[str, int] = {}
    with office.app.test_request_context("/"):
        for processor in office.app.template_context_processors[None]:
            for name in processor():
                given[name] = given.get(name, 0) + 1

    assert [name for name, count in given.items() if count > 1] == []
