#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The LLVM tier: frames that go over to the other tier by chance, both ways, at entries and loops, in
# nested calls and in try blocks, with the same results; then the official suite so.
set -euo pipefail
doppel=$1
suite=${DOPPEL_WASM_TESTSUITE:-../shared/wasm-testsuite}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=/dev/null # nothing is kept unless a test says so

cat >"$work/nested.wat" <<'WAT'
(module
  (type $box (struct (field (mut i64)) (field (mut (ref null $box)))))
  (tag $odd (param i64))
  (memory 1)
  (func $leaf (param $n i64) (result i64) (local $i i32)
    (if (i64.eqz (i64.rem_u (local.get $n) (i64.const 7))) (then (throw $odd (local.get $n))))
    (local.set $i (i32.const 5))
    (loop $more
      (local.set $n (i64.mul (local.get $n) (i64.const 6364136223846793005)))
      (i64.store (i32.const 8) (local.get $n))
      (br_if $more (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (i64.load (i32.const 8)))
  (func $tail (param $n i64) (param $box (ref null $box)) (result i64)
    (struct.set $box 0 (local.get $box)
      (i64.add (struct.get $box 0 (local.get $box)) (local.get $n)))
    (return_call $leaf (local.get $n)))
  (func $guarded (param $n i64) (param $box (ref null $box)) (result i64)
    (local $i i32) (local $sum i64)
    (local.set $i (i32.const 6))
    (block $caught (result i64)
      (try_table (catch $odd $caught)
        (loop $more
          (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31))
            (call $tail (i64.add (local.get $n) (i64.extend_i32_u (local.get $i))) (local.get $box))))
          (br_if $more (local.tee $i (i32.sub (local.get $i) (i32.const 1))))))
      (i64.const 1))
    (i64.add (local.get $sum)))
  (func (export "run") (param $n i64) (result i64 f64 i64)
    (local $sum i64) (local $i i64) (local $f f64) (local $box (ref null $box)) (local $v v128)
    (loop $outer
      (local.set $box (struct.new $box (local.get $sum) (local.get $box)))
      (local.set $i (i64.const 9))
      (i64.const 3)
      (loop $inner (param i64) (result i64)
        (local.set $v (i64x2.add (local.get $v) (i64x2.splat (local.get $i))))
        (call $guarded (i64.add (local.get $i) (local.get $n)) (local.get $box))
        (i64.add)
        (i64.mul (i64.const 31))
        (local.set $f (f64.add (f64.mul (local.get $f) (f64.const 0.5)) (f64.convert_i64_u (local.get $i))))
        (local.set $i (i64.sub (local.get $i) (i64.const 1)))
        (br_if $inner (i64.gt_s (local.get $i) (i64.const 0))))
      (local.set $sum (i64.xor (local.get $sum)))
      (br_if $outer (i64.ne (i64.const 0) (local.tee $n (i64.sub (local.get $n) (i64.const 1))))))
    (i64.add (local.get $sum) (struct.get $box 0 (struct.get $box 1 (local.get $box))))
    (local.get $f)
    (i64x2.extract_lane 1 (local.get $v))))
WAT
"$doppel" run --tier interp --invoke run "$work/nested.wat" 3000 >"$work/interp"
for seed in {1..20}; do
  "$doppel" run --tier random --seed "$seed" --invoke run "$work/nested.wat" 3000 >"$work/random"
  cmp "$work/interp" "$work/random" || { echo "seed $seed changes a result"; exit 1; }
done
for fuel in 100 10000 100001; do
  for tier in interp random; do
    "$doppel" run --tier $tier --fuel $fuel --invoke run "$work/nested.wat" 3000 >"$work/$tier" 2>&1 || true
  done
  cmp "$work/interp" "$work/random" || { echo "fuel ends elsewhere"; exit 1; }
done

[[ -d $suite ]] || { echo "there is no $suite"; exit 77; }
# switched FILE...: the scripts pass, with switches.
switched() {
  "$doppel" wasm wast --tier random --seed 1 "$@" | tee "$work/report"
  grep -q ' 0 failed$' "$work/report"
  grep -qE '^[0-9]+ switches to compiled code, [0-9]{3,} to the interpreter$' "$work/report"
}
switched "$suite"/{.,legacy,proposals/*}/*.wast
grep -qE '^[0-9]{3,} switches to compiled code' "$work/report" # and not only one way
grep -lE 'struct.new|array.new|\(throw ' "$suite"/*.wast "$suite"/legacy/*.wast >"$work/allocating"
export DOPPEL_GC_STRESS=1
mapfile -t allocating <"$work/allocating"
switched "${allocating[@]}"
