"""Requests to the service. The token is sent to no other host."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase

from .errors import StagingError, error_of_problem

#: The timeouts for connecting, and for the start of an answer, in seconds.
_TIMEOUT = (10, 120)
_PASSING = (429, 502, 503, 504)
_MAX_REDIRECTS = 5

Query = Mapping[str, "str | int | None"]


class _Token(AuthBase):
    """Adds the token to requests for the service only. Its presence also prevents passwords from ~/.netrc."""

    def __init__(self, origin: tuple[str, str], token: str | None) -> None:
        self._origin = origin
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token and origin_of(request.url or "") == self._origin:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self) -> str:
        return "<token>"


class Service:
    """A staging service, at ``url`` or the address in the environment."""

    def __init__(self, url: str | None = None) -> None:
        self.url = _address(url or os.environ.get("SKA_STAGING_URL") or "http://127.0.0.1:8000")
        #: How long requests are retried when the service, which has answered before, does not, in seconds.
        self.patience = 120.0
        self._has_answered = False
        self._session = requests.Session()
        self._session.auth = _Token(origin_of(self.url), _token())
        self._session.headers["User-Agent"] = "ska-staging-python"

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON of an answer. The request is retried while the service does not answer: all requests made here
        are idempotent, by their key or by themselves.

        :raises StagingError: the service's error, or ``UNREACHABLE``
        """
        began = time.monotonic()
        for pause in _pauses():
            try:
                answer = self._session.request(
                    method,
                    self.url + path,
                    params=_given(query),
                    json=body,
                    headers=headers,
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                )
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as cause:
                error = unreachable(self.url)
                error.__cause__ = cause
                if not self._has_answered:
                    raise error
            else:
                self._has_answered = True
                if answer.status_code not in _PASSING:
                    return self._content_of(answer)
                error = error_of_answer(answer)
                pause = max(pause, _retry_after(answer))
            if time.monotonic() + pause - began > self.patience:
                raise error
            time.sleep(pause)
        raise error

    def open(
        self, method: str, path: str, *, query: Query | None = None, headers: Mapping[str, str]
    ) -> requests.Response:
        """An answer that the caller reads and closes. Redirects are followed; other hosts do not get the token.

        :raises StagingError: the service's error
        :raises requests.RequestException: when the connection fails
        """
        url, params = self.url + path, _given(query)
        for _ in range(_MAX_REDIRECTS):
            answer = self._session.request(
                method,
                url,
                params=params,
                headers={"Accept-Encoding": "identity", **headers},
                timeout=_TIMEOUT,
                stream=True,
                allow_redirects=False,
            )
            if not answer.is_redirect:
                if answer.ok or answer.status_code == 416:
                    return answer
                with answer:
                    raise error_of_answer(answer)
            answer.close()
            url, params = urljoin(url, answer.headers["Location"]), {}
        raise StagingError("REDIRECTED", "The download was redirected too often.")

    def _content_of(self, answer: requests.Response) -> Any:
        if answer.is_redirect:
            scheme, host = origin_of(urljoin(answer.url, answer.headers["Location"]))
            raise StagingError(
                "REDIRECTED",
                f"The address of the service leads to another one, at {scheme}://{host}.",
                "Set SKA_STAGING_URL to the address that the service has.",
                status=answer.status_code,
            )
        if not answer.ok:
            raise error_of_answer(answer)
        try:
            return answer.json()
        except requests.JSONDecodeError:
            reason = f"What answers at {self.url} is not the staging service."
            raise StagingError("UNREACHABLE", reason, "Check SKA_STAGING_URL.") from None


def origin_of(url: str) -> tuple[str, str]:
    """The origin: the scheme, and the host with its port."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return parts.scheme, f"{host}:{port}"


def error_of_answer(answer: requests.Response) -> StagingError:
    """The errors in an answer."""
    try:
        problem = answer.json()
    except requests.JSONDecodeError:
        problem = None
    return error_of_problem(problem if isinstance(problem, dict) else {}, answer.status_code)


def unreachable(url: str) -> StagingError:
    """The service cannot be reached."""
    return StagingError(
        "UNREACHABLE", f"The staging service at {url} cannot be reached.", "Check SKA_STAGING_URL and the network."
    )


def _given(query: Query | None) -> dict[str, str | int]:
    return {name: value for name, value in (query or {}).items() if value is not None}


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise StagingError(
            "ADDRESS_INVALID",
            "The address of the service must be an http:// or https:// URL without a user and password.",
            "Set SKA_STAGING_URL, and the token as SKA_STAGING_TOKEN.",
        )
    return url.rstrip("/")


def _token() -> str | None:
    token = os.environ.get("SKA_STAGING_TOKEN", "").strip()
    # Otherwise requests would refuse it, and show it in its message.
    if re.fullmatch(r"[A-Za-z0-9._~+/=-]*", token) is None:
        raise StagingError(
            "TOKEN_INVALID", "SKA_STAGING_TOKEN has characters that no token has.", "Copy the token again."
        )
    return token or None


def _pauses() -> Iterator[float]:
    pause = 0.5
    while True:
        yield pause
        pause = min(pause * 2, 15.0)


def _retry_after(answer: requests.Response) -> float:
    seconds = answer.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else 0.0
