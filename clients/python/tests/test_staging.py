from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ska_staging import OtherVersionWarning, StagingError, stage, stage_many
from ska_staging.service import Service
from ska_staging.waiting import abort_on_interrupt

Source = tuple[str, Path]


def test_a_file_is_staged_and_its_path_is_returned(source: Source, area: Path) -> None:
    name, folder = source
    (folder / "m31.fits").write_bytes(b"data")
    path = stage(f"{name}/m31.fits", f"{name}/copy.fits", progress=False)
    assert path == area / name / "copy.fits"
    assert path.read_bytes() == b"data"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_a_folder_is_staged_whole_under_its_own_name(source: Source, area: Path) -> None:
    name, folder = source
    (folder / "table.dat").write_text("rows")
    assert stage(folder, progress=False) == area / name
    assert (area / name / "table.dat").read_text() == "rows"


def test_names_that_are_no_text_are_found_on_disk(source: Source, area: Path) -> None:
    name, folder = source
    odd = os.fsdecode("scan é %41#?".encode() + b"\xe9")
    (folder / odd).write_text("odd")
    path = stage(f"{name}/scan é %41#?\\xe9", f"{name}/scan é %41#?\\xe9", progress=False)
    assert path == area / name / odd
    assert path.read_text() == "odd"


def test_a_failure_has_code_reason_and_remedy() -> None:
    with pytest.raises(StagingError) as raised:
        stage("not/there.fits", progress=False)
    error = raised.value
    assert error.code == "SOURCE_NOT_FOUND"
    assert "not/there.fits" in error.reason
    assert error.remedy is not None and error.remedy in str(error)
    assert error.operation_id is not None


def test_a_refused_request_has_the_same(source: Source) -> None:
    with pytest.raises(StagingError) as raised:
        stage("/etc/passwd", progress=False)
    assert (raised.value.code, raised.value.status) == ("PATH_OUTSIDE_STORAGE", 403)


def test_other_data_at_the_target_is_not_touched_and_a_warning_says_so(source: Source) -> None:
    name, folder = source
    (folder / "a").write_text("old")
    path = stage(f"{name}/a", f"{name}/a", progress=False)
    (folder / "a").write_text("newer")
    with pytest.warns(OtherVersionWarning, match="not changed"):
        assert stage(f"{name}/a", f"{name}/a", progress=False) == path
    assert path.read_text() == "old"


def test_many_are_staged_as_one_batch_in_their_order(source: Source, area: Path) -> None:
    name, folder = source
    names = [f"{number}.fits" for number in range(20, 0, -1)]
    for one in names:
        (folder / one).write_text(one)
    paths = stage_many([f"{name}/{one}" for one in names], name, progress=False)
    assert paths == [area / name / one for one in names]
    assert [path.read_text() for path in paths] == names


def test_of_many_the_failures_are_told_and_the_others_are_staged(source: Source, area: Path) -> None:
    name, folder = source
    (folder / "good").write_text("good")
    with pytest.raises(StagingError) as raised:
        stage_many([(f"{name}/good", f"{name}/good"), (f"{name}/bad", f"{name}/bad")], progress=False)
    assert [failure.code for failure in raised.value.failures] == ["SOURCE_NOT_FOUND"]
    assert raised.value.reason.startswith("1 of 2 were not staged.")
    assert (area / name / "good").read_text() == "good"


def test_all_or_nothing_leaves_nothing(source: Source, area: Path) -> None:
    name, folder = source
    (folder / "good").write_text("good")
    with pytest.raises(StagingError) as raised:
        stage_many([f"{name}/good", f"{name}/bad"], name, all_or_nothing=True, progress=False)
    assert raised.value.code == "SOURCE_NOT_FOUND"
    assert not (area / name).exists()


def test_a_source_without_a_name_needs_a_target() -> None:
    with pytest.raises(ValueError, match="has no name"):
        stage("s3://bucket/")


def _interrupted() -> None:
    raise KeyboardInterrupt


def test_an_interrupt_says_what_has_ended_already(source: Source) -> None:
    name, folder = source
    (folder / "a").write_text("a")
    stage(f"{name}/a", f"{name}/a", progress=False)
    with Service() as service, pytest.raises(KeyboardInterrupt, match="had ended"):
        ended = service.ask("GET", "/operations", query={"limit": 1})["operations"][0]
        abort_on_interrupt(service, _interrupted, lambda: f"/operations/{ended['id']}")


def test_an_interrupt_says_why_an_abort_failed() -> None:
    with Service("http://127.0.0.1:1") as service, pytest.raises(KeyboardInterrupt, match="may continue.*UNREACHABLE"):
        abort_on_interrupt(service, _interrupted, lambda: "/operations/unknown")


def test_an_interrupted_request_is_aborted_once_it_is_known(
    slow_source: str, area: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Service.ask

    def answer_and_interrupt(service: Service, method: str, *rest: str, **more: Any) -> Any:
        answer = ask(service, method, *rest, **more)
        if method == "POST":
            monkeypatch.undo()
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(Service, "ask", answer_and_interrupt)
    with pytest.raises(KeyboardInterrupt, match=r"/batches/\S+ is aborted"):
        stage_many([slow_source], "interrupted", progress=False)
    with Service() as service:
        batch = service.ask("GET", "/batches", query={"limit": 1})["batches"][0]
    assert (batch["phase"], (area / "interrupted").exists()) == ("ABORTED", False)
