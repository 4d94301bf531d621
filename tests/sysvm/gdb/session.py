# SPDX-License-Identifier: Apache-2.0
"""GDB itself with the command, on a bare program of two harts.
usage: session.py DOPPEL; exits 77 where GDB for RISC-V or the assembler is not installed."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """
.globl _start, loop, second, counter, tohost
_start:
  la s0, counter
  li s1, 0
  csrr t0, mhartid
  bnez t0, second
loop:
  addi s1, s1, 1
  sd s1, 0(s0)
  ld t1, 8(s0)
  beqz t1, loop
  li t2, 0x100000
  sw t1, 0(t2)
  j .
second:
  addi s1, s1, 1
  sd s1, 64(s0)
  j second
.data
.balign 64
counter: .dword 0, 0
.balign 64
.dword 0
tohost: .dword 0
"""

COMMANDS = """
info threads
hbreak *loop
continue
p $s1
continue
p $s1
delete
stepi
x/i $pc
watch *(long*)&counter
continue
continue
p *(long*)&counter
delete
thread 2
p $mhartid
break *second
continue
p/x $pc - (long)&second
delete
p $satp
p $priv
set *((long*)&counter + 1) = 0x5555
continue
"""

EXPECTED = [
    r"\* 1 +Thread 1 .*hart 0",
    r"2 +Thread 2 .*hart 1",
    r"\$1 = 0",
    r"\$2 = 1",
    r"=> 0x[0-9a-f]+ <loop\+[24]>",
    r"Hardware watchpoint 2",
    r"Old value = 1\s+New value = 2",
    r"Old value = 2\s+New value = 3",
    r"\$3 = 3",
    r"\$4 = 1",
    r"\$5 = 0x0",
    r"\$6 = 0",
    r"\$7 = 3",
    r"exited normally",
]


def run(command: list[str], folder: Path, clock: str) -> None:
    program = folder / "program"
    machine = subprocess.Popen(
        [*command, "vm", "run", "--bare", program, "--cpus", "2", "--memory", "16M", "--clock", clock,
         "--gdb", "0", "-S", "--timeout", "100"],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        said = machine.stderr.readline()
        port = re.fullmatch(r"doppel: waiting for a debugger at 127\.0\.0\.1:(\d+)\n", said)
        if not port:
            sys.exit(f"no port in: {said}")
        script = folder / "commands"
        script.write_text(f"set pagination off\nset width 0\ntarget remote 127.0.0.1:{port[1]}{COMMANDS}")
        debugger = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-x", script, program],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
        text = debugger.stdout + debugger.stderr
        place = 0
        for pattern in EXPECTED:
            found = re.compile(pattern).search(text, place)
            if not found:
                sys.exit(f"{clock}: no {pattern!r} after character {place} of:\n{text}")
            place = found.end()
        if machine.wait(timeout=100) != 0:
            sys.exit(f"{clock}: exit status {machine.returncode}: {machine.stderr.read()}")
    finally:
        machine.kill()
        machine.wait()


def main() -> None:
    for tool in ("gdb-multiarch", "clang-19", "ld.lld-19"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "program.S").write_text(PROGRAM)
        subprocess.run(["clang-19", "--target=riscv64", "-march=rv64gc", "-nostdlib", "-static", "-fuse-ld=lld-19",
                        "-mno-relax", "-Wl,--image-base=0x80000000,-Ttext=0x80000000,-N,--no-warnings",
                        "-o", folder / "program", folder / "program.S"], check=True)
        for clock in ("host", "instructions"):
            run(sys.argv[1:], folder, clock)


main()
