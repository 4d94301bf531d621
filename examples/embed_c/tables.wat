(module
  (type $unary (func (param i32) (result i32)))
  (table $table (export "table") 2 4 funcref)
  (elem (table $table) (i32.const 0) func $double)
  (func $double (type $unary) (i32.shl (local.get 0) (i32.const 1)))
  (func (export "apply") (param $value i32) (param $index i32) (result i32)
    (call_indirect $table (type $unary) (local.get $value) (local.get $index))))
