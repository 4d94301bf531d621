(module
  (type $reverse (func (param i32 i64 f32 f64) (result f64 f32 i64 i32)))
  (import "host" "reverse" (func $reverse (type $reverse)))
  (func (export "run") (type $reverse)
    (call $reverse
      (local.get 0)
      (i64.add (local.get 1) (i64.const 1))
      (f32.mul (local.get 2) (f32.const 2))
      (local.get 3))))
