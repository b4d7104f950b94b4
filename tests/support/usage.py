"""What processes cost: processor time and memory, from /proc."""

import os
import re
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Those that it started and that run."""
    lists = [each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for text in lists for child in text.split()]


def cpu_ms(pids) -> float:
    """User and system time, of children that have ended, too."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total * 1000 / TICKS


def resident_mb(pid: int, field: str = "VmRSS") -> float:
    """Now, or with "VmHWM" at most so far; what is shared with others counts whole."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"(?m)^{field}:\s+(\d+) kB", status)[1]) / 1024
