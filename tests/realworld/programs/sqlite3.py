# SPDX-License-Identifier: Apache-2.0
"""sqlite3: the shell runs a long script on a database file, which must come out byte for byte."""

import os
import shutil
import subprocess
from pathlib import Path

from kit import CLANG, HERE, Failure, Kit, Program, expect
from apt_root import Unavailable, locked
from packages import source, unpacked

# Numbers print alike in both worlds only without long double, which is 80 bits here and 128 there.
FLAGS = ["-DLONGDOUBLE_TYPE=double", "-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION",
         "-DSQLITE_OMIT_WAL", "-DSQLITE_MAX_MMAP_SIZE=0", "-DSQLITE_NOHAVE_SYSTEM", "-DSQLITE_OMIT_POPEN",
         "-DSQLITE_ENABLE_FTS5", "-DSQLITE_ENABLE_RTREE", "-DSQLITE_ENABLE_MATH_FUNCTIONS"]


def tcl_environment() -> dict[str, str]:
    """SQLite's sources are assembled by Tcl scripts: with the machine's tclsh, or an unpacked one."""
    if shutil.which("tclsh"):
        return dict(os.environ)
    root = unpacked("tcl8.6", "libtcl8.6")
    commands = root / "usr/bin"
    if not (commands / "tclsh").exists():
        (commands / "tclsh").symlink_to("tclsh8.6")
    libraries = next(root.glob("usr/lib/*/libtcl8.6.so")).parent
    return dict(os.environ, PATH=f"{commands}:{os.environ['PATH']}", LD_LIBRARY_PATH=str(libraries),
                TCL_LIBRARY=str(root / "usr/share/tcltk/tcl8.6"))


def amalgamation(kit: Kit) -> Path:
    """A folder with sqlite3.c and shell.c, each assembled from many sources."""
    folder = kit.out / "amalgamation"
    if (folder / "complete").exists():
        return folder
    if shutil.which("make") is None:
        raise Unavailable("there is no make")
    folder.mkdir(exist_ok=True)
    root = source("sqlite3")
    command = ["make", "-s", "-f", str(root / "main.mk"), f"TOP={root}", f"BCC={CLANG}", f"TCCX={CLANG}",
               "sqlite3.c", "shell.c"]
    result = subprocess.run(command, cwd=folder, env=tcl_environment(), text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise Failure(f"sqlite3.c cannot be assembled\n{result.stdout[-2000:]}")
    (folder / "complete").touch()
    return folder


def build(kit: Kit) -> Program:
    with locked(kit.out / "amalgamation.lock"):
        folder = amalgamation(kit)
    return kit.program([folder / "sqlite3.c", folder / "shell.c"], [*FLAGS, f"-I{folder}"])


def check(kit: Kit, program: Program) -> str:
    script = (HERE / "programs/sqlite3.sql").read_bytes()
    arguments = ["-batch", "-vfs", "unix-none", "test.db"]
    outcome = kit.same(program, arguments, stdin=script, results=("test.db", "copy.db"))
    expect(b"integrity: ok" in outcome.stdout, "the database is not sound")
    return f"{outcome.stdout.count(10)} lines, a database of {len(outcome.files['test.db'])} bytes"
