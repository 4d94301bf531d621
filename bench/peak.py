# SPDX-License-Identifier: Apache-2.0
"""Peak speed of compiled code, and what it costs to get there.

A kernel is run with few iterations and with many. The difference is what further iterations cost once
everything is compiled; what the shorter run takes beyond its own iterations at that price is start-up
and warm-up. Natively a kernel is compiled twice: for the baseline processor, and for this one."""

import statistics
import sys
from pathlib import Path

from engines import Engine, compile_programs
from measure import estimate, geometric_mean, run

FEW, MANY = 1, 6  # multiples of a kernel's usual iterations


def measure(arguments, engines: list[Engine], programs: dict, counts: dict[str, int], progress) -> dict:
    """Seconds by kernel, engine and number of iterations; engines take turns."""
    times = {name: {engine.name: {} for engine in engines} for name in programs}
    for repetition in range(arguments.repeat):
        for name, program in programs.items():
            for multiple in (FEW, MANY):
                expected = None
                for engine in engines:
                    progress(f"{repetition + 1}/{arguments.repeat} {name} {engine.name}")
                    result = run(engine.command(program, [str(multiple * counts[name])]))
                    expected = expected or result.output
                    if result.output != expected:
                        sys.exit(f"bench: {engine.name} computes {name} wrongly: {result.output!r}")
                    spent = result.cpu_seconds if arguments.cpu else result.seconds
                    times[name][engine.name].setdefault(multiple, []).append(spent)
    progress("")
    return times


def slope(few: float, many: float) -> float:
    """Seconds for a kernel's usual iterations, start-up and warm-up left out."""
    return max((many - few) / (MANY - FEW), 1e-6)


def ratio(native_few: float, native_many: float, few: float, many: float) -> float:
    return slope(few, many) / slope(native_few, native_many)


def samples(by_engine: dict, name: str) -> list[list[float]]:
    return [by_engine[name][FEW], by_engine[name][MANY]]


def show(value) -> str:
    return f"{value.value:7.2f} ({value.low:.2f}–{value.high:.2f})"


def report_set(report, name: str, times: dict, peers: list[str], native: str) -> None:
    print(f"\n{name}: peak time ÷ {native} (95 % interval); in brackets, milliseconds until peak")
    print(f"{'kernel':16}{'native s':>9}" + "".join(f"{peer:>32}" for peer in peers))
    for kernel, by_engine in times.items():
        base = samples(by_engine, native)
        per_run = slope(*map(statistics.median, base))
        row = f"{kernel:16}{per_run:9.3f}"
        for peer in peers:
            found = estimate(ratio, *base, *samples(by_engine, peer))
            few, many = map(statistics.median, samples(by_engine, peer))
            lost = 1000 * max(few - FEW * slope(few, many), 0)
            report.keep(found, "peak", name, native, kernel, peer)
            report.keep(lost, "warm-up ms", name, kernel, peer)
            row += f"{show(found):>25} [{lost:4.0f}]"
        print(row)
    row = f"{'geometric mean':25}"
    for peer in peers:
        every = [s for by_engine in times.values() for s in samples(by_engine, native) + samples(by_engine, peer)]
        mean = estimate(lambda *m: geometric_mean([ratio(*m[i:i + 4]) for i in range(0, len(m), 4)]), *every)
        report.keep(mean, "peak", name, native, "geometric mean", peer)
        row += f"{show(mean):>25}       "
    print(row)


def bench_peak(arguments, report, engines: list[Engine], sets: dict[str, list[Path]], counts, progress) -> None:
    natives = [engine.name for engine in engines if engine.name.startswith("native")]
    peers = [engine.name for engine in engines if engine.name not in natives]
    for name, sources in sets.items():
        programs = compile_programs(sources, arguments.out)
        times = measure(arguments, engines, programs, counts(sources), progress)
        for native in natives:
            report_set(report, name, times, peers, native)
