// SPDX-License-Identifier: Apache-2.0
// Natural numbers of many 32-bit digits: factorials, schoolbook products and the
// conversion to decimal. Products of 32 to 64 bits, carries and divisions.

#include "../workload.h"

enum { kDigits = 600, kFactor = 400 };

typedef struct {
  int size;
  uint32_t digits[kDigits];  // least significant first
} Natural;

static void multiply_small(Natural* number, uint32_t factor) {
  uint64_t carry = 0;
  for (int i = 0; i < number->size; i++) {
    carry += (uint64_t)number->digits[i] * factor;
    number->digits[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry) number->digits[number->size++] = (uint32_t)carry;
}

/// The number becomes its quotient; the remainder is returned.
static uint32_t divide_small(Natural* number, uint32_t divisor) {
  uint64_t remainder = 0;
  for (int i = number->size - 1; i >= 0; i--) {
    remainder = remainder << 32 | number->digits[i];
    number->digits[i] = (uint32_t)(remainder / divisor);
    remainder %= divisor;
  }
  while (number->size > 0 && number->digits[number->size - 1] == 0) number->size--;
  return (uint32_t)remainder;
}

static void multiply(Natural* product, const Natural* left, const Natural* right) {
  product->size = left->size + right->size;
  memset(product->digits, 0, (size_t)product->size * sizeof *product->digits);
  for (int i = 0; i < left->size; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < right->size; j++) {
      carry += (uint64_t)left->digits[i] * right->digits[j] + product->digits[i + j];
      product->digits[i + j] = (uint32_t)carry;
      carry >>= 32;
    }
    product->digits[i + right->size] = (uint32_t)carry;
  }
  while (product->size > 0 && product->digits[product->size - 1] == 0) product->size--;
}

static uint64_t work(long iterations) {
  uint64_t sum = 0;
  for (long i = 0; i < iterations; i++) {
    Natural factorial = {1, {1}};
    uint32_t last = (uint32_t)(kFactor + i % 16);
    for (uint32_t factor = 2; factor <= last; factor++) multiply_small(&factorial, factor);

    static Natural square, fourth;
    multiply(&square, &factorial, &factorial);
    multiply(&fourth, &square, &square);
    for (int digit = 0; digit < fourth.size; digit++) sum = mix(sum, fourth.digits[digit]);
    while (square.size > 0) sum = mix(sum, divide_small(&square, 1000000000));
  }
  return sum;
}

int main(int argc, char** argv) { return run_workload(argc, argv, 2400, work); }
