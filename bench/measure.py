# SPDX-License-Identifier: Apache-2.0
"""Timing of processes, and medians and ratios with bootstrapped 95 % intervals."""

import math
import os
import random
import statistics
import subprocess
import time
from dataclasses import dataclass

RESAMPLES = 1000


@dataclass(frozen=True)
class Estimate:
    """A figure and the interval that holds it in 95 % of the resamples."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Run:
    seconds: float  # wall clock
    cpu_seconds: float  # user and system, all threads
    output: bytes


def run(command: list[str]) -> Run:
    """Runs the command to its end; raises CalledProcessError unless it exits with 0."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    output = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(seconds, usage.ru_utime + usage.ru_stime, output)


def geometric_mean(values: list[float]) -> float:
    return math.exp(statistics.fmean(math.log(value) for value in values))


def estimate(statistic, *samples: list[float]) -> Estimate:
    """The statistic of the samples' medians; the interval comes from resampling each of them."""
    generator = random.Random(1)
    resampled = sorted(
        statistic(*(statistics.median(generator.choices(sample, k=len(sample))) for sample in samples))
        for _ in range(RESAMPLES)
    )
    value = statistic(*(statistics.median(sample) for sample in samples))
    return Estimate(value, resampled[RESAMPLES // 40], resampled[-RESAMPLES // 40 - 1])
