// SPDX-License-Identifier: Apache-2.0
// Prints results so that they compare between hosts: error numbers by name.
#pragma once

#include <errno.h>
#include <stdio.h>

static inline const char* error_name(int number) {
  switch (number) {
#define NAME(E) \
  case E: return #E
    NAME(EACCES);
    NAME(EAGAIN);
    NAME(EBADF);
    NAME(EBUSY);
    NAME(EEXIST);
    NAME(EFBIG);
    NAME(EINVAL);
    NAME(EISDIR);
    NAME(ELOOP);
    NAME(EMFILE);
    NAME(ENAMETOOLONG);
    NAME(ENOENT);
    NAME(ENOTDIR);
    NAME(ENOTEMPTY);
    NAME(ENXIO);
    NAME(EPERM);
    NAME(EPIPE);
    NAME(ESPIPE);
#undef NAME
    default: return "another error";
  }
}

/// Evaluates a call that answers -1 or a result, and prints which.
#define SHOW(CALL)                                                                 \
  do {                                                                             \
    errno = 0;                                                                     \
    const long long shown = (long long)(CALL);                                     \
    printf("%s = %lld%s%s\n", #CALL, shown < 0 ? -1 : shown, shown < 0 ? " " : "", \
           shown < 0 ? error_name(errno) : "");                                    \
  } while (0)
