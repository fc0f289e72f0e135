"""Downloads that survive broken connections, and are verified."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import requests
from urllib3.exceptions import HTTPError

from .errors import StagingError
from .names import last_name, local_path, url_path
from .service import Service, unreachable
from .staging import user
from .waiting import bytes_bar

_CHUNK_BYTES = 1024 * 1024
#: How often in a row a connection may break without progress.
_MAX_FAILURES = 6


def download(
    source: str | os.PathLike[str],
    to: str | os.PathLike[str] | None = None,
    *,
    username: str | None = None,
    check: bool = True,
    url: str | None = None,
    progress: bool = True,
) -> Path:
    """Downloads a file, or a folder as a tar, and returns its path.

    A download is resumed after a broken connection or an interrupt, also by another call, if the file is still the
    same version. The SHA-256 of the received file is compared with that of the service.

    :param to: a file, or an existing folder; by default the last name of the source, in the working directory
    :param check: whether to verify the SHA-256; the service computes it if it is not known yet
    :raises FileExistsError: when the file already exists: nothing is replaced
    :raises StagingError: with code, reason and remedy
    """
    with Service(url) as service:
        remote = _Remote(service, os.fspath(source), user(username), check)
        head = remote.look()
        target = _target(remote.source, to, is_tar="ETag" not in head)
        _check_free(target)
        part = _open_part(target, head.get("ETag"))
        with part.file:
            digest = _receive(remote, part, _length(head), progress)
            if digest is None and check and part.etag is not None:
                # While it is sent in parts, no digest is awaited.
                digest = _sha256_of(remote.look())
            _compare(part, digest)
            part.file.flush()
            os.fsync(part.file.fileno())
        _check_free(target)
        part.path.rename(target)
        return target


@dataclass(frozen=True)
class _Remote:
    """The source of a download, and its user."""

    service: Service
    source: str
    username: str | None
    check: bool

    def look(self) -> Mapping[str, str]:
        """Its version, size and digest, as far as they are known."""
        try:
            with self._open("HEAD", {}) as answer:
                return answer.headers
        except requests.RequestException as cause:
            raise unreachable(self.service.url) from cause
        except StagingError as error:
            # An answer to HEAD has no reason; the answer to GET does.
            if error.code.startswith("HTTP_"):
                self.open({"Range": "bytes=0-0"}).close()
            raise

    def open(self, headers: Mapping[str, str]) -> requests.Response:
        return self._open("GET", headers)

    def _open(self, method: str, headers: Mapping[str, str]) -> requests.Response:
        wanted = {"Want-Repr-Digest": "sha-256=1"} if self.check else {}
        path = f"/download/{url_path(self.source.lstrip('/'))}"
        return self.service.open(method, path, query={"username": self.username}, headers={**wanted, **headers})


@dataclass
class _Part:
    """The partial download: a file beside the final one, whose name identifies the version."""

    path: Path
    file: BinaryIO
    etag: str | None
    sha256: Any
    size: int = 0

    def begin(self, etag: str | None) -> None:
        self.file.truncate(0)
        self.etag, self.sha256, self.size = etag, hashlib.sha256(), 0

    def add(self, chunk: bytes) -> None:
        self.file.write(chunk)
        self.sha256.update(chunk)
        self.size += len(chunk)


def _open_part(target: Path, etag: str | None) -> _Part:
    """Opens the partial download of an earlier call of this version, or starts a new one."""
    version = hashlib.sha256((etag or "").encode()).hexdigest()[:16]
    path = target.with_name(f".{target.name}.{version}.part")
    part = _Part(path, open(path, "a+b"), etag, hashlib.sha256())
    if etag is None:
        part.begin(None)
        return part
    part.file.seek(0)
    while chunk := part.file.read(_CHUNK_BYTES):
        part.sha256.update(chunk)
        part.size += len(chunk)
    return part


def _receive(remote: _Remote, part: _Part, total: int | None, progress: bool) -> str | None:
    """Receives the missing bytes. :returns: the SHA-256 from the service, if it sends one"""
    failures = 0
    with bytes_bar(progress, total, part.size) as bar:
        while True:
            before = part.size
            try:
                return _receive_once(remote, part, bar)
            except (requests.RequestException, HTTPError) as cause:
                # A tar is generated for each request, and has no version by which it could be resumed.
                if part.etag is None:
                    reason = f"The connection broke before the end of {remote.source}."
                    raise StagingError("INCOMPLETE", reason, "Download it again.") from cause
                failures = 0 if part.size > before else failures + 1
                if failures == _MAX_FAILURES:
                    raise unreachable(remote.service.url) from cause
                time.sleep(min(0.1 * 2**failures, 15))


def _receive_once(remote: _Remote, part: _Part, bar: Any) -> str | None:
    """Appends the bytes of one answer, and returns when all have arrived. :raises requests.RequestException: else"""
    rest = {"Range": f"bytes={part.size}-", "If-Range": part.etag} if part.size > 0 and part.etag else {}
    with remote.open(rest) as answer:
        if answer.status_code == 416:
            # All bytes have arrived already: the digest shows whether they are right.
            return None
        if answer.status_code == 200:
            part.begin(answer.headers.get("ETag"))
            bar.reset(_length(answer.headers))
        length = _length(answer.headers)
        end = None if length is None else part.size + length
        for chunk in answer.raw.stream(_CHUNK_BYTES, decode_content=False):
            part.add(chunk)
            bar.update(len(chunk))
        if end is not None and part.size != end:
            raise requests.ConnectionError("the answer was too short")
        return _sha256_of(answer.headers)


def _compare(part: _Part, expected: str | None) -> None:
    found = part.sha256.hexdigest()
    if expected is None or found == expected:
        return
    part.path.unlink()
    reason = f"What has arrived is not what the service has: its SHA-256 is {found}, not {expected}."
    raise StagingError("DIGEST_DIFFERS", reason, "Download it again.")


def _target(source: str, to: str | os.PathLike[str] | None, is_tar: bool) -> Path:
    if to is not None and not Path(to).is_dir():
        return Path(to)
    name = local_path(last_name(source)).name
    return Path(to or "") / (f"{name}.tar" if is_tar else name)


def _check_free(target: Path) -> None:
    if target.exists():
        raise FileExistsError(f"{target} exists already, and nothing is replaced")


def _length(headers: Mapping[str, str]) -> int | None:
    length = headers.get("Content-Length")
    return None if length is None else int(length)


def _sha256_of(headers: Mapping[str, str]) -> str | None:
    """The SHA-256 of the whole file (RFC 9530 §3.1), which partial answers contain, too."""
    match = re.search(r"sha-256=:([A-Za-z0-9+/=]+):", headers.get("Repr-Digest", ""))
    return base64.b64decode(match.group(1)).hex() if match else None
