# SPDX-License-Identifier: Apache-2.0
"""cpp: a program of ours in C++, with libc++ in WASI and the machine's own library natively.

Debian's libc++ for WebAssembly is built without exceptions, so the program is as well."""

from corpus import corpus
from kit import HERE, Kit, Program, expect
from packages import unpacked


def build(kit: Kit) -> Program:
    root = unpacked("libc++-19-dev-wasm32", "libc++abi-19-dev-wasm32") / "usr/lib/llvm-19"
    return kit.program([HERE / "programs/cpp.cpp"], ["-std=c++20", "-fno-exceptions"],
                       wasi_flags=["-nostdinc++", "-isystem", str(root / "include/wasm32-wasi/c++/v1")],
                       wasi_libraries=[f"-L{root / 'lib/wasm32-wasi'}", "-lc++", "-lc++abi"])


def check(kit: Kit, program: Program) -> str:
    text = corpus()[:500_000]
    outcome = kit.same(program, ["table.txt"], stdin=text, results=("table.txt",))
    expect(outcome.status == 0 and outcome.stderr == b"true\n", f"the clock runs backwards: {outcome}")
    expect(outcome.stdout.endswith(b"main's goes\nglobal goes\n"), "objects are not destroyed at the end")
    return f"{outcome.stdout.count(10)} lines"
