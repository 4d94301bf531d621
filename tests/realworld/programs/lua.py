# SPDX-License-Identifier: Apache-2.0
"""lua: the interpreter runs a program whose errors and coroutines leave C frames by longjmp."""

from kit import HERE, Kit, Program, expect
from packages import source

# longjmp becomes an exception, with the runtime of the example in examples/bytecode/setjmp.
RUNTIME = HERE.parent.parent / "examples/bytecode/setjmp"
WASI_FLAGS = ["-mllvm", "-wasm-enable-sjlj", "-mexception-handling", "-isystem", str(RUNTIME / "include")]
# WASI has no names for temporary files; os.tmpname() fails.
FLAGS = ["-DLUA_COMPAT_5_3", "-DLUA_TMPNAMBUFSIZE=1", "-Dlua_tmpnam(b,e)={ (void)(b); e = 1; }"]
NOT_LINKED = {"luac.c", "ltests.c", "onelua.c"}


def build(kit: Kit) -> Program:
    folder = source("lua5.4") / "src"
    sources = sorted(path for path in folder.glob("*.c") if path.name not in NOT_LINKED)
    return kit.program(sources, FLAGS, wasi_sources=[RUNTIME / "runtime.c"], wasi_flags=WASI_FLAGS)


def check(kit: Kit, program: Program) -> str:
    files = {"program.lua": (HERE / "programs/lua.lua").read_bytes()}
    outcome = kit.same(program, ["program.lua", "an argument"], files=files, results=("written.txt",))
    expect(outcome.stdout.endswith(b"done\n"), f"the program did not end: {outcome.stdout[-500:]!r}")
    failed = kit.same(program, ["-e", "error({code = 2})"])
    expect(failed.status == 1, f"an error ends lua with {failed.status}, expected 1")
    return f"{outcome.stdout.count(10)} lines"
