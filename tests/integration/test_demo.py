"""The demo keeps to itself: a firm's own data is never its stage."""

from pathlib import Path

import pytest

from appliance.demo.stage import stage
from appliance.demo.visit import guide
from appliance.errors import ConfigError


@pytest.mark.parametrize("is_quick", [True, False])
def test_a_folder_that_holds_a_real_firm_is_refused_and_left_as_it_was(
    tmp_path: Path, *, is_quick: bool
) -> None:
    store = tmp_path / "greffier.db"
    store.write_bytes(b"a real firm's")

    with pytest.raises(ConfigError, match="give the demo an empty folder"):
        stage(tmp_path, is_quick=is_quick).__enter__()

    assert list(tmp_path.iterdir()) == [store]
    assert store.read_bytes() == b"a real firm's"


def test_a_folder_of_its_own_is_kept_and_may_be_visited_again(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with stage(data, is_quick=False) as world:
        assert f"Ctrl-C stops it; {data} is kept." in guide(world, data)
        assert "Ctrl-C stops it and removes everything." in guide(world, None)

    assert (data / "greffier.db").exists()
    with stage(data, is_quick=False):
        pass
    with pytest.raises(ConfigError, match="give the demo an empty folder"):
        stage(data, is_quick=True).__enter__()  # its day would find the files of another
