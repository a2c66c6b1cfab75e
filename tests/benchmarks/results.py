"""
Results for tests.
"""

from __future__ import annotations

from typing import Any

from benchmarks.media.figures import Result


def result(**what: Any) -> Result:
    """
    @return: 10 calls for 5 s, all well.
    """
    given: dict[str, Any] = {
        "program": "gateway",
        "calls": 10,
        "up": what.get("calls", 10),
        "seconds": 5.0,
        "frames": 2500,
        "lost": 0,
        "late": 0,
        "over": 0,
        "silent": 0,
        "damaged": 0,
        "repeated": 0,
        "cpu_seconds": 0.25,
        "worker_seconds": [what.get("cpu_seconds", 0.25)],
        "waited_seconds": 0.0,
        "delay_ms": {"p50": 1.0, "p90": 2.0, "p99": 3.25, "p99.9": 4.0, "max": 9.0},
        "to_agent_ms": {},
        "warm_calls": 5,
        "idle_kb": 50_000,
        "loaded_kb": 50_200,
        "crowded": False,
        "generator": "C++",
        "generator_cpu": 0.1,
        "generator_waited": 0.0,
        "generator_late_ms": {"p99": 1.0},
        "generator_skipped": 0,
    }
    return Result(**{**given, **what})
