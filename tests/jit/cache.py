# SPDX-License-Identifier: Apache-2.0
"""Machine code that is kept: a warm start opens no compiler and does what a cold one does; whatever is
wrong with a file of the cache does no harm; files of `doppel compile --native` run without a compiler,
and only where they are allowed.

usage: cache.py DOPPEL"""
import glob
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

DOPPEL = os.path.abspath(sys.argv[1])
PROGRAM = """(module
  (type $box (struct (field (mut i32)) (field (ref null $box))))
  (tag $thrown (param i32))
  (memory 1)
  (table 2 funcref) (elem (i32.const 0) $twice $fib)
  (func $twice (param $n i32) (result i32) (i32.mul (local.get $n) (i32.const 2)))
  (func $fib (export "fib") (param $n i32) (result i32)
    (if (i32.lt_u (local.get $n) (i32.const 2)) (then (return (local.get $n))))
    (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1)))
             (call $fib (i32.sub (local.get $n) (i32.const 2)))))
  (func (export "indirect") (param $n i32) (result i32)
    (i32.add (call_indirect (param i32) (result i32) (local.get $n) (i32.const 0))
             (call_indirect (param i32) (result i32) (local.get $n) (i32.const 1))))
  (func $raise (param $n i32)
    (if (i32.eqz (local.get $n)) (then (throw $thrown (i32.const 42))))
    (call $raise (i32.sub (local.get $n) (i32.const 1))))
  (func (export "caught") (param $n i32) (result i32)
    (block $clause (result i32)
      (try_table (catch $thrown $clause) (call $raise (local.get $n)))
      (i32.const 0)))
  (func (export "uncaught") (param $n i32) (call $raise (local.get $n)))
  (func (export "objects") (param $n i32) (result i32) (local $list (ref null $box)) (local $sum i32)
    (loop $more
      (local.set $list (struct.new $box (local.get $n) (local.get $list)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (struct.get $box 0 (local.get $list))))
      (local.set $list (struct.get $box 1 (local.get $list)))
      (br_if $next (i32.eqz (ref.is_null (local.get $list)))))
    (local.get $sum))
  (func (export "vectors") (param $n i32) (result f64) (local $v v128)
    (loop $more
      (local.set $v (f64x2.add (local.get $v) (v128.const f64x2 0.1 0.2)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (f64.add (f64.ceil (f64x2.extract_lane 0 (local.get $v))) (f64x2.extract_lane 1 (local.get $v))))
  (func $touch (param $at i32) (result i32) (i32.load offset=65528 (local.get $at)))
  (func (export "fault") (param $n i32) (result i32)
    (i32.add (call $touch (i32.const 0)) (call $touch (local.get $n))))
  (func $deep (export "deep") (param $n i32) (result i32) (i32.add (call $deep (local.get $n)) (i32.const 1)))
  (func (export "switch") (param $n i32) (result i32)
    (block $a (block $b (block $c (block $d
      (br_table $a $b $c $d (local.get $n)))
      (return (i32.const 10))) (return (i32.const 20))) (return (i32.const 30)))
    (i32.const 40))
  (func (export "multi") (param $n i32) (result i32 i64 f32 i32 i64)
    (local.get $n) (i64.const -2) (f32.const 0.5) (i32.const 4) (i64.const 5))
  (func (export "zero") (param $n i32) (result i32) (i32.div_u (i32.const 1) (local.get $n))))
"""
CALLS = [("fib", 15), ("indirect", 12), ("caught", 9), ("uncaught", 3), ("objects", 5000),
         ("vectors", 1000), ("fault", 4), ("fault", 8), ("deep", 1), ("switch", 2), ("multi", 7),
         ("zero", 0)]


def expect(condition, message):
    if not condition:
        sys.exit(f"cache.py: {message}")


def run(*words, **environment):
    """Exit status, what was printed, and whether the compiler was opened."""
    process = subprocess.run([DOPPEL, *words], capture_output=True, text=True, timeout=120,
                             env={**os.environ, "LD_DEBUG": "files", **environment})
    log = [line for line in process.stderr.splitlines() if "file=" in line or "calling" in line]
    messages = [line for line in process.stderr.splitlines() if line.startswith("doppel: ")]
    return (process.returncode, process.stdout, messages), any("libdoppel_jit" in line for line in log)


def call(name, argument, *options, **environment):
    return run("run", *options, "--invoke", name, "p.wat", str(argument), **environment)


def files():
    return glob.glob("cache/*")


def warm_is_as_cold():
    for options, environment in ([], {}), ([], {"DOPPEL_GC_STRESS": "1"}), (["--fuel", "300000"], {}), \
            (["--without", "guards"], {}):
        shutil.rmtree("cache", ignore_errors=True)
        for name, argument in CALLS:
            if name == "deep" and "--fuel" not in options:
                expected = None  # the stacks' ends come at other depths
            else:
                expected, _ = call(name, argument, "--tier", "interp", *options, **environment)
            jit = ["--tier", "jit", "--cache", "cache", *options]
            cold, _ = call(name, argument, *jit, **environment)
            warm, opened = call(name, argument, *jit, **environment)
            expect(not opened, f"{name} {options} opens the compiler once more")
            if expected is not None:
                expect(cold == expected, f"{name} {options}: {cold}, interpreted {expected}")
                expect(warm == expected, f"{name} {options} from the cache: {warm}, expected {expected}")
            else:
                expect(warm[0] == cold[0] == 134 and "exhausted" in warm[2][0], f"{name}: {warm}")
            tiered, opened = call(name, argument, "--tier", "auto", "--cache", "cache", *options, **environment)
            expect(not opened or name == "deep", f"{name} {options} opens the compiler under --tier auto")
            expect(expected is None or tiered == expected, f"{name} under auto: {tiered}, expected {expected}")


def statistics_tell():
    for taken, compiled in (0, 1), (1, 1):
        (_, _, messages), _ = call("fib", 10, "--tier", "jit", "--cache", "stats", "--stats")
        figures = dict(line.removeprefix("doppel: ").rsplit(None, 1) for line in messages if "{" not in line)
        found = int(figures["cached functions"]), int(figures["compiled functions"])
        expect(found == (taken, compiled), f"statistics say {found}, expected {(taken, compiled)}")


def nothing_is_kept():
    os.environ["XDG_CACHE_HOME"] = os.path.abspath("home")
    for options in ["--cache", "none"], ["--profile", "perfmap"], ["--debugger", "gdb"]:
        shutil.rmtree("home", ignore_errors=True)
        call("fib", 10, "--tier", "jit", *options)
        expect(not glob.glob("home/doppel/code/*"), f"code is kept with {options}")
    call("fib", 10, "--tier", "random", "--seed", "1")
    expect(not glob.glob("home/doppel/code/*"), "code that switches tiers is kept")
    call("fib", 10, "--tier", "jit")
    expect(len(glob.glob("home/doppel/code/*")) == 1, "nothing is kept in the user's folder")
    os.environ["XDG_CACHE_HOME"] = "/dev/null"
    (status, _, _), _ = call("fib", 10, "--tier", "jit")
    expect(status == 0, "a run needs the user's folder")
    for name in glob.glob("/tmp/perf-*.map"):
        if os.path.getmtime(name) > BEGAN:
            os.unlink(name)


def another_module_has_another_file():
    shutil.rmtree("cache", ignore_errors=True)
    for text in PROGRAM, PROGRAM.replace("i32.const 2)", "i32.const 3)"):
        with open("other.wat", "w", encoding="utf-8") as file:
            file.write(text)
        expected, _ = run("run", "--invoke", "fib", "other.wat", "9")
        for _ in range(2):
            found, _ = run("run", "--tier", "jit", "--cache", "cache", "--invoke", "fib", "other.wat", "9")
            expect(found == expected, f"with another module: {found}, expected {expected}")
    expect(len(files()) == 2, f"two modules have {len(files())} files")


def damage_does_no_harm():
    """Every cut, and damage at many places: the same result, and a file that is right again."""
    shutil.rmtree("cache", ignore_errors=True)
    arguments = ["run", "--tier", "jit", "--cache", "cache", "--invoke", "indirect", "p.wat", "9"]
    expected, _ = run(*arguments)
    (path,) = files()
    with open(path, "rb") as file:
        whole = file.read()
    chance = random.Random(1)
    step = max(1, len(whole) // 40)
    damaged = [whole[:cut] for cut in range(0, len(whole), step)]
    for at in [*range(0, 64), *chance.sample(range(len(whole)), 60)]:
        damaged.append(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1:])
    for number, contents in enumerate(damaged):
        with open(path, "wb") as file:
            file.write(contents)
        found, _ = run(*arguments)
        expect(found == expected, f"damage {number} gives {found}, expected {expected}")
        found, opened = run(*arguments)
        expect(found == expected and not opened, f"damage {number} is not made good")


def only_own_files_are_trusted():
    shutil.rmtree("cache", ignore_errors=True)
    arguments = ["run", "--tier", "jit", "--cache", "cache", "--invoke", "fib", "p.wat", "9"]
    expected, _ = run(*arguments)
    (path,) = files()
    os.chmod(path, 0o666)
    found, opened = run(*arguments)
    expect(opened and found == expected, "a file that others may write is used")
    if os.geteuid() == 0:
        run(*arguments)
        os.chown(path, 65534, 65534)
        found, opened = run(*arguments)
        expect(opened and found == expected, "another user's file is used")
    os.chmod("cache", 0o777)
    (status, _, messages), _ = run(*arguments)
    expect(status == 1 and "others may write" in messages[0], f"a folder for all is used: {messages}")


def processes_share():
    """Many at once, some killed: all others end well, the file in the end is whole."""
    shutil.rmtree("cache", ignore_errors=True)
    names = [name for name, _ in CALLS if name not in ("deep", "uncaught", "fault", "zero")]
    chance = random.Random(2)
    for _ in range(8):
        processes = [subprocess.Popen(
            [DOPPEL, "run", "--tier", "jit", "--cache", "cache", "--invoke", name, "p.wat", "3"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for name in names]
        victim = chance.choice(processes)
        time.sleep(chance.random() * 0.3)
        victim.send_signal(signal.SIGKILL)
        for process in processes:
            _, err = process.communicate(timeout=120)
            expect(process.returncode == 0 or process is victim, f"{process.args}: {err}")
    for name in names:
        call(name, 3, "--tier", "jit", "--cache", "cache")
        _, opened = call(name, 3, "--tier", "jit", "--cache", "cache")
        expect(not opened, f"{name} is not in the file that many have written")


def killed_while_writing():
    """Readers never see the file of a writer that was killed."""
    for delay in [0.002 * i for i in range(40)]:
        shutil.rmtree("cache", ignore_errors=True)
        process = subprocess.Popen(
            [DOPPEL, "run", "--tier", "jit", "--cache", "cache", "--invoke", "fib", "p.wat", "3"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.kill()
        process.wait()
        for _ in range(2):
            (status, out, _), opened = call("fib", 3, "--tier", "jit", "--cache", "cache")
            expect(status == 0 and out == "2\n", f"after a kill: {status} {out}")
        expect(not opened, "after a kill nothing can be kept")


def long_runs_are_kept_before_they_end():
    """A process that is killed later has written what it compiled."""
    shutil.rmtree("cache", ignore_errors=True)
    process = subprocess.Popen(
        [DOPPEL, "run", "--tier", "auto", "--cache", "cache", "--invoke", "fib", "p.wat", "60"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        time.sleep(0.1)
        if any(not os.path.basename(path).startswith("unfinished") for path in files()):
            break
    process.kill()
    process.wait()
    expect(files(), "a long run keeps nothing before it ends")
    (status, out, _), opened = call("fib", 10, "--tier", "auto", "--cache", "cache")
    expect(status == 0 and out == "55\n" and not opened, "what a long run kept is not used")


def native_files():
    (status, _, messages), _ = run("compile", "--native", "p.wat", "-o", "p.native")
    expect(status == 0, f"compile --native: {messages}")

    def native(*words, **environment):
        return run("run", *words[:-3], "--invoke", words[-3], words[-2], str(words[-1]), **environment)

    for name, argument in CALLS:
        expected, _ = call(name, argument)
        for tier in [], ["--tier", "auto"], ["--tier", "jit"]:
            found, opened = native("--allow-precompiled", "--cache", "none", *tier, name, "p.native", argument)
            expect(not opened or "jit" in tier, f"{name} from a native file opens the compiler")
            expect(found[0] == expected[0] and found[1] == expected[1], f"{name}: {found}, expected {expected}")
            expect(found == expected or name == "deep", f"{name}: {found}, expected {expected}")
    (status, _, messages), _ = native("fib", "p.native", 9)
    expect(status == 1 and "--allow-precompiled" in messages[0], f"a native file is not refused: {messages}")
    with open("p.native", "rb") as file:
        whole = file.read()
    (status, _, messages), _ = native("--allow-precompiled", "--fuel", "100", "fib", "p.native", 9)
    expect(status == 1 and "count" in messages[0], f"fuel is not counted, nor refused: {messages}")
    build = re.search(rb"doppel ([0-9a-f]{16,})\n", whole)
    changed = run_changed(whole, build.start() + 8, native)
    expect(changed[0] == 1, "a damaged index is taken")
    os.mkdir("elsewhere")
    os.mkdir("elsewhere/bin")
    shutil.copy(DOPPEL, "elsewhere/bin/doppel")
    with open("elsewhere/bin/doppel", "r+b") as copy:
        identifier = bytes.fromhex(build[1].decode())
        program = copy.read()
        copy.seek(program.index(identifier))
        copy.write(bytes([identifier[0] ^ 1]))
    other = subprocess.run(["elsewhere/bin/doppel", "run", "--allow-precompiled", "--invoke", "fib", "p.native", "9"],
                           capture_output=True, text=True, timeout=120)
    expect(other.returncode == 1 and "another build" in other.stderr, f"another build: {other}")


def run_changed(whole, at, native):
    with open("changed.native", "wb") as file:
        file.write(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
    return native("--allow-precompiled", "fib", "changed.native", 9)[0]


BEGAN = time.time()
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    os.environ["XDG_CACHE_HOME"] = "/dev/null"
    with open("p.wat", "w", encoding="utf-8") as program:
        program.write(PROGRAM)
    for check in (warm_is_as_cold, statistics_tell, nothing_is_kept, another_module_has_another_file,
                  damage_does_no_harm, only_own_files_are_trusted, processes_share, killed_while_writing,
                  long_runs_are_kept_before_they_end, native_files):
        check()
