// SPDX-License-Identifier: Apache-2.0
// Arguments, environment, standard input, buffering and the exit code.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"

static void last(void) { printf("at exit\n"); }

int main(int argc, char** argv) {
  setvbuf(stdout, NULL, _IOFBF, 4096);
  for (int i = 1; i < argc; ++i) printf("argument %d: [%s]\n", i, argv[i]);
  printf("NAME=%s\n", getenv("NAME"));
  printf("ABSENT=%s\n", getenv("ABSENT") == NULL ? "none" : "some");
  setenv("NAME", "changed", 1);
  printf("NAME=%s\n", getenv("NAME"));
  int lines = 0;
  char line[128];
  while (fgets(line, sizeof line, stdin) != NULL) {
    for (char* at = line; *at != 0; ++at) *at = (char)toupper((unsigned char)*at);
    printf("%d: %s", ++lines, line);
  }
  printf("end of input: %d\n", feof(stdin) != 0);
  fflush(stdout);
  fprintf(stderr, "to standard error\n");
  atexit(last);
  return 42;
}
