# SPDX-License-Identifier: Apache-2.0
"""The file that compressors work on: several megabytes of real C."""

from packages import source


def corpus() -> bytes:
    return b"".join(path.read_bytes() for path in sorted((source("sqlite3") / "src").glob("*.[ch]")))
