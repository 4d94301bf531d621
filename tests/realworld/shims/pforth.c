// SPDX-License-Identifier: Apache-2.0
// What pForth's portable terminal and WASI's libc lack: a sleep, here without delay, and temporary
// files, of which there are none.

#include <stdint.h>
#include <stdio.h>

intptr_t sdSleepMillis(intptr_t milliseconds) { return (void)milliseconds, 0; }

#ifdef __wasi__
FILE* tmpfile(void) { return NULL; }
#endif
