"""The same bits everywhere: one study against its stored digests, under several processors.

Whoever runs this on another machine compares it with all others. `UPDATE_GOLDEN=1 pytest
tests/agreement/test_same_bits.py` rewrites the digests after a change of the rules; the reason
goes into the changelog.

The C library, NumPy and the compiler choose other code for other processors; here features of this
processor are switched off for them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from kept_study import KEPT, REGIMES, run

from sim.study.results.digests import Digests, column_digests, differing_digests

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
NO_FMA = "glibc.cpu.hwcaps=-FMA,-AVX2,-FMA4"
CUT = {"regimes": ("bids", "deferential"), "worlds": 1, "months": 13}


@pytest.fixture(scope="module")
def found() -> Digests:
    """Return the digests of the study as run here; store them if UPDATE_GOLDEN is set."""
    found = run()
    if os.environ.get("UPDATE_GOLDEN") == "1":
        KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def kept() -> Digests:
    digests: Digests = json.loads(KEPT.read_text(encoding="utf-8"))
    return digests


def digests_of_process(**variables: str) -> Digests:
    """Return the digests from a separate process, with environment variables that choose its machine code."""
    done = subprocess.run(
        [sys.executable, str(HERE / "kept_study.py")],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    digests: Digests = json.loads(done.stdout)
    return digests


def has(*features: str) -> bool:
    """Return whether this processor has features, by the names /proc/cpuinfo gives them."""
    info = Path("/proc/cpuinfo")
    return info.is_file() and {*features} <= {*info.read_text().split()}


def wide() -> list[str]:
    """Return the 512-bit features that NumPy chooses code by here, by the names it gives them."""
    from numpy._core import _multiarray_umath as core

    chosen = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
    return [name for name in chosen if name.startswith(("AVX512", "X86_V4"))]


def test_this_machine_has_the_bits_that_are_kept(found: Digests) -> None:
    changed = differing_digests(kept(), found)
    assert not changed, f"changed: {', '.join(changed)}; UPDATE_GOLDEN=1 rewrites it"


def test_what_is_kept_is_full(found: Digests) -> None:
    assert {*found} == {"parameters", "periods", "ties", "events", "offers", "need_months"}
    assert len(found["parameters"]) > 100 and len(found["periods"]) > 60
    nothing = column_digests(np.zeros(0, [("x", "f8")]))["x"]
    assert nothing not in {digest for table in found.values() for digest in table.values()}


@pytest.mark.deep
def test_without_fused_multiplication_in_the_c_library(found: Digests) -> None:
    if not has("fma", "avx2"):
        pytest.skip("this processor has no FMA and AVX2 that the C library could do without")
    unequal = differing_digests(found, digests_of_process(GLIBC_TUNABLES=NO_FMA))
    assert not unequal, ", ".join(unequal)


@pytest.mark.deep
def test_without_avx512_in_numpy(found: Digests) -> None:
    if not wide():
        pytest.skip("this processor has no AVX512 that NumPy could do without")
    unequal = differing_digests(
        found, digests_of_process(NPY_DISABLE_CPU_FEATURES=" ".join(wide()))
    )
    assert not unequal, ", ".join(unequal)


@pytest.mark.deep
def test_compiled_for_any_processor(found: Digests, tmp_path: Path) -> None:
    variables = {"NUMBA_CPU_NAME": "generic", "SIM_CACHE": str(tmp_path)}
    unequal = differing_digests(found, digests_of_process(**variables))
    assert not unequal, ", ".join(unequal)


def test_two_threads_change_nothing(found: Digests) -> None:
    assert differing_digests(found, run(threads=2)) == []


def test_interpreted_rules_give_the_bits_of_compiled_ones() -> None:
    assert differing_digests(run(**CUT), run(**CUT, compiled=False)) == []


@pytest.mark.deep
def test_a_result_is_recomputed_by_another_processor(tmp_path: Path) -> None:
    """The command `sim rerun`, with processor features switched off that the result was made with."""
    import sim

    out = tmp_path / "out"
    changes = {"run.months": 24, "negotiation.level": "equilibrium"}
    sim.compare(
        "one_tie", worlds=8, overrides=changes, out=out, tables=("periods", "ties", "offers")
    )
    variables = {"GLIBC_TUNABLES": NO_FMA, "NPY_DISABLE_CPU_FEATURES": " ".join(wide())}
    done = subprocess.run(
        [sys.executable, "-m", "sim", "rerun", str(out)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1:] == ["identical"], done.stdout + done.stderr
    assert done.returncode == 0


# --- what is compared -------------------------------------------------------------------------


def test_a_change_in_the_last_place_is_named(found: Digests) -> None:
    """Negative control: one changed number of one table, and one that only one side has."""
    rows = np.array([(1, 2.0), (2, 3.0)], [("world", "i4"), ("surplus", "f8")])
    other = rows.copy()
    other["surplus"][1] = np.nextafter(3.0, 4.0)
    one, two = ({"periods": column_digests(table)} for table in (rows, other))
    assert differing_digests(one, two) == ["periods.surplus"]
    assert differing_digests({**one, "ties": {"tie": "0"}}, one) == ["ties.tie"]
    assert differing_digests(one, one) == []


def test_padding_order_and_the_form_of_nan_do_not_count() -> None:
    packed = np.dtype([("few", "i4"), ("many", "f8", (2,))])
    rows = np.array([(7, (1.5, np.nan)), (8, (-0.0, np.inf))], packed)
    want = column_digests(rows)
    assert column_digests(rows[:1], rows[1:]) == want
    loose = np.empty(2, np.dtype(packed.descr, align=True))
    loose.view("u1")[:] = 255
    loose["few"], loose["many"] = rows["few"], np.copysign(rows["many"], [[1, -1], [-1, 1]])
    assert np.signbit(loose["many"][0, 1]) and loose.dtype.itemsize > packed.itemsize
    assert column_digests(loose) == want
    assert column_digests(rows.astype(packed.newbyteorder(">"))) == want
    other = rows.copy()
    other["many"][1, 0] = 0.0
    assert column_digests(other) != want, "0.0 is not -0.0"


def test_every_regime_of_the_study_is_another() -> None:
    """Negative control: a digest that did not see the rows would be the same for all of them."""
    assert len({*REGIMES}) == len(REGIMES)
    first, second = run(worlds=1, months=3), run(worlds=2, months=3)
    unequal = differing_digests(first, second)
    assert "periods.surplus" in unequal and "ties.surplus" in unequal
    assert not any(name.startswith("parameters.") for name in unequal)
