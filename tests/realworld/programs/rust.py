# SPDX-License-Identifier: Apache-2.0
"""rust: a program of ours in Rust, compiled by Debian's rustc for both worlds."""

import os
import shutil
import subprocess
from pathlib import Path

from corpus import corpus
from kit import CLANG, HERE, Kit, Program, expect
from apt_root import Unavailable
from packages import unpacked

SOURCE = HERE / "programs/rust.rs"
NUMBERS = "\n".join(f"naïve {n} Straße {n * n} ΑΒγ — {n**11}." for n in range(300))


def toolchain() -> tuple[Path, dict[str, str]]:
    """The root into which rustc is unpacked, and the environment it runs in."""
    root = unpacked("rustc", "libstd-rust-dev-wasm32", needing=("libstd-rust-", "libllvm", "libLLVM")) / "usr"
    libraries = ":".join(str(folder) for folder in root.glob("lib/*-linux-gnu"))
    environment = dict(os.environ, LD_LIBRARY_PATH=libraries)
    trial = subprocess.run([str(root / "bin/rustc"), "--version"], env=environment, text=True,
                           capture_output=True)
    if trial.returncode != 0:
        raise Unavailable(f"rustc does not run here: {trial.stderr.strip()}")
    return root, environment


def build(kit: Kit) -> Program:
    linker = shutil.which("wasm-ld-19") or shutil.which("wasm-ld")
    if linker is None or shutil.which(CLANG) is None:
        raise Unavailable(f"there is no wasm-ld or no {CLANG}")
    root, environment = toolchain()
    targets = sorted(folder.name for folder in root.glob("lib/rustlib/wasm32-wasi*"))
    if not targets:
        raise Unavailable("this libstd-rust-dev-wasm32 is without WASI")
    program = Program(kit.out / "rust", kit.out / "rust.wasm")
    worlds = {program.native: ["-C", f"linker={CLANG}"],
              # The newer linker warns of the metadata in Rust's archives.
              program.module: ["--target", targets[0], "-C", f"linker={linker}",
                               "-C", "link-arg=--no-fatal-warnings"]}
    for made, flags in worlds.items():
        command = [str(root / "bin/rustc"), "--sysroot", str(root), "--edition", "2021", "-O", *flags,
                   str(SOURCE), "-o", str(made)]
        kit.make(made, repr(command) + SOURCE.read_text(), lambda: kit.command(command, env=environment))
    return program


def check(kit: Kit, program: Program) -> str:
    text = corpus()[:1_500_000].decode("ascii", "replace").encode()
    kit.same(program, ["words", "text"], files={"text": text})
    kit.same(program, ["words", "text"], files={"text": NUMBERS.encode()})
    kit.same(program, ["checksums", "text", "sums"], files={"text": text}, results=("sums",))
    kit.same(program, ["heap"])
    kit.same(program, ["numbers"])
    missing = kit.same(program, ["words", "missing"])
    expect(missing.status == 3 and b"NotFound" in missing.stdout, f"a missing file: {missing.stdout!r}")
    broken = kit.same(program, ["words", "text"], files={"text": b"\xff\xfe"})
    expect(b"InvalidData" in broken.stdout, f"a text that is not UTF-8: {broken.stdout!r}")
    return f"statistics of {len(text)} bytes"
