from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ska_staging import StagingError, download, ls, stage
from ska_staging.service import Service


class OtherHost:
    """Two hosts, one of which redirects to the other."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        self.location: str | None = None
        other = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                other.headers.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(303 if other.location else 200)
                if other.location:
                    self.send_header("Location", other.location)
                self.send_header("ETag", '"1"')
                self.send_header("Content-Length", "0" if other.location else "5")
                self.end_headers()
                if not other.location and self.command == "GET":
                    self.wfile.write(b"bytes")

            do_HEAD = do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hosts() -> Iterator[tuple[OtherHost, OtherHost]]:
    pair = OtherHost(), OtherHost()
    yield pair
    for host in pair:
        host.server.shutdown()
        host.server.server_close()


def test_a_redirected_download_does_not_take_the_token_along(
    hosts: tuple[OtherHost, OtherHost], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = hosts
    first.location = f"{second.url}/elsewhere"
    monkeypatch.setenv("SKA_STAGING_TOKEN", "secret")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert download("a", tmp_path / "a", url=first.url, progress=False).read_bytes() == b"bytes"
    assert {headers["authorization"] for headers in first.headers} == {"Bearer secret"}
    assert second.headers and all("authorization" not in headers for headers in second.headers)


def test_a_service_that_leads_elsewhere_is_not_followed(
    hosts: tuple[OtherHost, OtherHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = hosts
    first.location = f"{second.url}/elsewhere?with=secrets"
    monkeypatch.setenv("SKA_STAGING_TOKEN", "secret")
    with pytest.raises(StagingError) as raised:
        stage("a", url=first.url, progress=False)
    assert raised.value.code == "REDIRECTED"
    assert second.url in str(raised.value) and "secrets" not in str(raised.value)
    assert second.headers == []


@pytest.mark.parametrize("token", ["top secret", "secret\nX-Other: 1", "sécret"])
def test_a_token_that_is_none_is_refused_and_not_shown(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKA_STAGING_TOKEN", token)
    with pytest.raises(StagingError) as raised:
        ls()
    assert raised.value.code == "TOKEN_INVALID"
    assert "cret" not in str(raised.value)


def test_a_wrong_token_is_refused_by_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKA_STAGING_TOKEN", "wrong")
    with pytest.raises(StagingError) as raised:
        ls()
    assert raised.value.status == 401
    assert "wrong" not in repr(raised.value)


def test_nothing_shows_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKA_STAGING_TOKEN", "secret")
    with Service() as service:
        assert "secret" not in repr(service) + repr(service._session.auth) + repr(service._session.headers)


@pytest.mark.parametrize("url", ["ftp://host", "staging.example.org", "https://me:secret@host"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(StagingError) as raised:
        ls(url=url)
    assert raised.value.code == "ADDRESS_INVALID"
    assert "secret" not in str(raised.value)


def test_where_nobody_answers_this_is_said_at_once(hosts: tuple[OtherHost, OtherHost]) -> None:
    gone = hosts[0]
    gone.server.server_close()
    with pytest.raises(StagingError) as raised:
        ls(url=gone.url)
    assert raised.value.code == "UNREACHABLE"


def test_what_answers_and_is_no_staging_service_is_told(hosts: tuple[OtherHost, OtherHost]) -> None:
    with pytest.raises(StagingError, match="is not the staging service"):
        ls(url=hosts[0].url)
