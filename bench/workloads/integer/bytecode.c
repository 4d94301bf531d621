// SPDX-License-Identifier: Apache-2.0
// An interpreter under the interpreter: a stack machine of a dozen instructions
// runs the Collatz steps of all numbers up to a limit. One big switch.

#include "../workload.h"

enum { kLimit = 2000, kStack = 16, kVariables = 4 };

typedef enum {
  kPush,
  kLoad,
  kStore,
  kAdd,
  kMultiply,
  kShiftRight,
  kAnd,
  kLess,
  kMax,
  kJump,
  kJumpIfZero,
  kHalt
} Opcode;

typedef struct {
  Opcode opcode;
  int32_t operand;
} Instruction;

// Variables: 0 the start, 1 the current number, 2 its steps, 3 the most steps so far.
static const Instruction program[] = {
    /*  0 */ {kLoad, 0},  {kStore, 1},
    /*  2 */ {kPush, 0},  {kStore, 2},
    /*  4 */ {kPush, 1},  {kLoad, 1},       {kLess, 0},     {kJumpIfZero, 25},
    /*  8 */ {kLoad, 2},  {kPush, 1},       {kAdd, 0},      {kStore, 2},
    /* 12 */ {kLoad, 1},  {kPush, 1},       {kAnd, 0},      {kJumpIfZero, 21},
    /* 16 */ {kLoad, 1},  {kPush, 3},       {kMultiply, 0}, {kPush, 1},
    /* 20 */ {kJump, 28},
    /* 21 */ {kLoad, 1},  {kShiftRight, 1}, {kStore, 1},    {kJump, 4},
    /* 25 */ {kLoad, 2},  {kLoad, 3},       {kJump, 31},
    /* 28 */ {kAdd, 0},   {kStore, 1},      {kJump, 4},
    /* 31 */ {kMax, 0},   {kStore, 3},
    /* 33 */ {kLoad, 0},  {kPush, 1},       {kAdd, 0},      {kStore, 0},
    /* 37 */ {kLoad, 0},  {kPush, kLimit},  {kLess, 0},     {kJumpIfZero, 42},
    /* 41 */ {kJump, 0},
    /* 42 */ {kHalt, 0},
};

/// Runs the program to its end and returns the number of instructions it took.
static uint64_t interpret(int64_t variables[kVariables]) {
  int64_t stack[kStack];
  int64_t* top = stack;  // one past the last value
  uint64_t count = 0;
  for (const Instruction* pc = program;; count++) {
    const Instruction instruction = *pc++;
    switch (instruction.opcode) {
      case kPush: *top++ = instruction.operand; break;
      case kLoad: *top++ = variables[instruction.operand]; break;
      case kStore: variables[instruction.operand] = *--top; break;
      case kAdd: top--, top[-1] += *top; break;
      case kMultiply: top--, top[-1] *= *top; break;
      case kShiftRight: top[-1] >>= instruction.operand; break;
      case kAnd: top--, top[-1] &= *top; break;
      case kLess: top--, top[-1] = top[-1] < *top; break;
      case kMax:
        top--;
        if (top[-1] < *top) top[-1] = *top;
        break;
      case kJump: pc = program + instruction.operand; break;
      case kJumpIfZero:
        if (*--top == 0) pc = program + instruction.operand;
        break;
      case kHalt: return count;
    }
  }
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  for (long i = 0; i < iterations; i++) {
    int64_t variables[kVariables] = {1 + i % 7, 0, 0, 0};
    sum = mix(sum, interpret(variables));
    sum = mix(sum, (uint64_t)variables[3]);
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 60, work); }
