"""How a compile is shown and sped up, and how compiled code gets functions and arrays by address."""

import os

# Level 2: rules are optimised once, in the kernel, which saves seconds; level 3 is no faster. Numba reads
# the setting when it is imported, and every module here, like `sim/jit.py`, may be the first to do so.
OPTIMISATION_LEVEL = os.environ.setdefault("NUMBA_OPT", "2")
