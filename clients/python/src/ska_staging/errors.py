"""What can go wrong, in the words of the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class StagingError(Exception):
    """Why the service did not do what it was asked, or could not be asked.

    ``code`` is stable: one of the service's table of errors, or one of this package: ``UNREACHABLE``,
    ``TOKEN_INVALID``, ``ADDRESS_INVALID``, ``REDIRECTED``, ``DIGEST_DIFFERS``, ``INCOMPLETE``.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        remedy: str | None = None,
        *,
        status: int | None = None,
        operation_id: str | None = None,
        failures: Sequence[StagingError] = (),
    ) -> None:
        super().__init__(code, reason, remedy)
        self.code = code
        self.reason = reason
        self.remedy = remedy
        #: The status of the answer, if there was one.
        self.status = status
        #: The operation that failed, which the service keeps the record of.
        self.operation_id = operation_id
        #: Of several that failed: each.
        self.failures = tuple(failures)

    def __str__(self) -> str:
        # Many reasons end with a path, and none of these with a full stop.
        reason = self.reason if self.reason.endswith((".", "!", "?")) or not self.remedy else f"{self.reason}."
        sentences = [reason, *([self.remedy] if self.remedy else [])]
        return f"{' '.join(sentences)} ({self.code})"


class OtherVersionWarning(UserWarning):
    """What is there already is not of the source as it is now. It was not touched."""


def error_of_problem(problem: Mapping[str, Any], status: int) -> StagingError:
    """The error of an answer, by its problem details (RFC 9457)."""
    return StagingError(
        str(problem.get("code") or f"HTTP_{status}"),
        str(problem.get("detail") or problem.get("title") or f"The service answered {status}."),
        problem.get("remedy"),
        status=status,
        operation_id=problem.get("operation_id"),
    )


def error_of_operation(operation: Mapping[str, Any]) -> StagingError:
    """The error of an operation that has failed or was aborted."""
    return StagingError(
        str(operation["error_code"] or operation["phase"]),
        str(operation["error_reason"] or f"The operation is {operation['phase']}."),
        operation["remedy"],
        operation_id=operation["id"],
    )
