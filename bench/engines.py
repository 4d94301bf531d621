# SPDX-License-Identifier: Apache-2.0
"""The engines that run a workload, how each is called, and the compilation of workloads.

An engine turns a compiled workload and its arguments into a command line. Peers take part where
they are installed; what is missing is left out and named."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parent.parent
CLANG = os.environ.get("DOPPEL_CLANG", "clang-19")
FLAGS = ["-std=c17", "-O3", "-ffp-contract=off"]
WASI = ["--target=wasm32-wasi"]
VECTORS = ["-msimd128"]


@dataclass(frozen=True)
class Program:
    """A workload, compiled natively, for any such processor and for this one, and to WebAssembly,
    without vectors and with them."""

    name: str
    native: Path
    native_host: Path
    module: Path
    vector_module: Path


@dataclass(frozen=True)
class Engine:
    name: str
    command: Callable[[Program, list[str]], list[str]]


def compiles_to_wasi(out: Path) -> bool:
    """Whether compiler, linker, libc and builtins are all here."""
    out.mkdir(parents=True, exist_ok=True)
    hello = str(ROOT / "examples/bytecode/hello/hello.c")
    try:
        command = [CLANG, *WASI, hello, "-o", str(out / "trial.wasm")]
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def compile_program(source: Path, out: Path) -> Program:
    """Compiles what is older than its source or the header shared by all."""
    out.mkdir(parents=True, exist_ok=True)
    name = source.stem
    program = Program(name, out / name, out / f"{name}.host", out / f"{name}.wasm", out / f"{name}.simd.wasm")
    inputs = [source, ROOT / "bench/workloads/workload.h", Path(__file__)]
    newest = max(path.stat().st_mtime for path in inputs)
    targets = (
        (program.native, []),
        (program.native_host, ["-march=native"]),
        (program.module, WASI),
        (program.vector_module, [*WASI, *VECTORS]),
    )
    for target, flags in targets:
        if not target.exists() or target.stat().st_mtime < newest:
            command = [CLANG, *flags, *FLAGS, str(source), "-o", str(target), "-lm"]
            subprocess.run(command, check=True)
    return program


def compile_programs(sources: list[Path], out: Path) -> dict[str, Program]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        programs = pool.map(lambda source: compile_program(source, out), sources)
        return {program.name: program for program in programs}


def known_engines(doppel: Path) -> dict[str, Engine | None]:
    """Every engine by name; None stands for one that is not installed."""

    def module_runner(name: str, *prefix: str, with_vectors: bool = False) -> Engine | None:
        if shutil.which(prefix[0]) is None:
            return None

        def command(program: Program, args: list[str]) -> list[str]:
            module = program.vector_module if with_vectors else program.module
            return [*prefix, str(module), *args]

        return Engine(name, command)

    node_wasi = str(ROOT / "bench/node_wasi.mjs")
    return {
        "native": Engine("native", lambda program, args: [str(program.native), *args]),
        "native-host": Engine("native-host", lambda program, args: [str(program.native_host), *args]),
        "doppel": module_runner("doppel", str(doppel), "run", "--tier", "interp"),
        "doppel-simd": module_runner("doppel-simd", str(doppel), "run", "--tier", "interp", with_vectors=True),
        "doppel-auto": module_runner("doppel-auto", str(doppel), "run", "--tier", "auto", "--cache", "none", with_vectors=True),
        "doppel-jit": module_runner("doppel-jit", str(doppel), "run", "--tier", "jit", "--cache", "none", with_vectors=True),
        "wasm3": module_runner("wasm3", "wasm3"),
        "iwasm": module_runner("iwasm", "iwasm"),
        "wasmtime": module_runner("wasmtime", "wasmtime", "run"),
        "node": module_runner("node", "node", "--no-warnings", node_wasi),
        "node-simd": module_runner("node-simd", "node", "--no-warnings", node_wasi, with_vectors=True),
    }
