"""Names and paths as the service writes them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

#: The escape for a byte that is not valid UTF-8, or for a backslash that would look like an escape.
_ESCAPE = re.compile(rb"\\x([89a-f][0-9a-f]|5c)")


def local_path(text: str) -> Path:
    """The path that the service writes as this text: names on disk are bytes, and need not be UTF-8."""
    raw = text.encode("utf-8", "surrogateescape")
    return Path(os.fsdecode(_ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), raw)))


def url_path(source: str) -> str:
    """A source as the path of a URL. The service itself decodes the escapes in it."""
    return quote(source, safe="/:")


def last_name(source: str) -> str:
    """The default name of data: the last one of its source. :raises ValueError: if there is none"""
    path = re.sub(r"^(rucio:(//)?[^:/]*:|s3://[^/]*)", "", source)
    name = path.rstrip("/").rpartition("/")[2]
    if name in ("", ".", ".."):
        raise ValueError(f"{source!r} has no name: say what its copy shall be called")
    return name


def place_of(operation: Mapping[str, Any]) -> Path:
    """The path of an operation's data in this notebook: as configured by the site, or as the service sees it."""
    if operation["method"] == "jupyter_copy":
        root = os.environ.get("JUPYTER_SERVER_ROOT") or Path.home()
        return Path(root) / local_path(str(operation["relative_path"]).lstrip("/"))
    return local_path(str(operation["notebook_path"] or operation["location"]))


def printable(text: str) -> str:
    """A text without characters that control a terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", lambda match: f"\\x{ord(match.group()) & 0xFF:02x}", text)
