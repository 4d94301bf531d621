# SPDX-License-Identifier: Apache-2.0
"""bzip2: compresses and decompresses the text of SQLite's sources, across both worlds."""

from corpus import corpus
from kit import Kit, Program, expect
from packages import source


def build(kit: Kit) -> Program:
    root = source("bzip2")
    names = ["bzip2", "bzlib", "blocksort", "huffman", "crctable", "randtable", "compress", "decompress"]
    return kit.program([root / f"{name}.c" for name in names], ["-D_FILE_OFFSET_BITS=64"])


def check(kit: Kit, program: Program) -> str:
    text = corpus()
    packed = kit.same(program, ["-9", "-k", "text"], files={"text": text}, results=("text.bz2",))
    archive = packed.files["text.bz2"]
    unpacked = kit.same(program, ["-d", "text.bz2"], files={"text.bz2": archive}, results=("text",))
    expect(unpacked.files["text"] == text, "the decompressed text differs from the original")
    broken = archive[:-100] + bytes(100)
    kit.same(program, ["-d", "-c"], stdin=broken)
    return f"{len(text)} bytes to {len(archive)} and back"
