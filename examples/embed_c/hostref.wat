(module
  (import "host" "show" (func $show (param externref) (result externref)))
  (table (export "table") 2 externref)
  (global $kept (mut externref) (ref.null extern))
  (func (export "keep") (param externref) (global.set $kept (local.get 0)))
  (func (export "kept") (result externref) (global.get $kept))
  (func (export "pass") (param externref) (result externref) (call $show (local.get 0))))
