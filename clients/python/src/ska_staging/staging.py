"""Staging, of one source or of many."""

from __future__ import annotations

import os
import uuid
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from .errors import OtherVersionWarning, StagingError, error_of_operation
from .names import last_name, place_of
from .service import Query, Service
from .waiting import Result, abort_on_interrupt, follow_batch, follow_operation

#: The maximum number of reasons in the message of a batch.
_MAX_REASONS = 5


def stage(
    source: str | os.PathLike[str],
    relative_path: str | None = None,
    *,
    username: str | None = None,
    method: str = "local_copy",
    url: str | None = None,
    progress: bool = True,
) -> Path:
    """Stages a file or folder, waits until it is there, and returns its path.

    :param source: a path of the source storage, ``s3://bucket/key``, or ``rucio://scope:name``
    :param relative_path: its path in the user area; by default the last name of the source
    :param username: the user area; by default ``SKA_STAGING_USERNAME``, or that of the token's owner
    :param method: ``local_copy``, ``symlink_copy`` or ``jupyter_copy``
    :param url: the address of the service; by default ``SKA_STAGING_URL``
    :param progress: whether to show a progress bar
    :raises StagingError: with code, reason and remedy
    """
    with Service(url) as service:
        return begin_operation(
            service,
            source,
            relative_path,
            username=username,
            method=method,
            follow=lambda identifier: staged_path(follow_operation(service, identifier, progress)),
        )


def stage_many(
    sources: Iterable[str | os.PathLike[str] | tuple[str, str]],
    relative_path: str | None = None,
    *,
    username: str | None = None,
    method: str = "local_copy",
    all_or_nothing: bool = False,
    url: str | None = None,
    progress: bool = True,
) -> list[Path]:
    """Stages many sources as one batch, and returns their paths in the same order.

    :param sources: each a source, or a pair of a source and its path
    :param relative_path: a folder of the user area that contains the paths; needed with ``all_or_nothing``
    :param all_or_nothing: whether nothing appears unless all succeed
    :raises StagingError: when any fails. ``failures`` has the error of each; the others are staged, unless
        ``all_or_nothing`` is set
    """
    items = [_item(source, relative_path) for source in sources]
    body: dict[str, Any] = {"items": items, "all_or_nothing": all_or_nothing}
    if relative_path is not None:
        body["relative_path"] = relative_path
    query = {"method": _staging(method), "username": user(username)}
    with Service(url) as service:
        return _begin(
            service,
            "/batches",
            body,
            query,
            follow=lambda identifier: batch_paths(service, follow_batch(service, identifier, progress)),
        )


def begin_operation(
    service: Service,
    source: str | os.PathLike[str],
    relative_path: str | None,
    *,
    username: str | None,
    method: str,
    follow: Callable[[str], Result],
) -> Result:
    """Requests staging of a source, and follows the operation of this id; aborts it on an interrupt."""
    path = os.fspath(source)
    body = {"local_path_on_storage": path, "relative_path": relative_path or last_name(path)}
    query = {"method": _staging(method), "username": user(username)}
    return _begin(service, "/stage_data", body, query, follow)


def staged_path(operation: Mapping[str, Any]) -> Path:
    """The path of an ended operation's data. :raises StagingError: when it has failed"""
    if operation["phase"] != "COMPLETED":
        raise error_of_operation(operation)
    path = place_of(operation)
    if operation["present"] == "differs":
        message = f"{path} already existed, and is not the current version of the source. It was not changed."
        warnings.warn(message, OtherVersionWarning, stacklevel=3)
    return path


def batch_paths(service: Service, batch: Mapping[str, Any]) -> list[Path]:
    """The paths of an ended batch's data. :raises StagingError: when any item has failed"""
    if batch["phase"] == "COMPLETED":
        return [staged_path(operation) for operation in _operations(service, batch["id"])]
    failures = [
        error_of_operation(operation)
        for phase in ("ERROR", "ABORTED")
        for operation in _operations(service, batch["id"], phase)
    ]
    if not failures:
        code = str(batch.get("error_code") or batch["phase"])
        raise StagingError(code, str(batch.get("error_reason") or f"The batch is {batch['phase']}."))
    first = failures[0]
    reasons = " ".join(failure.reason for failure in failures[:_MAX_REASONS])
    raise StagingError(
        first.code,
        f"{len(failures)} of {batch['operations_total']} were not staged. {reasons}",
        first.remedy,
        operation_id=first.operation_id,
        failures=failures,
    )


def user(username: str | None) -> str | None:
    """The user to stage for; None for the token's owner."""
    return username or os.environ.get("SKA_STAGING_USERNAME") or None


def _begin(
    service: Service, path: str, body: Any, query: Mapping[str, str | None], follow: Callable[[str], Result]
) -> Result:
    """Starts an operation or batch, and follows the one of this id; aborts it on an interrupt."""
    # It is started once, for any number of requests: all have one key.
    headers = {"Prefer": "respond-async", "Idempotency-Key": str(uuid.uuid4())}

    def begin() -> tuple[str, str]:
        answer = service.ask("POST", path, query=query, body=body, headers=headers)
        return ("operations", answer["operation"]["id"]) if "operation" in answer else ("batches", answer["id"])

    return abort_on_interrupt(service, lambda: follow(begin()[1]), lambda: "/{}/{}".format(*begin()))


def _operations(service: Service, batch_id: str, phase: str | None = None) -> list[dict[str, Any]]:
    """The operations of a batch, in the order of the request."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query: Query = {"batch": batch_id, "order": "oldest", "limit": 1000, "phase": phase, "cursor": cursor}
        page = service.ask("GET", "/operations", query=query)
        found.extend(page["operations"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def _item(source: str | os.PathLike[str] | tuple[str, str], folder: str | None) -> dict[str, str]:
    path, target = source if isinstance(source, tuple) else (os.fspath(source), last_name(os.fspath(source)))
    place = target if folder is None else f"{folder.rstrip('/')}/{target.lstrip('/')}"
    return {"local_path_on_storage": path, "relative_path": place}


def _staging(method: str) -> str:
    if method == "direct_download":
        raise ValueError("direct_download stages nothing: use download()")
    return method
