"""The errors of the package, in the terms of the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class StagingError(Exception):
    """Why a request to the service failed, or could not be sent.

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
        #: The failed operation, which is in the service's record.
        self.operation_id = operation_id
        #: The error of each, if several failed.
        self.failures = tuple(failures)

    def __str__(self) -> str:
        # Many reasons end with a path, and paths are not followed by a full stop.
        reason = self.reason if self.reason.endswith((".", "!", "?")) or not self.remedy else f"{self.reason}."
        sentences = [reason, *([self.remedy] if self.remedy else [])]
        return f"{' '.join(sentences)} ({self.code})"


class OtherVersionWarning(UserWarning):
    """The existing data is not the current version of the source. It was not changed."""


def error_of_problem(problem: Mapping[str, Any], status: int) -> StagingError:
    """The error of an answer, from its problem details (RFC 9457)."""
    return StagingError(
        str(problem.get("code") or f"HTTP_{status}"),
        str(problem.get("detail") or problem.get("title") or f"The service answered {status}."),
        problem.get("remedy"),
        status=status,
        operation_id=problem.get("operation_id"),
    )


def error_of_operation(operation: Mapping[str, Any]) -> StagingError:
    """The error of a failed or aborted operation."""
    return StagingError(
        str(operation["error_code"] or operation["phase"]),
        str(operation["error_reason"] or f"The operation is {operation['phase']}."),
        operation["remedy"],
        operation_id=operation["id"],
    )
