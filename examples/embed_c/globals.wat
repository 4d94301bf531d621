(module
  (import "host" "constant" (global f32))
  (import "host" "variable" (global $variable (mut i64)))
  (global $counter (export "counter") (mut i64) (i64.const 10))
  (func (export "step")
    (global.set $counter (i64.add (global.get $counter) (global.get $variable)))
    (global.set $variable (i64.add (global.get $variable) (i64.const 1)))))
