#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Backtraces name the lines that clang's debugging information gives, of each version of DWARF.
# usage: source_lines_test.sh DOPPEL
set -euo pipefail
doppel=$1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/trap.c" <<'END'
static int load(const int *from) {
  return *from;
}
__attribute__((noinline)) int outer(const int *from) {
  return load(from) + 1;
}
int _start(void) { return outer((const int *)0xfffffff0); }
END
for version in 2 3 4 5; do
  clang-19 --target=wasm32 -nostdlib -O1 "-gdwarf-$version" -o "$work/trap.wasm" \
    -Wl,--export=_start "$work/trap.c" 2>"$work/log" ||
    { echo "skipped: clang-19 cannot compile for wasm32"; cat "$work/log"; exit 77; }
  "$doppel" run "$work/trap.wasm" >"$work/said" 2>&1 && { echo "found no trap"; exit 1; }
  for place in '0: outer at offset 0x[0-9a-f]*, .*/trap\.c:2:10' \
    '1: _start at offset 0x[0-9a-f]*, .*/trap\.c:7:27'; do
    grep -q "$place" "$work/said" || { echo "DWARF $version: no '$place' in"; cat "$work/said"; exit 1; }
  done
done
