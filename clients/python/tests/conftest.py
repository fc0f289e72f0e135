"""The tests run against a real service, which is configured by the environment."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .proxy import Proxy


@pytest.fixture
def source() -> tuple[str, Path]:
    """A new folder of the source storage: its name there, and its path."""
    name = f"python-{uuid.uuid4().hex}"
    folder = Path(os.environ["TEST_SOURCE_STORAGE"]) / name
    folder.mkdir()
    return name, folder


@pytest.fixture
def area() -> Path:
    """The user area of the token's owner."""
    return Path(os.environ["TEST_USER_AREA"])


@pytest.fixture
def slow_source() -> str:
    """A file whose copy does not end by itself."""
    return os.environ["TEST_SLOW_SOURCE"]


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy(os.environ["SKA_STAGING_URL"]) as running:
        yield running


Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Runs the command in an empty folder."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ska_staging.command", *arguments],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run
