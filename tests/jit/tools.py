# SPDX-License-Identifier: Apache-2.0
"""Compiled code as tools see it: names and code for perf, names for GDB, statistics, and what
`doppel explain` shows. Exits 77, with the reason, where GDB cannot be tried; all else has passed then.

usage: tools.py DOPPEL"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

DOPPEL = os.path.abspath(sys.argv[1])
PROGRAM = """(module
  (memory 1)
  (func $fib (export "fib") (param $n i32) (result i32)
    (if (i32.lt_u (local.get $n) (i32.const 2)) (then (return (local.get $n))))
    (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1)))
             (call $fib (i32.sub (local.get $n) (i32.const 2)))))
  (func $fill (export "fill") (param $n i32) (local $i i32)
    (loop $more
      (i32.store (local.get $i) (i32.const 7))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $n))))))
"""


def expect(condition, message):
    if not condition:
        sys.exit(f"tools.py: {message}")


def run(*words):
    """The process's number and what it printed on stderr."""
    process = subprocess.Popen([DOPPEL, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env={**os.environ, "XDG_CACHE_HOME": "/dev/null"})
    out, err = process.communicate(timeout=120)
    expect(process.returncode == 0, f"{words} ended with {process.returncode}: {err}")
    return process.pid, out, err


def perf_map():
    pid, _, _ = run("run", "--tier", "jit", "--profile", "perfmap", "--invoke", "fib", "p.wat", "20")
    path = f"/tmp/perf-{pid}.map"
    with open(path, encoding="utf-8") as lines:
        functions = {name: (int(begin, 16), int(size, 16))
                     for begin, size, name in (line.rstrip("\n").split(" ", 2) for line in lines)}
    os.unlink(path)
    found = [name for name in functions if name.endswith("::fib")]
    expect(len(found) == 1, f"the map names {list(functions)}, expected one fib")
    begin, size = functions[found[0]]
    expect(begin > 0 and 16 < size < 65536, f"fib is at {begin:#x} and has {size} bytes")


def jit_dump():
    pid, _, _ = run("run", "--tier", "jit", "--profile", "jitdump", "--invoke", "fib", "p.wat", "20")
    path = f"jit-{pid}.dump"
    with open(path, "rb") as file:
        dump = file.read()
    magic, version, size, _, _, process, _, flags = struct.unpack_from("<IIIIIIQQ", dump)
    expect((magic, version, size, process, flags) == (0x4A695444, 1, 40, pid, 0), "the header is wrong")
    names = []
    at = size
    while at < len(dump):
        kind, length, _, process, _, _, begin, code, index = struct.unpack_from("<IIQIIQQQQ", dump, at)
        expect(kind == 0 and process == pid and begin > 0, f"the record at {at} is wrong")
        name = dump[at + 56:dump.index(b"\0", at + 56)]
        expect(length == 56 + len(name) + 1 + code, f"the record at {at} has {length} bytes")
        expect(index == len(names), f"the record at {at} has number {index}")
        names.append(name.decode())
        at += length
    expect(at == len(dump), "the last record is cut")
    expect(sum(name.endswith("::fib") for name in names) == 1, f"the dump names {names}")


def statistics():
    _, _, err = run("run", "--tier", "jit", "--stats=json", "--invoke", "fib", "p.wat", "20")
    figures = json.loads(err)
    expect(figures["compile time us"] > 0 and figures["code bytes"] > 16, err)
    [hot] = figures["hot functions"]
    expect(hot["name"] == "fib" and hot["tier"] == "compiled", err)
    expect(hot["code bytes"] == figures["code bytes"], err)


def explanation():
    _, out, _ = run("explain", "p.wat", "fill")
    ir, assembly, instruction = "", "", ""
    for row in out.splitlines():
        columns = [*(column.strip() for column in row.split("|")), "", ""]
        instruction = columns[0] or instruction
        if instruction.endswith("i32.store"):
            ir += columns[1] + "\n"
            assembly += columns[2] + "\n"
    expect("store volatile i32 7," in ir, f"the store has become:\n{ir}\nin:\n{out}")
    expect("7" in assembly, f"the store has become:\n{assembly}\nin:\n{out}")
    refused = subprocess.run([DOPPEL, "explain", "p.wat", "none"], capture_output=True, text=True)
    expect(refused.returncode == 2 and "no function none" in refused.stderr, refused.stderr)


def gdb():
    """None, or why it was not tried."""
    if shutil.which("gdb") is None:
        return "gdb is not installed"
    session = subprocess.run(
        ["gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off",
         "-ex", "set breakpoint pending on", "-ex", "break 'f0::fib'",
         "-ex", "run", "-ex", "backtrace 3", "-ex", "kill", "--args", DOPPEL, "run", "--tier", "jit",
         "--debugger", "gdb", "--invoke", "fib", "p.wat", "20"],
        capture_output=True, text=True, timeout=300)
    said = session.stdout + session.stderr
    if "ptrace" in said:
        return "gdb may not trace processes"
    expect("Breakpoint 1, " in said and "f0::fib" in said.split("Breakpoint 1, ")[1], said)
    return None


def main():
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        with open("p.wat", "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        perf_map()
        jit_dump()
        statistics()
        explanation()
        reason = gdb()
    if reason is not None:
        print(reason)
        sys.exit(77)


main()
