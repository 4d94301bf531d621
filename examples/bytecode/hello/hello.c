// SPDX-License-Identifier: Apache-2.0
// The smallest whole program: arguments in, text out, an exit status.

#include <stdio.h>

int main(int argc, char** argv) {
  const char* name = argc > 1 ? argv[1] : "world";
  printf("hello, %s\n", name);
  return 0;
}
