"""Documents as people look at them: pictures of ours, originals to be saved, never run."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image

from appliance.config import Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.files_board import FilesBoard
from appliance.store import rows
from appliance.store.models import AuditEntry, Document, Dossier, Message, Outgoing
from appliance.store.models.access import Access
from appliance.wording import LANGUAGES, Wording
from tests import pictures
from tests.integration.conftest import a_desk
from tests.integration.gallery import Gallery, gallery_in
from tests.integration.reading import token_of, words

PASSWORD = "un mot de passe long"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}.jpg"


@dataclass
class House:
    """The dashboard over a firm with documents."""

    gallery: Gallery
    browser: FlaskClient


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "data").mkdir()
    with gallery_in(tmp_path / "data") as gallery:
        yield House(gallery, browser_of(gallery))


def browser_of(gallery: Gallery) -> FlaskClient:
    desk = a_desk(
        gallery.store,
        gallery.clock,
        users=gallery.users,
        language="en",
        files=FilesBoard(gallery.sights, gallery.binder),
    )
    browser = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
    gallery.users.add("Nour", "assistant", None, PASSWORD)
    form = {"name": "Nour", "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
    assert browser.post("/login", data=form).status_code == 302
    return browser


def opened() -> list[tuple[str, str]]:
    rows = AuditEntry.select().where(AuditEntry.action == "original opened")
    return [(row.actor, row.subject) for row in rows]


# Pictures.


def test_what_browsers_show_is_a_jpeg_of_ours(house: House, tmp_path: Path) -> None:
    document = house.gallery.keep(pictures.photo(tmp_path / "a.jpg", (3000, 2000)))

    for path, side in (("view", 2048), ("thumbnail", 320), ("page/1", 2048)):
        answer = house.browser.get(f"/documents/{document.id}/{path}")
        assert answer.status_code == 200, path
        assert answer.mimetype == "image/jpeg"
        with Image.open(io.BytesIO(answer.data)) as image:
            assert max(image.size) == side
        assert b"Spyphone" not in answer.data
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert opened() == []


def test_pages_of_a_paper_are_turned(house: House, tmp_path: Path) -> None:
    document = house.gallery.keep(pictures.pdf(tmp_path / "a.pdf", ["one", "two"]))

    first = house.browser.get(f"/documents/{document.id}").text
    second = house.browser.get(f"/documents/{document.id}?page=2").text

    assert "Page 1 of 2" in first
    assert f"/documents/{document.id}/page/1" in first
    assert "Next page" in first
    assert "Previous page" in second
    assert house.browser.get(f"/documents/{document.id}/page/2").status_code == 200
    assert house.browser.get(f"/documents/{document.id}/page/3").status_code == 404
    assert house.browser.get(f"/documents/{document.id}?page=-7").status_code == 200
    assert "Page 2 of 2" in house.browser.get(f"/documents/{document.id}?page=99").text


def test_what_has_no_picture_says_so(house: House, tmp_path: Path) -> None:
    (tmp_path / "a.ogg").write_bytes(b"OggS" + bytes(100))
    document = house.gallery.keep(tmp_path / "a.ogg")

    assert "nothing to look at" in house.browser.get(f"/documents/{document.id}").text
    assert house.browser.get(f"/documents/{document.id}/view").status_code == 404
    assert house.browser.get(f"/documents/{document.id}/thumbnail").status_code == 404


def test_what_cannot_be_decoded_says_why(house: House, tmp_path: Path) -> None:
    whole = pictures.photo(tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    document = house.gallery.keep(tmp_path / "a.jpg")

    before = house.browser.get(f"/documents/{document.id}").text
    house.gallery.depict(document)
    after = house.browser.get(f"/documents/{document.id}").text

    for page in (before, after):
        assert "This picture is incomplete" in words(page)
    french = house.browser.get(f"/documents/{document.id}?lang=fr").text
    assert "Cette image est incomplète" in words(french)


def test_moved_elsewhere_it_tells_only_who_sees_from_where_it_was_sent(
    house: House, tmp_path: Path
) -> None:
    """What was in a walled client's dossier by mistake must not show their number in another."""
    document = house.gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    walled = Dossier.get(Dossier.reference == "2026-8")
    values = {
        "channel": "whatsapp",
        "kind": "enclosure",
        "recipient": "+21620000009",
        "callback": "1",
        "dedupe_key": "1",
        "author": "Salma",
        "status": "read",
        "document": document,
        "dossier": walled,
        "created_at": house.gallery.clock.now(),
    }
    house.gallery.store.write(lambda: rows.insert(Outgoing, **values))
    assert "+21620000009" in house.browser.get(f"/documents/{document.id}").text

    wall = {"access": Access.WALLED.value, "lawyer": "Salma"}
    house.gallery.store.write(lambda: rows.update(Dossier, walled.id, **wall))

    page = house.browser.get(f"/documents/{document.id}")
    assert page.status_code == 200
    assert "Sent to the client" not in words(page.text)
    assert "+21620000009" not in page.text


# Originals.


def test_an_original_is_to_be_saved_and_never_shown(house: House, tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg")
    document = house.gallery.keep(source, "2026-11-25 عقد « bail ».jpg")

    answer = house.browser.get(f"/documents/{document.id}/original")

    assert answer.data == source.read_bytes()
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''2026-11-25%20%D8%B9" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_whoever_opens_an_original_is_written_down_each_time(house: House, tmp_path: Path) -> None:
    document = house.gallery.keep(pictures.photo(tmp_path / "a.jpg"))

    house.browser.get(f"/documents/{document.id}/original")
    house.browser.get(f"/documents/{document.id}/original")

    assert opened() == [("Nour", f"document:{document.id}")] * 2


def test_who_looks_at_a_document_is_written_down_once_a_day(house: House, tmp_path: Path) -> None:
    document = house.gallery.keep(pictures.pdf(tmp_path / "a.pdf", ["one", "two"]))
    other = house.gallery.keep(pictures.photo(tmp_path / "b.jpg"))

    for path in ("", "/view", "/page/1", "/page/2", "?page=2", "/thumbnail"):
        house.browser.get(f"/documents/{document.id}{path}")
    house.browser.get(f"/documents/{other.id}/thumbnail")

    rows = AuditEntry.select().where(AuditEntry.action == "document opened")
    assert [(row.actor, row.subject) for row in rows] == [("Nour", f"document:{document.id}")]


def test_an_original_that_is_gone_is_said_and_nothing_written_down(
    house: House, tmp_path: Path
) -> None:
    document = house.gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    house.gallery.media(document.sha256).unlink()
    (house.gallery.root / document.local_path).write_bytes(b"somebody's own")

    answer = house.browser.get(f"/documents/{document.id}/original")

    assert answer.status_code == 404
    assert "Look for it in the backups" in answer.text
    assert opened() == []


def test_what_is_in_quarantine_is_never_handed_out(house: House, tmp_path: Path) -> None:
    document = house.gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    house.browser.get(f"/documents/{document.id}/view")
    house.gallery.withheld.add(document.id)

    for path in ("view", "thumbnail", "page/1", "original"):
        answer = house.browser.get(f"/documents/{document.id}/{path}")
        assert answer.status_code == 404, path
        assert b"JFIF" not in answer.data
    page = house.browser.get(f"/documents/{document.id}").text
    assert "in quarantine" in page
    assert "/original" not in page
    assert "<img class" not in page
    assert opened() == []


def test_strangers_see_nothing(house: House, tmp_path: Path) -> None:
    document = house.gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    stranger = house.browser.application.test_client()

    for path in ("", "/view", "/thumbnail", "/page/1", "/original"):
        assert stranger.get(f"/documents/{document.id}{path}").status_code == 302
    assert stranger.get(f"/documents/photos/{house.gallery.bail.id}").status_code == 302
    assert stranger.get("/documents/cache").status_code == 302


@pytest.mark.parametrize("path", ["999", "999/view", "999/original", "0", "photos/999", "1/page/0"])
def test_what_is_not_there_is_not_there(house: House, path: str) -> None:
    assert house.browser.get(f"/documents/{path}").status_code == 404


# The page.


def test_neighbours_are_those_of_the_same_dossier(house: House, tmp_path: Path) -> None:
    sources = [pictures.photo(tmp_path / f"{n}.jpg", (400 + n, 300)) for n in range(4)]
    one, two = (house.gallery.keep(source) for source in sources[:2])
    elsewhere = house.gallery.keep(sources[2], "", house.gallery.succession)
    three = house.gallery.keep(sources[3])

    page = house.browser.get(f"/documents/{two.id}").text

    assert f'rel="prev" href="/documents/{one.id}"' in page
    assert f'rel="next" href="/documents/{three.id}"' in page
    alone = house.browser.get(f"/documents/{elsewhere.id}").text
    assert "rel=" not in alone.split("<main")[1]


def test_hostile_names_are_only_names(house: House, tmp_path: Path) -> None:
    document = house.gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    bad = Document.update(name=HOSTILE, original_name=HOSTILE).where(Document.id == document.id)
    house.gallery.store.write(bad.execute)

    for address in (f"/documents/{document.id}", f"/documents/photos/{house.gallery.bail.id}"):
        page = house.browser.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "{{7*7}}" in page or "photos" in address
    answer = house.browser.get(f"/documents/{document.id}/original")
    assert answer.status_code == 200
    assert "\n" not in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_each_language(house: House, tmp_path: Path, language: str) -> None:
    document = house.gallery.keep(pictures.pdf(tmp_path / "a.pdf", ["one", "two"]))

    page = house.browser.get(f"/documents/{document.id}?lang={language}").text

    assert Wording(language, "UTC").text("Save the original") in page
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in page
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page)


# Photos that become one PDF.


def burst(house: House, tmp_path: Path) -> list[Document]:
    sources = [pictures.photo(tmp_path / f"{n}.jpg", (400 + n, 300)) for n in range(3)]
    return [house.gallery.keep(source) for source in sources]


def bind(house: House, **form: str) -> object:
    address = f"/documents/photos/{house.gallery.bail.id}"
    form["csrf_token"] = token_of(house.browser, address)
    return house.browser.post(address, data=form)


def test_numbered_photos_are_bound_in_their_order(house: House, tmp_path: Path) -> None:
    one, two, three = burst(house, tmp_path)

    answer = bind(house, **{f"photo-{three.id}": "1", f"photo-{one.id}": " 2 "})

    assert answer.status_code == 302
    page = house.browser.get(answer.location).text
    assert "the photos are one PDF" in words(page)
    made = page.split("Made of these photos")[1]
    assert made.index(f"/documents/{three.id}") < made.index(f"/documents/{one.id}")
    assert f"/documents/{two.id}" not in made
    assert "Bound in" in house.browser.get(f"/documents/{one.id}").text
    row = AuditEntry.get(AuditEntry.action == "photos bound")
    assert (row.actor, row.detail) == ("Nour", f"{three.id}, {one.id}")


def test_all_of_them_are_bound_with_one_button(house: House, tmp_path: Path) -> None:
    photos = burst(house, tmp_path)

    answer = bind(house, all="1")

    made = house.browser.get(answer.location).text.split("Made of these photos")[1]
    places = [made.index(f"/documents/{photo.id}") for photo in photos]
    assert places == sorted(places)


def test_photos_of_one_burst_stand_in_the_order_of_their_messages(
    house: House, tmp_path: Path
) -> None:
    photos = burst(house, tmp_path)
    sent = [photos[0], photos[2], photos[1]]  # filed in another order than they were sent

    def unit() -> None:
        Document.update(received_at=photos[0].received_at).execute()
        for number, photo in enumerate(sent):
            Message.create(
                wamid=f"wamid.{number}",
                sender=photo.sender,
                type="image",
                raw="{}",
                received_at=photo.received_at,
                document=photo,
            )

    house.gallery.store.write(unit)
    answer = bind(house, all="1")

    made = house.browser.get(answer.location).text.split("Made of these photos")[1]
    places = [made.index(f"/documents/{photo.id}") for photo in sent]
    assert places == sorted(places)


@pytest.mark.parametrize("number", ["first", "-1", "1.5", "99999", "١x"])
def test_what_is_no_number_is_asked_again(house: House, tmp_path: Path, number: str) -> None:
    one, two, _ = burst(house, tmp_path)

    answer = bind(house, **{f"photo-{one.id}": number, f"photo-{two.id}": "1"})

    assert answer.status_code == 422
    assert "Number the photos 1, 2, 3" in words(answer.text)
    assert Document.select().where(Document.reason == "bound").count() == 0


def test_a_photo_that_cannot_be_shown_is_not_offered(house: House, tmp_path: Path) -> None:
    burst(house, tmp_path)
    whole = pictures.photo(tmp_path / "cut.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    cut = house.gallery.keep(tmp_path / "cut.jpg")
    house.browser.get(f"/documents/{cut.id}")

    page = house.browser.get(f"/documents/photos/{house.gallery.bail.id}").text

    assert page.count('inputmode="numeric"') == 3
    assert f'name="photo-{cut.id}"' not in page


def test_one_photo_is_not_enough(house: House, tmp_path: Path) -> None:
    one, _, _ = burst(house, tmp_path)

    answer = bind(house, **{f"photo-{one.id}": "1"})

    assert answer.status_code == 422
    assert "Choose two photos at least." in words(answer.text)


def test_the_cache_tells_how_often_it_helped(house: House, tmp_path: Path) -> None:
    document = house.gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    for _ in range(3):
        house.browser.get(f"/documents/{document.id}/thumbnail")

    counts = house.browser.get("/documents/cache").get_json()

    assert counts["memory"] == 2
    assert counts["disk"] >= 1
    assert counts["bytes_in_memory"] > 0


# Who is led here.

LED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize("path", ["", "?page=1", "/view", "/page/1", "/original"])
def test_a_link_of_another_site_opens_nothing_and_writes_nothing_down(
    house: House, tmp_path: Path, path: str
) -> None:
    document = house.gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    address = f"/documents/{document.id}{path}"
    before = AuditEntry.select().count()
    answer = house.browser.get(address, headers=LED)
    assert AuditEntry.select().count() == before
    assert answer.mimetype == "text/html"
    assert document.name not in answer.text
    assert f'<a href="{address}">Open it</a>' in answer.text


@pytest.mark.parametrize("site", ["none", "same-origin", "same-site", None])
def test_whoever_comes_by_themselves_sees_the_document_at_once(
    house: House, tmp_path: Path, site: str | None
) -> None:
    """A bookmark, a mail program, a page of ours; browsers that do not say."""
    document = house.gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    headers = {"Sec-Fetch-Site": site} if site else {}
    answer = house.browser.get(f"/documents/{document.id}/view", headers=headers)
    assert answer.mimetype == "image/jpeg"
    assert AuditEntry.select().where(AuditEntry.action == "document opened").count() == 1


def test_a_link_of_another_site_takes_no_file_along(house: House) -> None:
    before = AuditEntry.select().count()
    house.gallery.users.add("Salma", "avocat", None, PASSWORD)
    browser = house.browser
    browser.post("/logout", data={"csrf_token": token_of(browser, "/")})
    form = {"name": "Salma", "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
    assert browser.post("/login", data=form).status_code == 302
    answer = browser.get("/audit/export.csv?actor=Salma&about=user", headers=LED)
    assert "/audit/export.csv?actor=Salma&amp;about=user" in answer.text
    assert AuditEntry.select().where(AuditEntry.action == "audit exported").count() == 0
    assert AuditEntry.select().count() > before, "the log is written"


def test_other_pages_are_open_to_links_of_other_sites(house: House) -> None:
    assert "From another site" not in house.browser.get("/", headers=LED).text
