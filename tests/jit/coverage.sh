#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Nothing is left to the interpreter, and what is rare in compiled code does what the interpreter
# does: the scripts that allocate, with a collection at every allocation; references that live only
# on the operand stack; accesses that are checked; fuel.
set -euo pipefail
doppel=$1
suite=${DOPPEL_WASM_TESTSUITE:-../shared/wasm-testsuite}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=/dev/null # nothing is kept unless a test says so

# same FILE ARGUMENT...: both tiers print the same.
same() {
  local file=$1 tier
  shift
  for tier in interp jit; do
    "$doppel" run --tier "$tier" "$@" "${file%%:*}" ${file#*:} >"$work/$tier" 2>&1 || true
  done
  diff "$work/interp" "$work/jit" || { echo "the tiers differ: $file $*"; exit 1; }
}

cat >"$work/stack.wat" <<'WAT'
(module
  (type $box (struct (field i32) (field v128) (field (mut i16))))
  (type $list (array (mut (ref null $box))))
  (func $churn (param $n i32)
    (loop $more
      (drop (struct.new $box (local.get $n) (v128.const i64x2 1 2) (i32.const -1)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "run") (param $n i32) (result i32) (local $box (ref null $box))
    (local $list (ref null $list))
    (local.set $box (struct.new $box (i32.const 42) (v128.const i64x2 3 4) (i32.const 0x18000)))
    (local.set $list (array.new $list (local.get $box) (i32.const 3)))
    (local.get $box)
    (call $churn (local.get $n))
    (struct.get $box 0)
    (array.set $list (local.get $list) (i32.const 1)
      (struct.new $box (i32.const 7) (v128.const i64x2 5 6) (i32.const 1)))
    (call $churn (local.get $n))
    (i32.add (struct.get $box 0 (array.get $list (local.get $list) (i32.const 1))))
    (i32.add (struct.get_s $box 2 (array.get $list (local.get $list) (i32.const 2))))
    (i32.add (i32.trunc_f64_s (f64.convert_i64_s
      (i64x2.extract_lane 1 (struct.get $box 1 (local.get $box))))))))
WAT
same "$work/stack.wat:1000000" --invoke run

# Arrays around the size up to which they are made without the runtime, in a nursery that is full of
# what was there before.
cat >"$work/arrays.wat" <<'WAT'
(module
  (type $bytes (array (mut i8)))
  (type $words (array (mut i64)))
  (type $vectors (array (mut v128)))
  (type $boxes (array (mut (ref null $bytes))))
  (func (export "run") (param $n i32) (result i64)
    (local $round i32) (local $i i32) (local $sum i64)
    (local $bytes (ref null $bytes)) (local $zeros (ref null $words))
    (local $words (ref null $words)) (local $vectors (ref null $vectors))
    (local $boxes (ref null $boxes))
    (local.set $round (i32.const 300))
    (loop $rounds
      (local.set $bytes (array.new $bytes (i32.add (local.get $round) (i32.const 0x1ff)) (local.get $n)))
      (local.set $words (array.new $words (i64.const -1) (local.get $n)))
      (local.set $vectors (array.new $vectors (v128.const i64x2 5 6) (local.get $n)))
      (local.set $boxes (array.new $boxes (local.get $bytes) (local.get $n)))
      (local.set $zeros (array.new_default $words (local.get $n)))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (array.len (local.get $boxes)))))
      (if (local.tee $i (local.get $n)) (then
        (loop $elements
          (local.set $i (i32.sub (local.get $i) (i32.const 1)))
          (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31))
            (i64.add
              (i64.add (array.get $words (local.get $words) (local.get $i))
                       (array.get $words (local.get $zeros) (local.get $i)))
              (i64.add
                (i64.extend_i32_u (array.get_s $bytes
                  (array.get $boxes (local.get $boxes) (local.get $i)) (local.get $i)))
                (i64x2.extract_lane 1 (array.get $vectors (local.get $vectors) (local.get $i)))))))
          (br_if $elements (local.get $i)))))
      (br_if $rounds (local.tee $round (i32.sub (local.get $round) (i32.const 1)))))
    (local.get $sum)))
WAT
for length in 0 1 7 510 511 512 1022 1023 1024 8184 8185 -1; do
  same "$work/arrays.wat:$length" --invoke run
done

cat >"$work/checked.wat" <<'WAT'
(module
  (memory 1) (memory $wide i64 1) (memory $second 1 1)
  (func (export "wide") (param i64) (result i64)
    (i64.store $wide (local.get 0) (i64.const 77))
    (i64.load $wide (local.get 0)))
  (func (export "far") (param i64) (result i64)
    (i64.load $wide offset=0xfffffffffffffff0 (local.get 0)))
  (func (export "farthest") (param i64) (result i64)
    (i64.load $wide offset=0xfffffffffffffffc (local.get 0)))
  (func (export "second") (param i32) (result i32)
    (i32.store16 $second offset=2 (local.get 0) (i32.const 0x1ffff))
    (i32.load16_s $second offset=2 (local.get 0))))
WAT
for index in 0 16 17 65528 65529 -1 -8; do
  for access in wide far farthest; do same "$work/checked.wat:$index" --invoke $access; done
done
for index in 65532 65533 -1; do same "$work/checked.wat:$index" --invoke second; done

cat >"$work/fuel.wat" <<'WAT'
(module
  (func $steps (export "run") (param $n i32) (result i32) (local $i i32)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
    (block $done
      (loop $more
        (br_if $done (i32.gt_u (local.get $i) (local.get $n)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $more)))
    (i32.add (local.get $i) (call $steps (i32.sub (local.get $n) (i32.const 1))))))
WAT
for fuel in 1 9 10 100 1000 1003 2064 1000000; do same "$work/fuel.wat:20" --fuel $fuel --invoke run; done
for tier in interp auto jit; do
  "$doppel" run --tier $tier --stats=json --invoke run "$work/fuel.wat" 3000 2>&1 >"$work/result" |
    sed -n 's/.*"instructions":\([0-9]*\).*/\1/p' >"$work/$tier"
  cat "$work/result" >>"$work/$tier"
done
for tier in auto jit; do
  diff "$work/interp" "$work/$tier" || { echo "unequal counts under $tier"; exit 1; }
done
"$doppel" run --tier jit --stats=json --invoke run "$work/fuel.wat" 20 >"$work/stats" 2>&1
grep -q '"compiled functions":1,"compiled loops":0,"left to interpreter":0' "$work/stats"

[[ -d $suite ]] || { echo "there is no $suite"; exit 77; }
grep -lE 'struct.new|array.new|\(throw ' "$suite"/*.wast "$suite"/legacy/*.wast >"$work/allocating"
[[ $(wc -l <"$work/allocating") -ge 20 ]]
xargs -a "$work/allocating" env DOPPEL_GC_STRESS=1 "$doppel" wasm wast --tier jit | tee "$work/report"
grep -q ' 0 failed$' "$work/report"
grep -q ', 0 left to the interpreter$' "$work/report"
