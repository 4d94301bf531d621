#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks each rule of rules.py in a small made-up tree: a rule that cannot fail guards nothing."""

import tempfile
import unittest
from pathlib import Path

import rules
import specification

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
HEADER = SPDX + "#pragma once\n"


class Rules(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = Path(place.name)
        self.write("core/low.h", HEADER)
        self.write("bytecode/middle.h", HEADER + '#include "core/low.h"\n#include <vector>\n')
        self.write("jit/code.cpp", SPDX + '#include "bytecode/middle.h"\n#include <llvm/IR/IR.h>\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def expect(self, rule, *wanted):
        problems = rule(self.root)
        self.assertEqual(len(problems), len(wanted), problems)
        for problem, text in zip(problems, wanted):
            self.assertIn(text, problem)

    def test_a_good_tree_has_no_problems(self):
        self.expect(rules.include_graph)
        self.expect(rules.files)

    def test_core_knows_nobody(self):
        self.write("core/bad.cpp", SPDX + '#include "bytecode/middle.h"\n')
        self.expect(rules.include_graph, "core/bad.cpp:2: core/ includes bytecode/middle.h")

    def test_bytecode_does_not_know_its_compiler(self):
        self.write("jit/engine.h", HEADER)
        self.write("bytecode/bad.cpp", SPDX + '#include "jit/engine.h"\n')
        self.expect(rules.include_graph, "bytecode/ includes jit/engine.h")

    def test_only_jit_and_tests_include_llvm(self):
        self.write("core/bad.h", HEADER + "  #  include <llvm/IR/IR.h>\n")
        self.write("tests/jit/oracle.cpp", SPDX + "#include <llvm/IR/IR.h>\n")
        self.expect(rules.include_graph, "core/bad.h:3: core/ includes llvm/IR/IR.h")

    def test_includes_are_written_from_the_root(self):
        self.write("bytecode/bad.cpp", SPDX + '#include "middle.h"\n')
        self.expect(rules.include_graph, "there is no middle.h")

    def test_own_headers_stand_in_quotes(self):
        self.write("bytecode/bad.cpp", SPDX + "#include <core/low.h>\n")
        self.expect(rules.include_graph, "expected quotes")

    def test_cycles_are_found(self):
        self.write("core/a.h", HEADER + '#include "core/b.h"\n')
        self.write("core/b.h", HEADER + '#include "core/a.h"\n')
        self.expect(rules.include_graph, "include cycle: core/a.h -> core/b.h -> core/a.h")

    def test_public_headers_include_public_ones_only(self):
        self.write("cmake/DoppelInstall.cmake", "set(DOPPEL_PUBLIC_HEADERS\n  core/p.h core/gone.h)")
        self.write("core/p.h", HEADER + "#include <fmt/core.h>\n#include <tl/expected.hpp>\n"
                   '#include <vector>\n#include "core/low.h"\n')
        self.expect(rules.public_headers, "core/gone.h: is in the list", "includes fmt/core.h",
                    "includes core/low.h, which is not")

    def test_files_have_licence_guard_and_measure(self):
        self.write("core/a.cpp", "int a;\n")
        self.write("core/b.h", SPDX)
        self.write("core/c.cpp", SPDX + "\n" * 600)
        self.write("core/d.cpp", SPDX + "// TO" + "DO: finish\n")
        self.expect(rules.files, "core/a.cpp:1: expected the SPDX", "core/b.h: expected #pragma",
                    "core/c.cpp: 601 lines", "core/d.cpp:2: found TO" + "DO")

    def test_machine_paths_are_found(self):
        self.write("docs/page.md", "see the log in /far/away/log\n")
        self.write("build/release/out.txt", "/far/away/log\n")
        problems = rules.machine_paths(self.root, ["/far/away/"])
        self.assertEqual(problems, ["docs/page.md:1: found /far/away/, which is this machine's"])
        self.assertIn(f"{self.root.resolve()}/", rules.own_places(self.root))

    def test_promises_name_tests_that_exist(self):
        tests = ["core:A.One", "tools:pages.bash"]
        good = "# T\n1. Yes. Checked by:\n   `core:A.One`, `tools:pages.*`\n\n## U\n"
        self.assertEqual(specification.problems(good, tests), [])
        self.assertEqual(specification.problems(good + "2. No.\n3. No. Checked by: `x`\n", tests),
                         ["promise 2 names no test", "promise 3 names x, which is no test"])
        self.assertEqual(specification.problems("# T\n", tests), ["there is no promise"])


if __name__ == "__main__":
    unittest.main()
