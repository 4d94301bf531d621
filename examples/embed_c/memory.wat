(module
  (memory (export "memory") 1 2)
  (data (i32.const 8) "hello")
  (func (export "sum") (param $at i32) (param $count i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $sum))
  (func (export "fill") (param $at i32) (param $count i32) (param $with i32)
    (memory.fill (local.get $at) (local.get $with) (local.get $count))))
