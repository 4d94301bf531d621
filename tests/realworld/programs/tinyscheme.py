# SPDX-License-Identifier: Apache-2.0
"""tinyscheme: a Scheme interpreter in one C file runs closures, lists, strings and call/cc."""

from kit import HERE, Kit, Program, expect
from packages import source

FLAGS = ["-DSTANDALONE=1", "-DUSE_DL=0", "-DUSE_INTERFACE=0", "-DInitFile=\"init.scm\""]


def build(kit: Kit) -> Program:
    return kit.program([source("tinyscheme") / "scheme.c"], FLAGS)


def check(kit: Kit, program: Program) -> str:
    files = {"init.scm": (source("tinyscheme") / "init.scm").read_bytes(),
             "program.scm": (HERE / "programs/tinyscheme.scm").read_bytes()}
    outcome = kit.same(program, ["program.scm"], files=files, results=("written.txt",))
    expect(b"done" in outcome.stdout, f"the program did not end: {outcome.stdout[-500:]!r}")
    return f"{outcome.stdout.count(10)} lines"
