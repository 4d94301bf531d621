// SPDX-License-Identifier: Apache-2.0
// A user database without users, in place of the one that WASI lacks.
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct passwd {
  char* pw_name;
  char* pw_dir;
};

static inline struct passwd* getpwuid(uid_t user) { return (void)user, (struct passwd*)NULL; }
