"""Every page, by everybody who may see it, in three languages: whole, light, usable by all."""

import itertools

import pytest
import requests

from appliance.wording import LANGUAGES
from tests.browser.conftest import NOBODY, Look, is_whole
from tests.browser.eyes import HEAVIEST, PHONE, WIDE, Eyes
from tests.browser.firm import ROLES, Firm
from tests.browser.places import MOVES, Answer, Place, places

PLACES = places()
WALKERS = ("avocat", "assistant", "admin", "second")
DIRECTIONS = {"fr": "ltr", "en": "ltr", "ar": "rtl"}
ACCESS = {"fr", "ar"}  # where axe looks: left to right and light, right to left and dark

_SHOWN = {Answer.PAGE, Answer.PART, Answer.FILE}

Atlas = dict[tuple[str, str], Answer]


@pytest.fixture(scope="module")
def atlas(firm: Firm) -> Atlas:
    """What everybody gets everywhere, as the server says it."""
    found: Atlas = {}
    for role in WALKERS:
        with firm.browsed_by(ROLES[role]) as visitor:
            for place in PLACES:
                found[place.endpoint, role] = _kind(visitor.sees(place.path(firm)))
    return found


def _kind(answer: requests.Response) -> Answer:
    if answer.status_code in {301, 302, 303, 307, 308}:
        return Answer.MOVE
    if answer.status_code in {401, 403, 404}:
        return Answer.REFUSED
    if answer.status_code != 200:
        return Answer.BROKEN
    kind = answer.headers["Content-Type"].partition(";")[0]
    if kind != "text/html":
        return Answer.FILE
    return Answer.PAGE if answer.text.lstrip().startswith("<!doctype html>") else Answer.PART


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.endpoint)
def test_somebody_can_look_at_it(place: Place, atlas: Atlas) -> None:
    answers = {atlas[place.endpoint, role] for role in WALKERS}

    assert Answer.BROKEN not in answers, f"{place.rule} fails"
    wanted = {Answer.MOVE} if place.endpoint in MOVES else _SHOWN
    assert answers & wanted, f"{place.rule} is shown to nobody: {answers}"


def _walked() -> list[tuple[Place, str]]:
    """Each page in French, and every sixth one in English or Arabic; where all is walked, all."""
    others = [(place, LANGUAGES[1 + n // 6 % 2]) for n, place in enumerate(PLACES) if n % 6 == 1]
    some = [*itertools.product(PLACES, ["fr"]), *others]
    return list(itertools.product(PLACES, LANGUAGES)) if is_whole() else some


@pytest.mark.parametrize(
    ("place", "language"), _walked(), ids=lambda one: getattr(one, "endpoint", one)
)
def test_a_page_is_whole(place: Place, language: str, atlas: Atlas, firm: Firm, look: Look) -> None:
    walkers = [role for role in WALKERS if atlas[place.endpoint, role] == Answer.PAGE]
    faults = []
    for role in walkers if is_whole() else walkers[:1]:
        eyes = look(role, language)
        answer = eyes.open(place.path(firm))
        found = _faults(eyes, language)
        if answer.status != 200:
            found.append(f"answered {answer.status}")
        if role == walkers[0]:
            found += eyes.hard_to_use() if language in ACCESS else []
            eyes.photograph(f"{place.endpoint}-{language}")
        faults += [f"{role}: {fault}" for fault in found]

    assert not faults, "\n".join([place.path(firm), *faults])


def _faults(eyes: Eyes, language: str) -> list[str]:
    """What is wrong with the page that was just opened."""
    faults = list(eyes.faults)
    direction = eyes.page.evaluate("document.documentElement.dir")
    if direction != DIRECTIONS[language]:
        faults.append(f"written {direction}")
    if eyes.weight > HEAVIEST:
        faults.append(f"{eyes.weight} bytes")
    broad = [eyes.too_broad(size) for size in (PHONE, WIDE)]
    return faults + [fault for fault in broad if fault]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_door_is_whole_too(language: str, look: Look) -> None:
    eyes = look(NOBODY, language)

    answer = eyes.open("/login")

    assert answer.status == 200
    assert _faults(eyes, language) + eyes.hard_to_use() == []
    eyes.photograph(f"pages.login-{language}")
