from __future__ import annotations

import os
import tarfile
import time
from pathlib import Path

import pytest

from ska_staging import StagingError, download, ls

from .proxy import Proxy

Source = tuple[str, Path]
BYTES = os.urandom(3_000_000)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does not wait for an unresponsive service."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


@pytest.fixture
def file(source: Source) -> str:
    name, folder = source
    (folder / "é %41#?").write_bytes(BYTES)
    return f"{name}/é %41#?"


def test_a_file_is_downloaded_under_its_own_name(file: str, tmp_path: Path) -> None:
    path = download(file, tmp_path, progress=False)
    assert path == tmp_path / "é %41#?"
    assert path.read_bytes() == BYTES
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_replaced(file: str, tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.write_text("mine")
    with pytest.raises(FileExistsError):
        download(file, target, progress=False)
    assert target.read_text() == "mine"


def test_a_broken_connection_is_taken_up_where_it_broke(file: str, tmp_path: Path, proxy: Proxy) -> None:
    proxy.breaks = [1_000_000, 500_000]
    path = download(file, tmp_path, url=proxy.url, progress=False)
    assert path.read_bytes() == BYTES
    first, second, third = [request for request in proxy.requests if request.startswith("GET")]
    assert "range:" not in first.lower()
    for request in (second, third):
        assert "range: bytes=" in request.lower() and 'if-range: "' in request.lower()


def test_another_call_goes_on_with_what_an_earlier_one_has_left(
    file: str, tmp_path: Path, proxy: Proxy, impatient: None
) -> None:
    proxy.breaks = [2_000_000, *[0] * 20]
    with pytest.raises(StagingError) as raised:
        download(file, tmp_path, url=proxy.url, progress=False)
    assert raised.value.code == "UNREACHABLE"
    assert not (tmp_path / "é %41#?").exists()
    proxy.breaks, proxy.requests = [], []
    assert download(file, tmp_path, url=proxy.url, progress=False).read_bytes() == BYTES
    (request,) = [request for request in proxy.requests if request.startswith("GET")]
    assert "range: bytes=" in request.lower()


def test_what_is_left_of_another_version_is_not_gone_on_with(
    source: Source, file: str, tmp_path: Path, proxy: Proxy, impatient: None
) -> None:
    proxy.breaks = [2_000_000, *[0] * 20]
    with pytest.raises(StagingError):
        download(file, tmp_path, url=proxy.url, progress=False)
    newer = os.urandom(3_000_000)
    (source[1] / "é %41#?").write_bytes(newer)
    assert download(file, tmp_path, progress=False).read_bytes() == newer


def test_a_file_that_changes_in_between_is_begun_anew(
    source: Source, file: str, tmp_path: Path, proxy: Proxy
) -> None:
    name, folder = source
    proxy.breaks = [1_000_000]
    newer = os.urandom(2_000_000)
    proxy.after_break = lambda: (folder / "é %41#?").write_bytes(newer)
    assert download(file, tmp_path, url=proxy.url, progress=False).read_bytes() == newer


def test_bytes_that_changed_on_the_way_are_noticed(source: Source, tmp_path: Path, proxy: Proxy) -> None:
    name, folder = source
    (folder / "a").write_bytes(b"x" * 100 + b"MARK")
    proxy.replaced = (b"MARK", b"mark")
    with pytest.raises(StagingError) as raised:
        download(f"{name}/a", tmp_path, url=proxy.url, progress=False)
    assert raised.value.code == "DIGEST_DIFFERS"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_downloaded_as_a_tar(source: Source, tmp_path: Path) -> None:
    name, folder = source
    (folder / "table.dat").write_text("rows")
    path = download(name, tmp_path, progress=False)
    assert path == tmp_path / f"{name}.tar"
    with tarfile.open(path) as archive:
        assert f"{name}/table.dat" in archive.getnames()


def test_a_tar_that_breaks_is_no_tar(source: Source, tmp_path: Path, proxy: Proxy) -> None:
    name, folder = source
    (folder / "large").write_bytes(BYTES)
    proxy.breaks = [1_000_000]
    with pytest.raises(StagingError) as raised:
        download(name, tmp_path, url=proxy.url, progress=False)
    assert raised.value.code == "INCOMPLETE"
    assert not (tmp_path / f"{name}.tar").exists()


def test_an_empty_file_is_downloaded(source: Source, tmp_path: Path) -> None:
    name, folder = source
    (folder / "empty").touch()
    assert download(f"{name}/empty", tmp_path, progress=False).read_bytes() == b""


def test_what_is_not_there_has_code_reason_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(StagingError) as raised:
        download("not/there", tmp_path, progress=False)
    assert raised.value.code == "SOURCE_NOT_FOUND"
    assert raised.value.remedy is not None
    assert list(tmp_path.iterdir()) == []


def test_a_list_has_every_entry_as_a_source(source: Source, tmp_path: Path) -> None:
    name, folder = source
    for number in range(1003):
        (folder / f"{number:04}").touch()
    (folder / "folder").mkdir()
    entries = ls(name)
    assert len(entries) == 1004
    assert {entry.kind for entry in entries} == {"file", "directory"}
    entry = next(entry for entry in entries if entry.kind == "file")
    assert (entry.size_bytes, entry.source) == (0, f"{name}/{entry.name}")
    assert entry.modified_at is not None and entry.modified_at.utcoffset() is not None
    assert any(entry.source == name for entry in ls())
