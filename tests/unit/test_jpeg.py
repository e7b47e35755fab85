"""What is left of a JPEG when all that it tells is taken away."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from appliance.workshop.jpeg import bared
from tests import pictures


def jpeg(**given: object) -> bytes:
    written = io.BytesIO()
    pictures.noise(320, 240).save(written, "JPEG", **given)
    return written.getvalue()


def decoded(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.tobytes()


@pytest.mark.parametrize("progressive", [False, True])
def test_the_picture_is_the_same_and_the_rest_is_gone(progressive: bool) -> None:
    told = {"exif": pictures.exif(), "comment": b"secret", "icc_profile": pictures.srgb()}
    data = jpeg(progressive=progressive, **told) + b"what follows"

    bare = bared(data)

    assert bare is not None
    assert decoded(bare) == decoded(data)
    assert b"secret" not in bare
    assert b"Spyphone" not in bare
    assert b"what follows" not in bare
    with Image.open(io.BytesIO(bare)) as image:
        assert image.info["icc_profile"] == pictures.srgb()


def test_an_interval_of_restarts_is_part_of_the_picture() -> None:
    data = jpeg(restart_marker_rows=1)

    bare = bared(data)

    assert bare is not None
    assert decoded(bare) == decoded(data)


def test_done_twice_it_is_the_same() -> None:
    once = bared(jpeg(exif=pictures.exif()))

    assert once is not None
    assert bared(once) == once


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff\xd8\xff\xd8", b"PNG"])
def test_what_is_built_otherwise_is_not_touched(data: bytes) -> None:
    assert bared(data) is None


@given(some.binary(max_size=300))
def test_whatever_comes_it_ends(data: bytes) -> None:
    found = bared(b"\xff\xd8" + data)

    assert found is None or found.startswith(b"\xff\xd8")
    assert found is None or found.endswith(b"\xff\xd9")
