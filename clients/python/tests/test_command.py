from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ska_staging.service import Service

from .conftest import Command

Source = tuple[str, Path]


def test_stage_prints_where_the_data_is(source: Source, area: Path, command: Command) -> None:
    name, folder = source
    (folder / "a").write_text("a")
    done = command("stage", f"{name}/a", "--to", f"{name}/a")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{area / name / 'a'}\n", "")


def test_stage_prints_a_line_for_each_of_several(source: Source, area: Path, command: Command) -> None:
    name, folder = source
    for one in ("a", "b"):
        (folder / one).write_text(one)
    done = command("stage", f"{name}/b", f"{name}/a", "--to", name)
    assert done.stdout.splitlines() == [str(area / name / "b"), str(area / name / "a")]


def test_an_error_is_a_sentence_with_a_remedy(command: Command) -> None:
    done = command("stage", "not/there")
    assert (done.returncode, done.stdout) == (1, "")
    assert "not/there" in done.stderr and "SOURCE_NOT_FOUND" in done.stderr
    assert "Traceback" not in done.stderr


def test_ls_shows_what_there_is_and_nothing_steers_the_terminal(source: Source, command: Command) -> None:
    name, folder = source
    (folder / "b").mkdir()
    (folder / "\x1b[31mred").write_text("12345")
    assert command("ls", name).stdout.splitlines() == ["\\x1b[31mred", "b/"]
    assert " 5  " in command("ls", "-l", name).stdout


def test_get_downloads_into_the_working_directory(source: Source, tmp_path: Path, command: Command) -> None:
    name, folder = source
    (folder / "a").write_text("a")
    assert command("get", f"{name}/a").stdout == "a\n"
    assert (tmp_path / "a").read_text() == "a"
    again = command("get", f"{name}/a")
    assert again.returncode == 1 and "exists already" in again.stderr


def test_what_was_begun_is_waited_for_and_tried_again(source: Source, area: Path, command: Command) -> None:
    name, folder = source
    identifier = command("stage", f"{name}/late", "--to", f"{name}/late", "--no-wait").stdout.strip()
    waited = command("wait", identifier)
    assert waited.returncode == 1 and "SOURCE_NOT_FOUND" in waited.stderr
    (folder / "late").write_text("late")
    again = command("again", identifier)
    assert (again.returncode, again.stdout) == (0, f"{area / name / 'late'}\n")
    assert command("wait", identifier).stdout == again.stdout


def test_what_failed_of_a_batch_is_tried_again(source: Source, command: Command) -> None:
    name, folder = source
    (folder / "good").write_text("good")
    assert command("stage", f"{name}/good", f"{name}/late", "--to", name).returncode == 1
    (folder / "late").write_text("late")
    with Service() as service:
        batch = service.ask("GET", "/batches", query={"limit": 1})["batches"][0]
    again = command("again", batch["id"])
    assert [Path(line).name for line in again.stdout.splitlines()] == ["good", "late"]


def test_an_unknown_id_is_told(command: Command) -> None:
    done = command("wait", "00000000-0000-7000-8000-000000000000")
    assert done.returncode == 1 and "OPERATION_NOT_FOUND" in done.stderr


def test_an_interrupt_aborts_what_was_begun(slow_source: str, area: Path) -> None:
    target = f"interrupted-{time.monotonic_ns()}"
    arguments = [sys.executable, "-m", "ska_staging.command", "stage", slow_source, "--to", target]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as running, Service() as service:
        operation = _when_running(service, target)
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 130
        assert running.stderr is not None
        assert running.stderr.read() == f"Interrupted. /operations/{operation['id']} is aborted.\n"
        operation = service.ask("GET", f"/operations/{operation['id']}", query={"wait": 30})
        assert (operation["phase"], os.path.exists(area / target)) == ("ABORTED", False)


def _when_running(service: Service, target: str) -> dict[str, str]:
    while True:
        page = service.ask("GET", "/operations", query={"text": target, "phase": "EXECUTING"})
        if page["operations"]:
            operation: dict[str, str] = page["operations"][0]
            return operation
