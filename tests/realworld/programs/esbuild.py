# SPDX-License-Identifier: Apache-2.0
"""esbuild: the bundler as npm has it, compiled from Go by its makers, works on programs of ours.

The bundle that this version makes is known by its hash; node, where installed, also runs it."""

import hashlib
import shutil
import subprocess

from kit import HERE, Kit, Program, difference, expect
from npm import npm_package

VERSION = "0.27.2"
BUNDLE = "9f7d6c70c246542b3d1a85d21bf81f0caa193341def9487145ab6b9373ff4ebc"
INPUTS = {path.name: path.read_bytes() for path in (HERE / "programs/esbuild").glob("*.ts*")}
SAYS = b'towns 3   [["Aldra",12],["Birk",7],["Corve",3]] #2\n'


def build(kit: Kit) -> Program:
    return Program(None, npm_package("@esbuild/wasi-preview1", VERSION) / "esbuild.wasm")


def check(kit: Kit, program: Program) -> str:
    version = kit.run(program, "wasm", ["--version"])
    expect(version.stdout == f"{VERSION}\n".encode(), f"--version says {version}")

    arguments = ["--bundle", "/main.tsx", "--outfile=/out.js", "--target=es2017", "--minify",
                 "--log-level=error", "--jsx-factory=element"]
    outcome = kit.run(program, "wasm", arguments, files=INPUTS, results=("out.js",))
    bundle = outcome.files.get("out.js", b"")
    digest = hashlib.sha256(bundle).hexdigest()
    expect((outcome.status, digest) == (0, BUNDLE), f"the bundle is not the one known: {digest}, {outcome}")
    if shutil.which("node"):
        said = subprocess.run(["node", "-"], input=bundle, capture_output=True).stdout
        expect(said == SAYS, f"the bundle prints {said!r}, expected {SAYS!r}")

    wrong = kit.run(program, "wasm", ["/wrong.ts"], files={"wrong.ts": b"const a = 1;\nconst b = (2;\n"})
    expect(wrong.status == 1 and b'Expected ")" but found ";"\n\n    wrong.ts:2:12:' in wrong.stderr,
           f"a wrong program gives {wrong}")

    source = b"".join(b"export function f%d(long: number) { return long + %d /* no */ }\n" % (n, 10 * n + 7)
                      for n in range(5_000))
    expected = b"".join(b"export function f%d(n){return n+%d}" % (n, 10 * n + 7) for n in range(5_000))
    minified = kit.run(program, "wasm", ["--loader=ts", "--minify"], stdin=source).stdout.strip()
    expect(minified == expected, f"many functions: {difference(expected, minified)}")
    return f"{len(bundle)} bytes of bundle, {len(source)} bytes of TypeScript to {len(minified)}"
