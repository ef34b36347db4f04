"""What a gateway loads before it knows what its rails need."""

import subprocess
import sys


def test_numpy_is_loaded_for_who_needs_it_alone() -> None:
    program = "import sys, fmops_serving.gateway.command; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
