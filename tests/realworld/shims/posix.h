// SPDX-License-Identifier: Apache-2.0
// Included ahead of every source of a foreign program when it is compiled to WASI: declares what
// POSIX has and WASI lacks. Owners and modes do not exist there, so changing them succeeds and does
// nothing; starting processes fails.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { F_GETLK = 5, F_SETLK = 6, F_SETLKW = 7 };
enum { F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2 };

static inline int chmod(const char* path, mode_t mode) { return (void)path, (void)mode, 0; }
static inline int fchmod(int fd, mode_t mode) { return (void)fd, (void)mode, 0; }
static inline mode_t umask(mode_t mask) { return (void)mask, 0022; }

static inline int chown(const char* path, uid_t owner, gid_t group) {
  return (void)path, (void)owner, (void)group, 0;
}
static inline int fchown(int fd, uid_t owner, gid_t group) {
  return (void)fd, (void)owner, (void)group, 0;
}

static inline uid_t getuid(void) { return 0; }
static inline uid_t geteuid(void) { return 0; }

static inline int system(const char* command) { return (void)command, errno = ENOSYS, -1; }
static inline int pclose(FILE* stream) { return (void)stream, errno = ENOSYS, -1; }
static inline FILE* popen(const char* command, const char* mode) {
  return (void)command, (void)mode, errno = ENOSYS, (FILE*)NULL;
}

static inline FILE* no_temporary_file(void) { return errno = ENOSYS, (FILE*)NULL; }
#define tmpfile no_temporary_file
