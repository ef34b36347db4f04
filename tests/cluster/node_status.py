"""What runs inside a node, read from /proc of the machine."""

from pathlib import Path

from tests.cluster.process import memory


def describe_namespace(first: int) -> list[str]:
    """Memory, id and program of every process in the process namespace of `first`, the largest first, and the sum."""
    here = _namespace_of(first)
    ids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    found = sorted(((memory(pid), pid) for pid in ids if _namespace_of(pid) == here), reverse=True)
    lines = [f"{used:6.0f} MiB  process {pid}  {_command_of(pid)}" for used, pid in found]
    return [*lines, f"{sum(used for used, _ in found):6.0f} MiB  in all"]


def _namespace_of(pid: int) -> str:
    """Empty when the process has ended."""
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""


def _command_of(pid: int) -> str:
    """The program and its first argument; empty when the process has ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    return " ".join([Path(words[0]).name, *words[1:2]])[:80]
