// SPDX-License-Identifier: Apache-2.0
// What clang calls for setjmp and longjmp (-mllvm -wasm-enable-sjlj): a longjmp is an exception
// with the tag __c_longjmp, which every function that calls setjmp catches; it asks whether one of
// its own buffers is meant, and throws it on if not.
#include <setjmp.h>

enum { kLongjmpTag = 1 };  // the number of __c_longjmp in clang's builtin

/// Notes in the buffer which setjmp of which call of a function filled it.
void __wasm_setjmp(jmp_buf buffer, unsigned label, const void* call) {
  buffer->call = call;
  buffer->label = label;
}

/// The label of the setjmp in this call that filled the buffer; 0 if another call did.
unsigned __wasm_setjmp_test(jmp_buf buffer, const void* call) {
  return buffer->call == call ? buffer->label : 0;
}

_Noreturn void __wasm_longjmp(jmp_buf buffer, int value) {
  buffer->thrown.buffer = buffer;
  buffer->thrown.value = value == 0 ? 1 : value;
  __builtin_wasm_throw(kLongjmpTag, &buffer->thrown);
}
