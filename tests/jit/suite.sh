#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The LLVM tier: a loop without an end must stop, backtraces and results be the interpreter's, also
# where code is compiled while it runs; then the official suite under --tier jit, and with what that
# has kept.
set -euo pipefail
doppel=$1
suite=${DOPPEL_WASM_TESTSUITE:-../shared/wasm-testsuite}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=/dev/null # nothing is kept unless a test says so

cat >"$work/loop.wat" <<'WAT'
(module (func (export "_start") (loop (br 0))))
WAT
for tier in jit auto; do
  status=0
  timeout 60 "$doppel" run --tier $tier --timeout 0.5 "$work/loop.wat" 2>"$work/message" || status=$?
  [[ $status == 124 ]] || { echo "an endless loop ended with $status, expected 124"; exit 1; }
done

cat >"$work/deep.wat" <<'WAT'
(module
  (memory 1)
  (func $down (export "down") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (drop (i32.load (i32.const 65536)))))
    (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
  (func (export "alone") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "cut") (param i32) (result f32) (global.set 0 (local.get 0))
    (f32.load offset=1 (i32.and (i32.load offset=59 align=2 (i32.and (global.get 0) (i32.const 65535)))
                                (i32.const 65535))))
  (global (mut i32) (i32.const 0)))
WAT
for call in "down 3" "alone 65536" "cut 65535"; do
  for tier in interp jit; do
    "$doppel" run --tier "$tier" --invoke "${call% *}" "$work/deep.wat" "${call#* }" 2>"$work/$tier" || true
  done
  diff "$work/interp" "$work/jit" || { echo "the tiers give different backtraces"; exit 1; }
done
grep -q 'out of bounds' "$work/jit"

"$doppel" wasm wast --tier jit "$(dirname "$0")/traps.wast"

# A frame larger than all that is kept free of the host's stack: it must not pass the stack's guard.
{
  echo '(module (memory 4) (func $wide (export "wide") (param i32) (result i64)'
  printf ' (local $v%d i64)' {1..30000}
  for i in {1..30000}; do printf ' (local.set $v%d (i64.load offset=%d (local.get 0)))' $i $((i * 8)); done
  echo '(call $wide (local.get 0))'
  printf ' (i64.add (local.get $v%d))' {1..30000}
  echo '))'
} >"$work/wide.wat"
for tier in interp jit; do
  status=0
  "$doppel" run --tier "$tier" --invoke wide "$work/wide.wat" 0 2>"$work/message" || status=$?
  [[ $status == 134 ]] && grep -q 'call stack exhausted' "$work/message" ||
    { echo "endless recursion with large frames ended with $status"; exit 1; }
done

# Loops in loops and calls that become hot while they run.
cat >"$work/hot.wat" <<'WAT'
(module
  (memory 1)
  (func $mix (param i64 i64) (result i64)
    (i64.xor (i64.mul (local.get 0) (i64.const 6364136223846793005)) (local.get 1)))
  (func (export "run") (param $n i32) (result i64)
    (local $i i32) (local $j i32) (local $sum i64) (local $f f64) (local $v v128)
    (loop $outer
      (local.set $j (i32.const 1000))
      (loop $inner
        (local.set $sum (call $mix (local.get $sum) (i64.extend_i32_u (local.get $j))))
        (local.set $f (f64.add (local.get $f) (f64.convert_i32_u (local.get $j))))
        (local.set $v (i32x4.add (local.get $v) (i32x4.splat (local.get $i))))
        (i64.store (i32.and (local.get $j) (i32.const 0xff8)) (local.get $sum))
        (br_if $inner (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
      (br_if $outer
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (i64.add (i64.add (local.get $sum) (i64.trunc_f64_u (local.get $f)))
      (i64.add (i64.load (i32.const 8)) (i64x2.extract_lane 1 (local.get $v))))))
WAT
for tier in interp auto jit; do
  "$doppel" run --tier "$tier" --invoke run "$work/hot.wat" 5000 >"$work/$tier"
done
cmp "$work/interp" "$work/auto" || { echo "tier-up changes a result"; exit 1; }
cmp "$work/interp" "$work/jit" || { echo "the tiers give different results"; exit 1; }

# Each optimization can be left out, and all of them together.
optimizations=$({ "$doppel" run --without nothing m.wat 2>&1 || true; } | sed -n 's/.*expected one of //p' | tr -d ,)
[[ $(wc -w <<<"$optimizations") -ge 10 ]] || { echo "found no optimizations to leave out"; exit 1; }
all=()
for name in $optimizations; do
  all+=(--without "$name")
  "$doppel" run --tier jit --without "$name" --invoke run "$work/hot.wat" 500 >>"$work/without"
done
"$doppel" run --tier jit "${all[@]}" --invoke run "$work/hot.wat" 500 >>"$work/without"
"$doppel" run --tier interp --invoke run "$work/hot.wat" 500 >"$work/interp"
[[ $(sort -u "$work/without") == $(cat "$work/interp") ]] ||
  { echo "leaving out an optimization changes a result"; exit 1; }

[[ -d $suite ]] || { echo "there is no $suite"; exit 77; }
for start in cold warm; do
  "$doppel" wasm wast --tier jit --cache "$work/cache" "$suite"/{.,legacy,proposals/*}/*.wast |
    tee "$work/$start"
  grep -q ' 0 failed$' "$work/$start"
  grep -q ', 0 left to the interpreter$' "$work/$start" || { echo "functions were not compiled"; exit 1; }
done
grep -q '^0 functions compiled' "$work/warm" || { echo "the cache lacks functions"; exit 1; }
