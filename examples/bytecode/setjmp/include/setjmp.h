// SPDX-License-Identifier: Apache-2.0
// setjmp.h for WebAssembly, which wasi-libc may lack: clang's -mllvm -wasm-enable-sjlj turns calls
// of setjmp and longjmp into the functions of runtime.c.
#pragma once

typedef struct {
  const void* call;  ///< which call of the function that called setjmp
  unsigned label;    ///< which setjmp in it; 0 is none
  /// What a longjmp throws: where to, and the value.
  struct {
    void* buffer;
    int value;
  } thrown;
} jmp_buf[1];

int setjmp(jmp_buf buffer) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf buffer, int value);
