"""A number is blocked and heard again, through the real process; what it sends is kept."""

import re

import pytest
import requests

from appliance.demo import cast
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from tests.browser.firm import Visitor
from tests.e2e.office import Office, Running
from tests.support import until

NOUR = "Nour"
SPAM = "21699000111"
PHOTO = cast.photo("GAGNEZ VITE")


@pytest.fixture(scope="module")
def office(office: Office) -> Office:
    """A firm that lets people see what it has read."""
    office.settings["WHATSAPP_MARK_AS_READ"] = "yes"
    return office


def test_a_blocked_number_is_received_and_kept_and_heard_by_nobody_until_it_is_unblocked(
    greffier: Running, office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    command = ("user", "add", NOUR, "--role", "assistant", "--password-stdin")
    assert office.greffier_here(*command, typed=cast.PASSWORD).returncode == 0
    spammer = meta.phone(SPAM, "Gagnez vite")

    def rests() -> None:
        meta.settle()
        office.rests()
        meta.settle()

    first = spammer.sends(cast.photo("OFFRE"), mime_type="image/jpeg")
    rests()
    until(lambda: spammer.received, 20, "a stranger is told that it came")
    with requests.Session() as session:
        session.trust_env = False
        nour = Visitor(greffier.dashboard, session)
        nour.submits("/login", "/login", name=NOUR, password=cast.PASSWORD)
        ((at,),) = office.rows("SELECT id FROM documents")
        told = nour.submits("/pending", "/pending/block", at=at, why="publicité").text
        assert f"+{SPAM}" in told
        assert waiting(office) == 0
        said, letters, before = len(spammer.received), len(mailbox.received), len(meta.deliveries)

        photo = spammer.sends(PHOTO, mime_type="image/jpeg")
        words = spammer.writes("Vous avez vu mon offre ? Vos horaires ?")
        rests()
        assert {each.status for each in meta.deliveries[before:]} == {200}, "acknowledged"
        assert sorted(office.rows("SELECT status FROM whatsapp_messages WHERE id > 1")) == [
            ("document_created",),
            ("processed",),
        ]
        kept = "SELECT local_path, rejected_reason, rejected_by FROM documents WHERE id > ?"
        ((path, reason, by),) = office.rows(kept, at)
        assert (reason, by) == ("blocked_number", "greffier")
        assert (office.folder / path).is_file()
        examined = "SELECT 1 FROM documents WHERE safety = 'ok' AND id > ?"
        until(lambda: office.rows(examined, at), 20, "it is examined like any other")
        assert waiting(office) == 0
        assert len(spammer.received) == said, "no reply goes out"
        assert len(mailbox.received) == letters, "nobody of the firm is written to"
        ticks = {line.wamid: line.tick for line in spammer.lines}
        assert ticks[first] == "read"
        assert {ticks[photo], ticks[words]} == {"delivered"}, "not even the two blue ticks"

        listed = plain(nour.sees("/people").text)
        assert f"+{SPAM}" in listed
        assert "2 messages, 1 document" in listed
        assert "Gagnez vite" not in plain(nour.sees("/").text)
        assert "Gagnez vite" not in plain(nour.sees("/conversations?show=unread").text)
        assert "Gagnez vite" in plain(nour.sees("/conversations?show=all").text)

        ((person,),) = office.rows("SELECT id FROM correspondents WHERE blocked_at IS NOT NULL")
        nour.submits("/people", f"/people/{person}/unblock")
        spammer.sends(cast.photo("ENCORE"), mime_type="image/jpeg")
        rests()
        until(lambda: len(spammer.received) > said, 20, "what comes next is answered")
        assert waiting(office) == 1
        mailbox.wait_for(letters + 1)


def waiting(office: Office) -> int:
    sql = "SELECT count(*) FROM documents WHERE status = 'pending' AND rejected_at IS NULL"
    ((count,),) = office.rows(sql)
    return int(count)


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|[\u2066-\u2069]", "", page))
