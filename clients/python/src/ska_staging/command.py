"""The command ``ska-staging``."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .downloading import download
from .errors import StagingError
from .listing import Entry, ls
from .names import printable
from .service import Service
from .staging import batch_paths, begin_operation, stage, stage_many, staged_path
from .waiting import abort_on_interrupt, follow_batch, follow_operation


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command. :returns: its exit code: 1 after an error, 130 after an interrupt"""
    options = _parser().parse_args(arguments)
    warnings.showwarning = lambda message, *_args, **_more: _say(f"Note: {message}")
    try:
        options.run(options)
        return 0
    except (StagingError, OSError, ValueError) as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt as interrupt:
        _say(" ".join(["Interrupted.", *interrupt.args]))
        return 130


def _stage(options: argparse.Namespace) -> None:
    if options.no_wait:
        _begin(options)
    elif len(options.sources) == 1:
        _print([stage(options.sources[0], options.to, **_common(options), method=options.method)])
    else:
        _print(stage_many(options.sources, options.to, **_common(options), method=options.method))


def _begin(options: argparse.Namespace) -> None:
    if options.to is not None and len(options.sources) > 1:
        raise ValueError("--to with --no-wait accepts only one source")
    with Service(options.url) as service:
        for source in options.sources:
            named = {"username": options.username, "method": options.method}
            print(begin_operation(service, source, options.to, **named, follow=str), flush=True)


def _ls(options: argparse.Namespace) -> None:
    for entry in ls(options.path, url=options.url):
        print(_line(entry) if options.long else _name(entry))


def _get(options: argparse.Namespace) -> None:
    _print([download(options.source, options.output, check=not options.no_check, **_common(options))])


def _wait(options: argparse.Namespace) -> None:
    with Service(options.url) as service:
        _print(_end(service, options.id, _is_batch(service, options.id)))


def _again(options: argparse.Namespace) -> None:
    with Service(options.url) as service:
        is_batch = _is_batch(service, options.id)
        path = f"/{'batches' if is_batch else 'operations'}/{options.id}"

        def retry() -> list[Path]:
            service.ask("POST", f"{path}/retry")
            return _end(service, options.id, is_batch)

        _print(abort_on_interrupt(service, retry, lambda: path))


def _is_batch(service: Service, identifier: str) -> bool:
    try:
        service.ask("GET", f"/batches/{identifier}", query={"limit": 1})
        return True
    except StagingError as error:
        if error.status != 404:
            raise
        return False


def _end(service: Service, identifier: str, is_batch: bool) -> list[Path]:
    if is_batch:
        return batch_paths(service, follow_batch(service, identifier, _has_bar()))
    return [staged_path(follow_operation(service, identifier, _has_bar()))]


def _common(options: argparse.Namespace) -> dict[str, Any]:
    return {"username": options.username, "url": options.url, "progress": _has_bar()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ska-staging",
        description="Stages data. SKA_STAGING_URL is the address of the service, SKA_STAGING_TOKEN your token.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], None], summary: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary)
        command.set_defaults(run=run)
        command.add_argument("--url", help="the address of the service; default: SKA_STAGING_URL")
        return command

    def add_user(command: argparse.ArgumentParser) -> None:
        command.add_argument("--username", help="the user to act for; default: SKA_STAGING_USERNAME, or the caller")

    command = add("stage", _stage, "stage data, and print where it is")
    add_user(command)
    command.add_argument("sources", nargs="+", metavar="SOURCE")
    command.add_argument("--to", metavar="PATH", help="the path in the user area; for several sources, their folder")
    command.add_argument("--method", default="local_copy", choices=["local_copy", "symlink_copy", "jupyter_copy"])
    command.add_argument("--no-wait", action="store_true", help="print the ids of the operations, and do not wait")
    command = add("ls", _ls, "list a folder of the source storage")
    command.add_argument("path", nargs="?", default="", metavar="PATH")
    command.add_argument("-l", "--long", action="store_true", help="show size and modification time")
    command = add("get", _get, "download a file, or a folder as a tar archive")
    add_user(command)
    command.add_argument("source", metavar="SOURCE")
    command.add_argument("-o", "--output", metavar="PATH", help="the output file, or an existing folder")
    command.add_argument("--no-check", action="store_true", help="do not verify the SHA-256")
    command = add("wait", _wait, "wait for an operation or batch, and print where its data is")
    command.add_argument("id", metavar="ID")
    command = add("again", _again, "retry a failed operation, or what failed of a batch, and wait for the end")
    command.add_argument("id", metavar="ID")
    return parser


def _line(entry: Entry) -> str:
    size = "-" if entry.size_bytes is None else str(entry.size_bytes)
    when = "-" if entry.modified_at is None else f"{entry.modified_at:%Y-%m-%d %H:%M}"
    return f"{size:>15}  {when:<16}  {_name(entry)}"


def _name(entry: Entry) -> str:
    return printable(entry.name) + ("/" if entry.kind == "directory" else "")


def _has_bar() -> bool:
    return sys.stderr.isatty()


def _print(paths: Sequence[Path]) -> None:
    for path in paths:
        print(printable(str(path)))


def _say(text: str) -> None:
    print(printable(text), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
