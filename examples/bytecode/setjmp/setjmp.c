// SPDX-License-Identifier: Apache-2.0
// A little calculator that leaves its recursion with longjmp where it meets an error. clang makes
// exceptions of setjmp and longjmp: -mllvm -wasm-enable-sjlj -mexception-handling, with runtime.c.
#include <setjmp.h>
#include <stdio.h>

enum { kSyntax = 1, kDivision, kDepth };

static jmp_buf errors;
static const char* at;
static int depth;

static int sum(void);

static int factor(void) {
  if (*at == '(') {
    if (++depth > 50) longjmp(errors, kDepth);
    at++;
    const int value = sum();
    if (*at != ')') longjmp(errors, kSyntax);
    at++;
    depth--;
    return value;
  }
  if (*at < '0' || *at > '9') longjmp(errors, kSyntax);
  int value = 0;
  while (*at >= '0' && *at <= '9') value = 10 * value + (*at++ - '0');
  return value;
}

static int product(void) {
  int value = factor();
  while (*at == '*' || *at == '/') {
    const char operation = *at++;
    const int right = factor();
    if (operation == '/' && right == 0) longjmp(errors, kDivision);
    value = operation == '*' ? value * right : value / right;
  }
  return value;
}

static int sum(void) {
  int value = product();
  while (*at == '+' || *at == '-') {
    const char operation = *at++;
    const int right = product();
    value = operation == '+' ? value + right : value - right;
  }
  return value;
}

static void calculate(const char* text) {
  at = text;
  depth = 0;
  switch (setjmp(errors)) {
    case 0: printf("%s = %d\n", text, sum()); return;
    case kSyntax: printf("%s: cannot be read from \"%s\" on\n", text, at); return;
    case kDivision: printf("%s: division by zero\n", text); return;
    case kDepth: printf("%.8s...: too deep\n", text); return;
  }
}

/// A buffer of this call stays its own while inner calls use theirs.
static int nested(int levels) {
  jmp_buf here;
  volatile int visits = 0;
  const int value = setjmp(here);
  if (value != 0) return value + visits;
  visits++;
  const int inner = levels == 0 ? 0 : nested(levels - 1);
  longjmp(here, inner + 1);
}

int main(void) {
  calculate("2+3*(4-1)");
  calculate("(1+2");
  calculate("7/(3-3)");
  calculate("((((((((((((((((((((((((((((((((((((((((((((((((((((((((1");
  calculate("6*7");
  printf("%d levels\n", nested(20));
  return 0;
}
