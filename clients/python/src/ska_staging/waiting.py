"""Follows operations and batches to their end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from tqdm.auto import tqdm

from .errors import StagingError
from .service import Service

#: How often progress is polled, in seconds. It is recorded once a second.
_POLL_SECONDS = 1
_ACTIVE = ("PENDING", "QUEUED", "EXECUTING")
#: How long requests of an abort are retried, in seconds.
_ABORT_PATIENCE = 10.0

Result = TypeVar("Result")


def follow_operation(service: Service, operation_id: str, progress: bool) -> dict[str, Any]:
    """The operation when it has ended, with a bar until then."""
    # The answer is sent as soon as the phase changes, and therefore without delay at the end.
    return _follow(service, f"/operations/{operation_id}", {"wait": _POLL_SECONDS}, progress)


def follow_batch(service: Service, batch_id: str, progress: bool) -> dict[str, Any]:
    """The batch when it has ended, with a bar until then."""
    return _follow(service, f"/batches/{batch_id}", {"limit": 1}, progress)


def abort_on_interrupt(service: Service, work: Callable[[], Result], find_path: Callable[[], str]) -> Result:
    """Does work that begins and follows an operation or batch, which is aborted on an interrupt, so that no partial
    data is left. It is not a context manager, because an interrupt while one is entered would be missed.

    :param find_path: its path in the service
    :raises KeyboardInterrupt: with a sentence on what became of it
    """
    try:
        return work()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_abort(service, find_path)) from None


def _abort(service: Service, find_path: Callable[[], str]) -> str:
    service.patience = _ABORT_PATIENCE
    try:
        path = find_path()
        service.ask("DELETE", path)
    except StagingError as error:
        if error.code in ("OPERATION_ENDED", "BATCH_ENDED"):
            return "What was requested had ended."
        return f"The abort failed, and what was requested may continue: {error}"
    return f"{path} is aborted."


def bytes_bar(progress: bool, total: int | None = None, done: int = 0) -> Any:
    """A bar of bytes, which is not shown without ``progress``."""
    units: dict[str, Any] = {"unit": "B", "unit_scale": True, "unit_divisor": 1024}
    return tqdm(total=total, initial=done, disable=not progress, leave=False, **units)


def _follow(service: Service, path: str, query: dict[str, int], progress: bool) -> dict[str, Any]:
    bar = bytes_bar(progress)
    pause = 0.1
    try:
        while True:
            state: dict[str, Any] = service.ask("GET", path, query=query)
            _show(bar, state)
            if state["phase"] not in _ACTIVE:
                return state
            if "wait" not in query:
                time.sleep(pause)
                pause = min(pause * 2, _POLL_SECONDS)
    finally:
        bar.close()


def _show(bar: Any, state: dict[str, Any]) -> None:
    bar.total = state["bytes_total"] or None
    bar.set_description(str(state["phase"]).lower(), refresh=False)
    bar.n = state["bytes_done"]
    bar.refresh()
