# SPDX-License-Identifier: Apache-2.0
"""What a recipe builds and checks with: compilation for both worlds, and runs that are compared.

A program is compiled by the same compiler natively and to WASI. Each run happens in a fresh folder
that the guest sees as its root, so that the same arguments mean the same files in both worlds."""

import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from apt_root import Unavailable, locked
from packages import CACHE

HERE = Path(__file__).resolve().parent
CLANG = os.environ.get("DOPPEL_CLANG", "clang-19")
EMULATED = ("SIGNAL", "GETPID", "PROCESS_CLOCKS", "MMAN")
WASI_FLAGS = [
    "--target=wasm32-wasi",
    *(f"-D_WASI_EMULATED_{name}" for name in EMULATED),
    "-include", str(HERE / "shims/posix.h"),
    "-isystem", str(HERE / "shims/include"),
]
WASI_LIBRARIES = [f"-lwasi-emulated-{name.lower().replace('_', '-')}" for name in EMULATED]
STACK = ["-Wl,-z,stack-size=1048576"]  # WASI's usual 64 KiB is too little for these


class Failure(Exception):
    """The program did not do what it does natively."""


@dataclass(frozen=True)
class Program:
    """A program in both worlds, or a module that others have compiled."""

    native: Path | None
    module: Path


@dataclass
class Outcome:
    status: int
    stdout: bytes
    stderr: bytes
    files: dict[str, bytes]
    seconds: float


class Kit:
    def __init__(self, name: str, doppel: Path | None) -> None:
        self.name = name
        self.doppel = doppel
        self.out = CACHE / "build" / name
        self.out.mkdir(parents=True, exist_ok=True)
        self.native_seconds = 0.0
        self.wasm_seconds = 0.0

    def program(self, sources: list[Path], flags: list[str], name: str | None = None,
                wasi_sources: list[Path] | None = None, wasi_flags: list[str] | None = None,
                wasi_libraries: list[str] | None = None) -> Program:
        """Compiles the sources for both worlds, file by file, unless that is done already; to WASI
        with more sources, flags and libraries if need be."""
        if shutil.which(CLANG) is None:
            raise Unavailable(f"there is no {CLANG}")
        name = name or self.name
        result = Program(self.out / name, self.out / f"{name}.wasm")
        is_cpp = any(source.suffix == ".cpp" for source in sources)
        self._link(result.native, sources, ["-O2", "-w", *flags], ["-lstdc++", "-lm"] if is_cpp else ["-lm"])
        self._link(result.module, [*sources, *(wasi_sources or [])],
                   ["-O2", "-w", *WASI_FLAGS, *flags, *(wasi_flags or [])],
                   [*(wasi_libraries or []), *WASI_LIBRARIES, *STACK])
        return result

    def _link(self, target: Path, sources: list[Path], flags: list[str], libraries: list[str]) -> None:
        own = [source for source in sources if HERE in source.parents]
        texts = [path.read_text() for path in (HERE / "shims/posix.h", *own)]
        recipe = repr((CLANG, [str(source) for source in sources], flags, libraries, texts))
        self.make(target, recipe, lambda: self._compile_and_link(target, sources, flags, libraries))

    def make(self, target: Path, recipe: str, steps: Callable[[], None]) -> None:
        """Takes the steps that make a file, unless it is there and was made by the same recipe."""
        stamp = target.with_suffix(target.suffix + ".recipe")
        with locked(self.out / "lock"):  # another test may be making the same program
            if not (target.exists() and stamp.exists() and stamp.read_text() == recipe):
                steps()
                stamp.write_text(recipe)

    def _compile_and_link(self, target: Path, sources: list[Path], flags: list[str],
                          libraries: list[str]) -> None:
        objects = self.out / f"{target.name}.objects"
        shutil.rmtree(objects, ignore_errors=True)
        objects.mkdir()

        def compile_one(numbered: tuple[int, Path]) -> str:
            number, source = numbered
            made = str(objects / f"{number}-{source.stem}.o")
            self.command([CLANG, *flags, "-c", str(source), "-o", made])
            return made

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            made = list(pool.map(compile_one, enumerate(sources)))
        target_flags = [flag for flag in flags if flag.startswith("--target")]
        self.command([CLANG, *target_flags, *made, *libraries, "-o", str(target)])
        shutil.rmtree(objects)

    def command(self, command: list[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
        """A step of the build; its messages are shown if it fails."""
        result = subprocess.run(command, cwd=cwd or self.out, env=env, stdin=subprocess.DEVNULL, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if result.returncode != 0:
            step = " ".join(command[:3])
            raise Failure(f"{step} ... ended with {result.returncode}\n{result.stdout[-4000:]}")

    def run(self, program: Program, world: str, arguments: list[str], files: dict[str, bytes] | None = None,
            stdin: bytes = b"", results: tuple[str, ...] = ()) -> Outcome:
        """One run in a fresh folder that holds the files; the results are read from it after."""
        folder = self.out / "run"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in (files or {}).items():
            (folder / name).write_bytes(content)
        if world == "native":
            command = [str(program.native)]
        else:
            command = [str(self.doppel), "run", "--dir", f"{folder}::/", str(program.module)]
        start = time.perf_counter()
        process = subprocess.run([*command, *arguments], cwd=folder, env={}, input=stdin, capture_output=True)
        seconds = time.perf_counter() - start
        if world == "native":
            self.native_seconds += seconds
        else:
            self.wasm_seconds += seconds
        made = {name: (folder / name).read_bytes() for name in results if (folder / name).exists()}
        return Outcome(process.returncode, process.stdout, process.stderr, made, seconds)

    def same(self, program: Program, arguments: list[str], **options) -> Outcome:
        """Runs in both worlds and fails unless status, output and files agree."""
        native = self.run(program, "native", arguments, **options)
        wasm = self.run(program, "wasm", arguments, **options)
        what = f"{self.name} {' '.join(arguments)}"
        expect(wasm.status == native.status,
               f"{what}: exit status {wasm.status}, natively {native.status}\n{tail(wasm.stderr)}")
        expect(wasm.stdout == native.stdout, f"{what}: {difference(native.stdout, wasm.stdout)}")
        for name in options.get("results", ()):
            expect(name in native.files, f"{what}: natively there is no file {name}")
            expect(name in wasm.files, f"{what}: there is no file {name}")
            expect(wasm.files[name] == native.files[name],
                   f"{what}: {name}: {difference(native.files[name], wasm.files[name])}")
        return wasm


def expect(condition: bool, message: str) -> None:
    if not condition:
        raise Failure(message)


def tail(text: bytes) -> str:
    return text[-2000:].decode(errors="replace")


def difference(native: bytes, wasm: bytes) -> str:
    """Where two outputs part, with a little of both."""
    at = next((i for i, (n, w) in enumerate(zip(native, wasm)) if n != w), min(len(native), len(wasm)))
    line = native.count(b"\n", 0, at) + 1
    return (f"{len(wasm)} bytes, natively {len(native)}; they part at byte {at}, line {line}: "
            f"{wasm[at:at + 60]!r}, natively {native[at:at + 60]!r}")
