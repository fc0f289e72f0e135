"""Lists the available data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .service import Service


@dataclass(frozen=True)
class Entry:
    """A file or folder of the source storage, an object or prefix of a bucket, or a data identifier."""

    name: str
    #: Its source for stage() and download().
    source: str
    #: ``file``, ``directory``, or ``other``, which cannot be staged.
    kind: str
    size_bytes: int | None
    modified_at: datetime | None


def ls(path: str = "", *, url: str | None = None) -> list[Entry]:
    """Lists a folder of the source storage, ``s3://bucket/prefix/``, or a dataset ``rucio://scope:name``.

    :raises StagingError: with code, reason and remedy
    """
    entries: list[Entry] = []
    cursor: str | None = None
    with Service(url) as service:
        while True:
            query = {"path": path or None, "limit": 1000, "cursor": cursor}
            page = service.ask("GET", "/browse", query=query)
            entries.extend(_entry(page["path"], entry) for entry in page["entries"])
            cursor = page["next_cursor"]
            if cursor is None:
                return entries


def _entry(folder: str, entry: dict[str, Any]) -> Entry:
    did, modified = entry.get("did"), entry["modified_at"]
    path = "/".join([*([folder.rstrip("/")] if folder else []), entry["name"]])
    return Entry(
        name=entry["name"],
        source=did["source"] if did else path,
        kind=entry["kind"],
        size_bytes=entry["size_bytes"],
        modified_at=datetime.fromisoformat(modified.replace("Z", "+00:00")) if modified else None,
    )
