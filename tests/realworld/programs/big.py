# SPDX-License-Identifier: Apache-2.0
"""big: a module of more than 10 MB, five builds of SQLite's shell behind one main.

Each build has its own optimization level or debugging checks, so that there is no code twice; what
would collide is made internal. All of them must answer as the native shell does. The module is also
the input of the benchmark of decoding and validating."""

import shutil
from concurrent.futures import ThreadPoolExecutor

from kit import CLANG, STACK, WASI_FLAGS, WASI_LIBRARIES, Kit, Program, expect
from apt_root import Unavailable
from programs import sqlite3

WITHOUT_SEARCH = [flag for flag in sqlite3.FLAGS if "FTS5" not in flag]
VARIANTS = {  # name, level, flags; the full-text search does not compile with debugging here
    "debug_O0": ("-O0", [*WITHOUT_SEARCH, "-DSQLITE_DEBUG"]),
    "debug_O1": ("-O1", [*WITHOUT_SEARCH, "-DSQLITE_DEBUG"]),
    "O0": ("-O0", sqlite3.FLAGS),
    "O2": ("-O2", sqlite3.FLAGS),
    "Os": ("-Os", sqlite3.FLAGS),
}
SHELL = """#include "sqlite3.c"
#define main SHELL
#define appendText shell_appendText
#include "shell.c"
"""
QUERY = b"""WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
SELECT count(*), sum(i * i), group_concat(i % 7, '') LIKE '%0123%' FROM n;
CREATE TABLE t AS SELECT value AS v FROM json_each('[3, 1, 2]');
SELECT v, row_number() OVER (ORDER BY v DESC) FROM t;
"""


def build(kit: Kit) -> Program:
    native = sqlite3.build(Kit("sqlite3", kit.doppel)).native
    program = Program(native, kit.out / "big.wasm")
    if program.module.exists():
        return program
    optimizer = shutil.which("opt-19")
    if optimizer is None:
        raise Unavailable("there is no opt-19")
    folder = sqlite3.amalgamation(Kit("sqlite3", kit.doppel))
    (kit.out / "variant.c").write_text(SHELL)

    def build_variant(name: str) -> str:
        level, flags = VARIANTS[name]
        bitcode, made = str(kit.out / f"{name}.bc"), str(kit.out / f"{name}.o")
        kit.command([CLANG, "-O1", "-w", *WASI_FLAGS, *flags, f"-I{folder}", f"-DSHELL=shell_{name}",
                     "-Xclang", "-disable-llvm-passes", "-emit-llvm", "-c", "variant.c", "-o", bitcode])
        kit.command([optimizer, "-passes=internalize", f"--internalize-public-api-list=shell_{name}",
                     bitcode, "-o", bitcode])
        kit.command([CLANG, "--target=wasm32-wasi", level, "-c", bitcode, "-o", made])
        return made

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(build_variant, VARIANTS))
    (kit.out / "main.c").write_text(main_source())
    kit.command([CLANG, "--target=wasm32-wasi", "main.c", *objects, *WASI_LIBRARIES, *STACK,
                 "-o", str(program.module)])
    return program


def main_source() -> str:
    """The program's last argument is the name of the build that runs."""
    declarations = "".join(f"int shell_{name}(int, char**);\n" for name in VARIANTS)
    choices = "".join(f'  if (!strcmp(name, "{name}")) return shell_{name}(argc, argv);\n' for name in VARIANTS)
    return (f"#include <string.h>\n{declarations}int main(int argc, char** argv) {{\n"
            f"  const char* name = argv[--argc];\n  argv[argc] = 0;\n{choices}  return 2;\n}}\n")


def check(kit: Kit, program: Program) -> str:
    arguments = ["-batch", ":memory:"]
    native = kit.run(program, "native", arguments, stdin=QUERY)
    for name in VARIANTS:
        wasm = kit.run(program, "wasm", [*arguments, name], stdin=QUERY)
        expect((wasm.status, wasm.stdout) == (native.status, native.stdout),
               f"the build {name} answers {wasm.stdout!r}, the native shell {native.stdout!r}")
    return f"{len(VARIANTS)} builds in {program.module.stat().st_size} bytes"
