"""The bytes that Meta is given are the document's, to the last one, or there is no message."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.config import read
from appliance.disk import sha256_of
from appliance.errors import PermanentError, TemporaryError
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.outbox.uploading import CHUNK, OTHER_BYTES, TOO_SLOW, Uploading
from appliance.simulator.faults import Refuse
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store.models import Document
from tests.integration.conftest import environment
from tests.support import Hands

DATA = b"%PDF-1.7 " + bytes(range(256)) * 3000


@pytest.fixture
def whatsapp(meta: Meta, mailbox: Mailbox, tmp_path: Path) -> WhatsAppGateway:
    return WhatsAppGateway(read(None, environment(meta, mailbox), tmp_path).whatsapp)


def document(tmp_path: Path, data: bytes = DATA) -> Document:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    sha256 = sha256_of(path)
    return Document(sha256=sha256, size=len(data), mime_type="application/pdf")


def test_a_file_of_several_chunks_arrives_as_it_is(
    meta: Meta, whatsapp: WhatsAppGateway, tmp_path: Path
) -> None:
    assert len(DATA) > 2 * CHUNK
    one = document(tmp_path)
    uploading = Uploading(lambda _: tmp_path / "a.pdf", whatsapp.upload, SystemClock())
    media_id = uploading.bring(one)
    media = meta._shelf.uploaded(media_id)
    assert media is not None
    assert (media.data, media.mime_type) == (DATA, "application/pdf")


def test_bytes_that_changed_while_they_were_read_are_named_by_no_message(
    whatsapp: WhatsAppGateway, tmp_path: Path
) -> None:
    one = document(tmp_path)
    (tmp_path / "a.pdf").write_bytes(DATA[:-1] + b"x")
    uploading = Uploading(lambda _: tmp_path / "a.pdf", whatsapp.upload, SystemClock())
    with pytest.raises(PermanentError) as refused:
        uploading.bring(one)
    assert refused.value.text == OTHER_BYTES


def test_a_file_that_became_shorter_is_not_even_begun(
    meta: Meta, whatsapp: WhatsAppGateway, tmp_path: Path
) -> None:
    one = document(tmp_path)
    (tmp_path / "a.pdf").write_bytes(DATA[:1000])
    uploading = Uploading(lambda _: tmp_path / "a.pdf", whatsapp.upload, SystemClock())
    with pytest.raises(PermanentError):
        uploading.bring(one)
    assert meta.uploads == 0


def test_an_upload_ends_while_its_row_is_still_ours(tmp_path: Path) -> None:
    clock, one = Hands(), document(tmp_path)

    def drips(chunks: Iterable[bytes], _size: int, _kind: str) -> str:
        for _ in chunks:
            clock.pass_(timedelta(minutes=5))
        return "1"

    with pytest.raises(TemporaryError) as refused:
        Uploading(lambda _: tmp_path / "a.pdf", drips, clock).bring(one)
    assert refused.value.text == TOO_SLOW


def test_whose_token_is_dead_is_told_as_of_any_send(
    meta: Meta, whatsapp: WhatsAppGateway, tmp_path: Path
) -> None:
    one = document(tmp_path)
    uploading = Uploading(lambda _: tmp_path / "a.pdf", whatsapp.upload, SystemClock())
    meta.faults.on("upload", Refuse(401, 190))
    with pytest.raises(TemporaryError) as refused:
        uploading.bring(one)
    assert not refused.value.counts
    assert "renew it" in (whatsapp.refusal() or "")
    uploading.bring(one)
    assert whatsapp.refusal() is None
