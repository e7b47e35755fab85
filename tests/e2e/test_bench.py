"""The measurements' short form: a command that nobody runs every day must not rot."""

import importlib
from pathlib import Path

import pytest

from appliance.demo import cast
from tests.bench import pages

BENCH = Path(pages.__file__).parent
READ = ("/, assistant", "/pending, assistant", "/conversations, assistant", "/dossiers, assistant")


@pytest.mark.parametrize("name", sorted(path.stem for path in BENCH.glob("[!_]*.py")))
def test_each_measurement_can_be_loaded(name: str) -> None:
    importlib.import_module(f"tests.bench.{name}")


def test_a_firm_with_a_past_is_laid_down_and_its_pages_are_measured() -> None:
    found = {figure.what: figure for figure in pages.figures(200, 2, [cast.ASSISTANT])}

    assert set(READ) <= set(found), "a page that people live in was not measured"
    wanted = [figure for figure in found.values() if figure.wanted]
    assert len(wanted) > 35
    heavy = [figure for figure in wanted if _kilobytes(figure.value) >= pages.HEAVIEST // 1000]
    assert not heavy


def _kilobytes(measured: str) -> int:
    return int(measured.rpartition("; ")[2].removesuffix(" KB"))
