"""Names and paths as the service writes them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

#: What stands for a byte that is not part of a character, or for the backslash before the same.
_ESCAPE = re.compile(rb"\\x([89a-f][0-9a-f]|5c)")


def local_path(text: str) -> Path:
    """The path that the service writes as this text: names on disk are bytes, and need not be UTF-8."""
    raw = text.encode("utf-8", "surrogateescape")
    return Path(os.fsdecode(_ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), raw)))


def url_path(source: str) -> str:
    """A source as the path of an address. The service itself reads the escapes in it."""
    return quote(source, safe="/:")


def last_name(source: str) -> str:
    """The name that data has by default: the last one of its source. :raises ValueError: if there is none"""
    path = re.sub(r"^(rucio:(//)?[^:/]*:|s3://[^/]*)", "", source)
    name = path.rstrip("/").rpartition("/")[2]
    if name in ("", ".", ".."):
        raise ValueError(f"{source!r} has no name: say what its copy shall be called")
    return name


def place_of(operation: Mapping[str, Any]) -> Path:
    """Where the data of an operation is for this notebook: as the site says, or where the service has put it."""
    if operation["method"] == "jupyter_copy":
        root = os.environ.get("JUPYTER_SERVER_ROOT") or Path.home()
        return Path(root) / local_path(str(operation["relative_path"]).lstrip("/"))
    return local_path(str(operation["notebook_path"] or operation["location"]))


def printable(text: str) -> str:
    """A text without what could steer a terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", lambda match: f"\\x{ord(match.group()) & 0xFF:02x}", text)
