# SPDX-License-Identifier: Apache-2.0
"""pforth: a Forth that first compiles its own dictionary from source, then runs a program."""

from kit import HERE, Kit, Program, difference, expect
from packages import source


def build(kit: Kit) -> Program:
    folder = source("pforth") / "csrc"
    sources = [path for path in sorted(folder.glob("*.c")) if path.stem != "pf_io_none"]
    sources += [folder / "stdio/pf_io_stdio.c", folder / "stdio/pf_fileio_stdio.c",
                HERE / "shims/pforth.c"]
    return kit.program(sources, ["-DPF_SUPPORT_FP", "-fsigned-char"])


def check(kit: Kit, program: Program) -> str:
    files = {path.name: path.read_bytes() for path in (source("pforth") / "fth").glob("*.f*")}
    boot = kit.run(program, "native", ["-i", "system.fth"], files=files, results=("pforth.dic",))
    files["program.fth"] = (HERE / "programs/pforth.fth").read_bytes()
    expect("pforth.dic" in boot.files, f"no dictionary was made: {boot.stdout[-500:]!r}")
    built = kit.run(program, "wasm", ["-i", "system.fth"], files=files, results=("pforth.dic",))
    expect("pforth.dic" in built.files, f"the guest makes no dictionary: {built.stdout[-500:]!r}")
    native = kit.run(program, "native", ["-q", "program.fth"], files={**files, **boot.files})
    wasm = kit.run(program, "wasm", ["-q", "program.fth"], files={**files, **built.files})
    expect(b"done" in native.stdout, f"the program did not end: {native.stdout[-500:]!r}")
    expect(wasm.stdout == native.stdout, difference(native.stdout, wasm.stdout))
    return f"a dictionary of {len(built.files['pforth.dic'])} bytes, {wasm.stdout.count(10)} lines"
