// SPDX-License-Identifier: Apache-2.0
// What pForth's portable terminal lacks: a sleep, here without delay.
#include <stdint.h>

intptr_t sdSleepMillis(intptr_t milliseconds) { return (void)milliseconds, 0; }
