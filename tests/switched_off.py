"""The same program here and in a separate process in which Numba is switched off."""

import os
import subprocess
import sys


def both_answers(program: str) -> tuple[str, str]:
    """Return the `answer` a program sets, compiled here and with NUMBA_DISABLE_JIT there."""
    assert os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"
    here: dict[str, str] = {}
    exec(program, here)
    done = subprocess.run(
        [sys.executable, "-c", f"{program}print(answer)"],
        capture_output=True,
        text=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return here["answer"], done.stdout.strip()
