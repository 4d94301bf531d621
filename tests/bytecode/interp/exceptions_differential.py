#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Random programs with exceptions, each written with the old and with the new instructions.

  exceptions_differential.py DOPPEL [FIRST [LAST]]     seeds from FIRST to LAST - 1

Both forms must do the same under doppel; where node is installed, its results for the old form, also
with `delegate`, must be the same too. (Node did not know the new instructions for long.)
"""

import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TAGS = (("i32",), ("i32", "i64"), ())
ARGUMENTS = range(3)
FUNCTIONS = 4

NODE = """
const fs = require('fs');
const results = process.argv.slice(1).map((file) => {
  const module = new WebAssembly.Module(fs.readFileSync(file));
  return [ARGUMENTS].map((argument) => {
    try {
      return String(new WebAssembly.Instance(module, {}).exports.run(argument));
    } catch (error) {
      return error instanceof WebAssembly.Exception ? 'exception' : 'trap';
    }
  });
});
console.log(JSON.stringify(results));
""".replace("ARGUMENTS", ", ".join(map(str, ARGUMENTS)))


class Generator:
    """One module. The same seed gives the same program in the forms `old` and `new`; `delegating`
    is the old one with `delegate` in some places."""

    def __init__(self, seed: int, form: str) -> None:
        self.random = random.Random(seed)
        self.new = form == "new"
        self.delegating = form == "delegating"
        self.labels = 0
        self.exceptions: list[str] = []  # locals for caught exceptions
        self.budget = 0

    def expression(self, depth: int, scope: dict) -> str:
        """An i32."""
        pick = self.random.randrange
        self.budget -= 1
        if depth <= 0 or self.budget < 0:
            return f"(local.get $v{pick(3)})" if pick(2) else f"(i32.const {pick(-5, 9)})"
        kind = pick(20)
        first = self.expression(depth - 1, scope)
        if kind < 3:
            operation = self.random.choice(("add", "sub", "mul", "xor"))
            return f"(i32.{operation} {first} {self.expression(depth - 1, scope)})"
        if kind == 3:
            return f"(local.tee $v{pick(3)} {first})"
        if kind == 4:
            return f"(call $mix {first})"
        if kind < 7:
            return f"(call $f{pick(FUNCTIONS)} {first} {self.expression(depth - 2, scope)})"
        if kind == 7:
            return f"(i32.div_s {first} {self.expression(depth - 2, scope)})"
        if kind == 8:
            then = f"{self.statements(depth - 1, scope)} {self.expression(depth - 1, scope)}"
            otherwise = self.expression(depth - 1, scope)
            return f"(if (result i32) {first} (then {then}) (else {otherwise}))"
        if kind < 11:
            label = self.label()
            inner = scope | {"labels": scope["labels"] + [label]}
            block = f"{self.statements(depth - 1, inner)} {self.expression(depth - 1, inner)}"
            return f"(i32.add {first} (block {label} (result i32) {block}))"
        return f"(i32.xor {self.expression(depth - 3, scope)} {self.attempt(depth, scope)})"

    def attempt(self, depth: int, scope: dict) -> str:
        """A try with its handlers."""
        label, exception = self.label(), f"$e{len(self.exceptions)}"
        self.exceptions.append(exception)
        inner = scope | {"labels": scope["labels"] + [label]}
        body = self.sequence(depth, inner | {"tries": scope["tries"] + [label]})
        if self.random.randrange(8) == 0 and self.delegating and scope["tries"]:
            outer = self.random.choice(scope["tries"])
            return f"(try {label} (result i32) (do {body}) (delegate {outer}))"
        inner["catches"] = scope["catches"] + [(label, exception)]
        handlers = []
        for tag in self.random.sample(range(len(TAGS)), self.random.randrange(len(TAGS) + 1)):
            into = {"i32": "(local.set $v1)", "i64": "(local.set $w)"}
            take = " ".join(into[each] for each in reversed(TAGS[tag]))
            handlers.append((tag, take, self.sequence(depth, inner)))
        rest = self.sequence(depth, inner) if self.random.randrange(5) < 2 else None
        return (self.new_form if self.new else self.old_form)(label, exception, body, handlers, rest)

    @staticmethod
    def old_form(label: str, _: str, body: str, handlers: list, rest: str | None) -> str:
        clauses = [f"(catch $t{tag} {take} {handler})" for tag, take, handler in handlers]
        clauses += [f"(catch_all {rest})"] if rest else []
        return f"(try {label} (result i32) (do {body}) {' '.join(clauses)})"

    @staticmethod
    def new_form(label: str, exception: str, body: str, handlers: list, rest: str | None) -> str:
        clauses = [f"(catch_ref $t{tag} {label}t{tag})" for tag, _, _ in handlers]
        clauses += [f"(catch_all_ref {label}all)"] if rest else []
        code = f"(br {label} (try_table (result i32) {' '.join(clauses)} {body}))"
        for tag, take, handler in handlers:
            types = " ".join((*TAGS[tag], "exnref"))
            code = (f"(block {label}t{tag} (result {types}) {code}) (local.set {exception}) {take} "
                    f"(br {label} {handler})")
        if rest:
            code = f"(block {label}all (result exnref) {code}) (local.set {exception}) (br {label} {rest})"
        return f"(block {label} (result i32) {code})"

    def sequence(self, depth: int, scope: dict) -> str:
        return f"{self.statements(depth - 1, scope)} {self.expression(depth - 1, scope)}"

    def statements(self, depth: int, scope: dict) -> str:
        return " ".join(self.statement(depth, scope) for _ in range(self.random.randrange(3)))

    def statement(self, depth: int, scope: dict) -> str:
        kind = self.random.randrange(9)
        first = self.expression(depth - 1, scope)
        condition = f"(i32.and {self.expression(depth - 2, scope)} (i32.const 1))"
        if kind < 2:
            return f"(local.set $v{self.random.randrange(3)} {first})"
        if kind < 4 and scope["labels"]:
            label = self.random.choice(scope["labels"])
            if kind == 2:
                return f"(drop (br_if {label} {first} {condition}))"
            return f"(if {condition} (then (br {label} {first})))"
        if kind < 7:
            tag = self.random.randrange(len(TAGS))
            payload = " ".join((first, "(i64.const 7)")[:len(TAGS[tag])])
            return f"(if {condition} (then (throw $t{tag} {payload})))"
        if kind == 7 and scope["catches"]:
            label, exception = self.random.choice(scope["catches"])
            again = f"(throw_ref (local.get {exception}))" if self.new else f"(rethrow {label})"
            return f"(if {condition} (then {again}))"
        return f"(drop (call $mix {first}))"

    def label(self) -> str:
        self.labels += 1
        return f"$l{self.labels}"

    def module(self) -> str:
        functions = []
        for number in range(FUNCTIONS):
            self.exceptions, self.budget = [], 150
            body = self.sequence(7, {"labels": [], "tries": [], "catches": []})
            locals_ = " ".join(f"(local {each} exnref)" for each in self.exceptions) if self.new else ""
            functions.append(f"""
  (func $f{number} (param $v0 i32) (param $v1 i32) (result i32) (local $v2 i32) (local $w i64) {locals_}
    (global.set $calls (i32.sub (global.get $calls) (i32.const 1)))
    (if (i32.lt_s (global.get $calls) (i32.const 0)) (then (return (i32.const 3))))
    {body})""")
        return f"""(module
  (tag $t0 (param i32)) (tag $t1 (param i32 i64)) (tag $t2)
  (global $calls (mut i32) (i32.const 200)) (global $hash (mut i32) (i32.const 0))
  (func $mix (param i32) (result i32)
    (global.set $hash (i32.add (i32.mul (global.get $hash) (i32.const 31)) (local.get 0)))
    (local.get 0)){"".join(functions)}
  (func (export "run") (param i32) (result i32)
    (i32.add (i32.mul (call $f0 (local.get 0) (i32.const 1)) (i32.const 17)) (global.get $hash))))"""


def run(doppel: str, module: Path) -> list[str]:
    """What the module does with each argument."""
    results = []
    for argument in ARGUMENTS:
        process = subprocess.run([doppel, "run", "--timeout", "20", "--invoke", "run", str(module), str(argument)],
                                 capture_output=True, text=True)
        if process.returncode == 0:
            results.append(process.stdout.strip())
        elif process.returncode == 134:
            results.append("exception" if "uncaught exception" in process.stderr else "trap")
        else:
            results.append(f"status {process.returncode}: {process.stderr.strip()}")
    return results


def main(doppel: str, first: str = "0", last: str = "25") -> int:
    differences, thrown = 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        theirs: dict[Path, list[str]] = {}
        for seed in range(int(first), int(last)):
            results = {}
            for form in ("old", "new", "delegating"):
                text = folder / f"{seed}-{form}.wat"
                text.write_text(Generator(seed, form).module())
                results[form] = run(doppel, text)
                if form != "new":
                    module = text.with_suffix(".wasm")
                    subprocess.run([doppel, "compile", str(text), "-o", str(module)], check=True)
                    theirs[module] = results[form]
            thrown += results["old"].count("exception")
            if results["old"] != results["new"]:
                print(f"seed {seed}: the old form gives {results['old']}, the new one {results['new']}")
                differences += 1
        if shutil.which("node"):
            answer = subprocess.run(["node", "-e", NODE, *map(str, theirs)], capture_output=True, text=True, check=True)
            for (module, ours), node in zip(theirs.items(), json.loads(answer.stdout), strict=True):
                if ours != node:
                    print(f"{module.stem}: doppel gives {ours}, node {node}")
                    differences += 1
    if thrown == 0:
        print("found no program that throws, expected some")
    return 1 if differences > 0 or thrown == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
