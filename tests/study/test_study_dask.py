"""Dask: the same bits on a cluster of real processes, whoever dies; and one clear line when it ends."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from counts import only
from dask_processes import REPOSITORY, SOON, Processes, cluster, kept, kill_group, until
from tiny_market import names
from tiny_study import SMALL, VARY, ask, unlike

from sim.cli.app import main
from sim.errors import SimError
from sim.scenario.load import LoadedScenario
from sim.study.results.store import read_table
from sim.study.run import cluster as dask
from sim.study.run.chunks import make_chunk
from sim.study.run.estimate import study_job
from sim.study.run.run_options import RunOptions
from sim.study.run.sweep import SweepResult, run_study

WORLDS = 12
CHUNK = 2
CHUNKS = 3 * WORLDS // CHUNK
COMMAND = [
    "sweep", "one_tie", "--vary", VARY[0], "--vary", VARY[1], "--regimes", "adversarial,mediated",
    "--worlds", str(WORLDS), "--chunk", str(CHUNK),
    *(f"--set={key}={value}" for key, value in SMALL.items()),
]  # fmt: skip


def run(out: Path, address: str | None, **more: Any) -> SweepResult:
    """Run a study of many small chunks on a cluster, or on two threads."""
    how = RunOptions(workers=2, dask=address, chunk=CHUNK)
    return run_study(ask(worlds=WORLDS), out=out, options=how, **more)


@pytest.fixture(scope="module")
def threads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the study as threads make it."""
    out = tmp_path_factory.mktemp("threads") / "out"
    assert run(out, None).complete
    return out


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Give a cluster of two workers that come back; a chunk that killed one worker has killed all."""
    with cluster(tmp_path_factory.mktemp("cluster"), allowed_failures=0) as processes:
        yield processes


@pytest.fixture
def slow(two: Processes) -> Iterator[None]:
    """Let every chunk take a while, so that a kill meets work under way."""
    (two.place / "slow").write_text("0.05")
    yield
    (two.place / "slow").unlink()


def after(chunks: int, act: Callable[[], None]) -> Callable[[int, int, str], None]:
    """Return a callback that acts once when so many chunks are finished."""
    left = [chunks]

    def on_progress(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            act()

    return on_progress


def one_line(error: BaseException) -> str:
    """Return the message that the user reads, which must be one line."""
    text = str(error)
    assert text.startswith("`dask") and "\n" not in text
    return text


# --- the same bits ----------------------------------------------------------------------------


@pytest.mark.deep
def test_two_worker_processes_give_the_bits_of_threads(
    two: Processes, threads: Path, out: Path
) -> None:
    done = run(out, two.address)
    assert (done.complete, done.exit_code, done.failed) == (True, 0, {})
    assert unlike(threads, out) == []
    assert names(out / "parts") == names(threads / "parts") and len(names(out / "parts")) == CHUNKS


@pytest.mark.deep
def test_the_comparison_can_fail(threads: Path, out: Path) -> None:
    """The negative control: other luck is another result."""
    run_study(ask(worlds=WORLDS, seed=2), out=out, options=RunOptions(2, chunk=CHUNK))
    assert unlike(threads, out)


@pytest.mark.deep
def test_a_worker_killed_in_the_middle_changes_nothing(
    two: Processes, threads: Path, out: Path, slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[dask.Cluster] = []
    real = dask.Cluster._check
    monkeypatch.setattr(dask.Cluster, "_check", lambda self: (found.append(self), real(self))[1])

    def kill_one() -> None:
        os.kill(next(iter(found[0]._client.run(os.getpid).values())), signal.SIGKILL)

    done = run(out, two.address, on_progress=after(5, kill_one))
    assert done.complete and not done.failed
    assert unlike(threads, out) == []
    assert set(names(out / "parts")) == set(names(threads / "parts"))


@pytest.mark.deep
def test_a_chunk_that_kills_its_workers_fails_its_point_and_no_other(
    two: Processes, threads: Path, out: Path
) -> None:
    (two.place / "lethal").write_text("1")
    try:
        done = run(out, two.address)
    finally:
        (two.place / "lethal").unlink()
    assert (done.done, list(done.failed), done.exit_code) == (2, ["point-00001"], 1)
    assert done.failed["point-00001"].startswith("KilledWorker: every worker that ran it died")
    status = read_table(out / "points.parquet")["status"]
    assert list(status.astype(str)) == ["complete", "failed", "complete"]
    assert run(out, None).complete
    assert unlike(threads, out) == []


# --- one clear line ---------------------------------------------------------------------------


def test_no_scheduler_is_one_line(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "ANSWER_TIMEOUT", 0.3)
    for address in ("nonsense://x", "127.0.0.1", "tcp://localhost", ""):
        with pytest.raises(SimError) as caught:
            run(out, address)
        assert one_line(caught.value).startswith(f"`dask` = {address!r}: want tcp://HOST:PORT")
        assert not out.exists()
    for address in ("tcp://127.0.0.1:9", "tcp://no.such.host.invalid:1"):
        with pytest.raises(SimError) as caught:
            run(out, address)
        assert f"no scheduler answers at {address}" in one_line(caught.value)


def test_a_wrong_address_ends_the_command_with_2(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dask, "ANSWER_TIMEOUT", 0.3)
    with pytest.raises(SystemExit) as caught:
        main([*COMMAND, "--out", str(out), "--dask", "tcp://127.0.0.1:9"])
    assert caught.value.code == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.splitlines()[-1].startswith("--dask: no scheduler answers")
    assert "Traceback" not in said.err


@pytest.mark.deep
def test_workers_of_another_program_are_refused(
    two: Processes, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.jit.source_digest", lambda *_: "0" * 64)
    with pytest.raises(SimError) as caught:
        run(out, two.address)
    assert "another version of this program (source digest " in one_line(caught.value)
    assert "here 000000000000)" in str(caught.value)
    assert kept(out) == 0 and names(out / "parts") == []


@pytest.mark.deep
def test_workers_that_see_another_folder_are_refused(
    two: Processes, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "write_text", lambda *_: None)  # as if it were on another disk
    with pytest.raises(SimError) as caught:
        run(out, two.address)
    assert f"do not see {out / 'parts'}" in one_line(caught.value)


def test_without_dask_it_says_what_to_install(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()  # clients of other tests want their modules to the last
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SimError) as caught:
        run(out, "local")
    assert (
        'Dask is not installed; want the extra packages of: pip install -e ".[dask]"'
        in one_line(caught.value)
    )


# --- who else may reach it --------------------------------------------------------------------


@pytest.mark.deep
@pytest.mark.parametrize("closed", only([True], [True, False]))
def test_processes_here_listen_on_this_machine_and_serve_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: bool
) -> None:
    """With a key nobody else gets in; without one a note says that others could."""
    import distributed

    if closed:
        pytest.importorskip("cryptography")
    else:
        monkeypatch.setattr(distributed.Security, "temporary", _no_key)
    crew = dask.Cluster(study_job(ask(), tmp_path, dask_digest()), 1, "local")
    try:
        scheduler = crew._local.scheduler
        assert scheduler.address.startswith("tls://127.0.0.1:" if closed else "tcp://127.0.0.1:")
        assert crew.notes == (() if closed else (dask.NOT_ENCRYPTED,))
        infos = crew._client.scheduler_info()["workers"]
        assert infos and all("://127.0.0.1:" in address for address in infos)
        assert scheduler.http_server.address == "127.0.0.1"
        for path in ("health", "metrics", "status", "info/main/workers.html", "json/counts.json"):
            with pytest.raises(HTTPError, match="404"):
                urlopen(f"http://127.0.0.1:{scheduler.http_server.port}/{path}")
        if closed:
            stranger = scheduler.address.replace("tls://", "tcp://")
            with pytest.raises(OSError):
                distributed.Client(stranger, timeout=3, set_as_default=False)
    finally:
        list(crew.close())


def _no_key(**_: object) -> None:
    raise ImportError("no module named cryptography")


# --- a part that nobody wants any more, or that two make at once ------------------------------


def test_two_at_one_chunk_leave_one_whole_part(tiny: LoadedScenario, tmp_path: Path) -> None:
    study = ask()
    job = study_job(study, tmp_path, dask_digest())
    one = make_chunk(study, study.points[0], 0, 2)
    token = tmp_path / ".session-x"
    token.touch()
    alone = dask.run_on_worker(job, one, str(token)).sha256
    found: list[str] = []
    at_once = [
        threading.Thread(
            target=lambda: found.append(dask.run_on_worker(job, one, str(token)).sha256)
        )
        for _ in range(4)
    ]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join()
    assert found == [alone] * 4
    assert names(tmp_path) == [".session-x", f"{one.name}.parquet"]


def test_a_worker_left_behind_by_its_session_spoils_no_part(
    tiny: LoadedScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another session has cut the same worlds differently, under the same name."""
    study = ask()
    job = study_job(study, tmp_path, dask_digest())
    token, part = tmp_path / ".session-x", tmp_path / "part-00000-0000000.parquet"
    token.touch()
    dask.run_on_worker(job, make_chunk(study, study.points[0], 0, 3), str(token))
    whole, real = part.read_bytes(), dask.run_chunk

    def ends_meanwhile(*args: Any) -> Any:
        receipt = real(*args)
        token.unlink()
        return receipt

    monkeypatch.setattr(dask, "run_chunk", ends_meanwhile)
    late = make_chunk(study, study.points[0], 0, 1)
    with pytest.raises(SimError, match="do not see"):
        dask.run_on_worker(job, late, str(token))
    assert part.read_bytes() == whole
    token.touch()
    monkeypatch.setattr(dask, "run_chunk", real)
    dask.run_on_worker(job, late, str(token))
    assert part.read_bytes() != whole  # the control: were it still wanted, it would be replaced


def dask_digest() -> str:
    from sim.jit import source_digest

    return source_digest()


# --- the cluster goes away --------------------------------------------------------------------


@pytest.mark.deep
def test_a_killed_scheduler_is_one_line_and_threads_go_on(
    threads: Path, out: Path, tmp_path: Path
) -> None:
    with cluster(place(tmp_path), 1, "--no-nanny") as processes:
        (processes.place / "slow").write_text("0.05")
        with command("--out", str(out), "--dask", processes.address) as process:
            until(lambda: kept(out) >= 3)
            kill_group(processes.scheduler)
            said = process.communicate(timeout=SOON)[1].splitlines()
    assert process.returncode == 2
    assert said[-1].startswith(
        f"--dask: the scheduler at {processes.address} is gone; finished parts "
    )
    assert all(line.startswith(("running: ", "--dask")) for line in said), said
    assert 3 <= kept(out) < CHUNKS
    assert run(out, None).complete
    assert unlike(threads, out) == []


@pytest.mark.deep
def test_no_worker_is_one_line(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "FIRST_WORKER_TIMEOUT", 1.0)
    with cluster(place(tmp_path), 0) as processes, pytest.raises(SimError) as caught:
        run(out, processes.address)
    assert f"no worker has come to {processes.address} in 1 s" in one_line(caught.value)


@pytest.mark.deep
def test_no_worker_left_is_one_line_and_threads_go_on(
    threads: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that are not restarted, and a chunk that kills them."""
    monkeypatch.setattr(dask, "NEXT_WORKER_TIMEOUT", 3.0)
    with cluster(place(tmp_path), 2, "--no-nanny") as processes:
        (processes.place / "lethal").write_text("1")
        with pytest.raises(SimError) as caught:
            run(out, processes.address)
    said = one_line(caught.value)
    assert f"no worker is left at {processes.address}, for 3 s; last at " in said
    assert " part-00001-" in said
    assert run(out, None).complete
    assert unlike(threads, out) == []


@pytest.mark.deep
def test_a_lethal_chunk_among_many_blames_no_other(
    threads: Path, out: Path, tmp_path: Path
) -> None:
    """With Dask's default of four deaths, on two workers of one thread each."""
    with cluster(place(tmp_path)) as processes:
        (processes.place / "lethal").write_text("0 2")
        done = run(out, processes.address)
    assert sorted(done.failed) == ["point-00000", "point-00002"] and done.done == 1
    assert run(out, None).complete
    assert unlike(threads, out) == []


@pytest.mark.deep
def test_many_workers_killed_at_random_change_nothing(
    threads: Path, out: Path, tmp_path: Path
) -> None:
    with cluster(place(tmp_path)) as processes:
        (processes.place / "slow").write_text("0.4")
        ended = threading.Event()

        def kill_now_and_then() -> None:
            nth = 0
            while not ended.wait(2.5):
                for pid in children(processes.workers[nth % 2].pid):
                    os.kill(pid, signal.SIGKILL)
                nth += 1

        killer = threading.Thread(target=kill_now_and_then)
        killer.start()
        done = run(out, processes.address)
        ended.set()
        killer.join()
    assert done.complete and not done.failed
    assert unlike(threads, out) == []


@pytest.mark.deep
def test_ctrl_c_ends_the_cluster_here_and_keeps_what_is_finished(threads: Path, out: Path) -> None:
    """Processes of this machine, the interrupt going to all of them as from a terminal."""
    with command("--out", str(out), "--dask", "local") as process:
        until(lambda: kept(out) >= 2)
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=SOON)[1].splitlines()
        until(lambda: group(process.pid) == [])  # what tracks its processes' memory ends after it
    assert process.returncode == 130, said
    assert said[-1].startswith("interrupted: ")
    known = ("running: ", "stopping after this step; ", "interrupted: ")
    assert all(line.startswith(known) for line in said), said
    assert kept(out) >= 2
    assert run(out, None).complete
    assert unlike(threads, out) == []


@pytest.mark.deep
def test_processes_here_give_the_bits_of_threads(threads: Path, out: Path) -> None:
    assert run(out, "local").complete
    assert unlike(threads, out) == []


@contextmanager
def command(*more: str) -> Iterator[subprocess.Popen[str]]:
    """Give a `sim sweep` in a separate process group, killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sim", *COMMAND, *more],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        kill_group(process)


def place(tmp_path: Path) -> Path:
    """Return a folder for the processes of a cluster."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    return folder


def children(pid: int) -> list[int]:
    """Return the processes a process has started."""
    return [int(pid) for pid in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def group(pid: int) -> list[int]:
    """Return the processes of a group that are still there."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found
