;; Asks its host for a number, and writes a greeting that holds it into its memory.
(module
  (import "host" "lucky_number" (func $lucky_number (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hello, host: your number is ?")
  (func (export "greet") (param $seed i32) (result i32)
    (i32.store8 (i32.const 28)
      (i32.add (i32.const 48) (call $lucky_number (local.get $seed))))
    (i32.const 29)))
