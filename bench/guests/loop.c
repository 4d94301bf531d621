// SPDX-License-Identifier: Apache-2.0
// A bare loop of integer instructions.
unsigned long work(void) {
  unsigned long a = 1, b = 2, c = 3;
  for (long i = 0; i < 10000000; ++i) {
    a = a * 5 + (b ^ c);
    b += a >> 7;
    c = (c << 1) - b;
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c));
  }
  return a + b + c | 1;
}
