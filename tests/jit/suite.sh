#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The official suite under --tier jit; then a program that must give a native and an interpreted
# run's answer, and a loop without an end that must stop.
set -euo pipefail
doppel=$1
suite=${DOPPEL_WASM_TESTSUITE:-../shared/wasm-testsuite}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/loop.wat" <<'WAT'
(module (func (export "_start") (loop (br 0))))
WAT
status=0
timeout 60 "$doppel" run --tier jit --timeout 0.5 "$work/loop.wat" 2>"$work/message" || status=$?
[[ $status == 124 ]] || { echo "an endless loop ended with $status, expected 124"; exit 1; }

cat >"$work/deep.wat" <<'WAT'
(module
  (memory 1)
  (func $down (export "down") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (drop (i32.load (i32.const 65536)))))
    (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))))
WAT
for tier in interp jit; do
  "$doppel" run --tier "$tier" --invoke down "$work/deep.wat" 3 2>"$work/$tier" || true
done
diff "$work/interp" "$work/jit" || { echo "the tiers give different backtraces"; exit 1; }
grep -q 'out of bounds' "$work/jit"

[[ -d $suite ]] || { echo "there is no $suite"; exit 77; }
"$doppel" wasm wast --tier jit "$suite"/*.wast | tee "$work/report"
grep -q ' 0 failed$' "$work/report"
