# SPDX-License-Identifier: Apache-2.0
"""zstd: compresses at three levels and decompresses, across both worlds."""

from corpus import corpus
from kit import Kit, Program, expect
from packages import source


def build(kit: Kit) -> Program:
    root = source("libzstd")
    sources = [path for folder in ("common", "compress", "decompress", "dictBuilder")
               for path in sorted((root / "lib" / folder).glob("*.c"))]
    sources += sorted((root / "programs").glob("*.c"))
    includes = [f"-I{root / 'lib' / folder}" for folder in ("", "common", "compress", "dictBuilder")]
    return kit.program(sources, ["-DZSTD_DISABLE_ASM", "-DZSTD_NOTRACE", "-DXXH_NAMESPACE=ZSTD_", *includes])


def check(kit: Kit, program: Program) -> str:
    text = corpus()
    sizes = []
    for level in (1, 3, 9):
        packed = kit.same(program, ["-q", "--no-progress", f"-{level}", "text"], files={"text": text},
                          results=("text.zst",))
        archive = packed.files["text.zst"]
        unpacked = kit.same(program, ["-q", "--no-progress", "-d", "text.zst"], files={"text.zst": archive},
                            results=("text",))
        expect(unpacked.files["text"] == text, "the decompressed text differs from the original")
        sizes.append(str(len(archive)))
    wrong_checksum = archive[:-1] + bytes([archive[-1] ^ 1])
    kit.same(program, ["-q", "-d", "-c"], stdin=wrong_checksum)
    return f"{len(text)} bytes to {', '.join(sizes)} and back"
