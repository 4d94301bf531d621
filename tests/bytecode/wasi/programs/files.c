// SPDX-License-Identifier: Apache-2.0
// Everything POSIX does with one regular file.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "show.h"

static void show_content(const char* name) {
  char text[256];
  const int fd = open(name, O_RDONLY);
  const ssize_t size = read(fd, text, sizeof text);
  printf("content of %s: %.*s\n", name, (int)size, text);
  close(fd);
}

int main(void) {
  char buffer[64] = {0};
  struct stat status;

  SHOW(open("absent", O_RDONLY) >= 0 ? 0 : -1);
  int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0644);
  SHOW(write(fd, "hello, world\n", 13));
  SHOW(open("file", O_RDWR | O_CREAT | O_EXCL, 0644));
  SHOW(lseek(fd, 0, SEEK_CUR));
  SHOW(lseek(fd, -6, SEEK_END));
  SHOW(read(fd, buffer, 5));
  printf("read %s\n", buffer);
  SHOW(lseek(fd, -100, SEEK_CUR));
  SHOW(lseek(fd, 0, 77));
  SHOW(pwrite(fd, "J", 1, 0));
  SHOW(pread(fd, buffer, sizeof buffer, 1));
  SHOW(pread(fd, buffer, sizeof buffer, 1000));

  const struct iovec out[3] = {{"one ", 4}, {"", 0}, {"two", 3}};
  SHOW(lseek(fd, 0, SEEK_END));
  SHOW(writev(fd, out, 3));
  char a[3];
  char b[100];
  const struct iovec in[2] = {{a, sizeof a}, {b, sizeof b}};
  SHOW(lseek(fd, 0, SEEK_SET));
  SHOW(readv(fd, in, 2));
  printf("%.3s|%.17s\n", a, b);
  SHOW(fsync(fd));
  SHOW(fdatasync(fd));
  SHOW(ftruncate(fd, 5));
  SHOW(fstat(fd, &status));
  printf("size %lld links %d regular %d\n", (long long)status.st_size, (int)status.st_nlink,
         S_ISREG(status.st_mode));
  SHOW(ftruncate(fd, -1));
  SHOW(posix_fallocate(fd, 0, 20));
  SHOW(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
  SHOW(lseek(fd, 0, SEEK_END));
  SHOW(close(fd));
  SHOW(close(fd));
  SHOW(write(fd, "x", 1));

  fd = open("file", O_WRONLY | O_TRUNC);
  SHOW(write(fd, "abc", 3));
  SHOW(read(fd, buffer, 1));
  close(fd);
  fd = open("file", O_WRONLY | O_APPEND);
  SHOW(lseek(fd, 0, SEEK_SET));
  SHOW(write(fd, "def", 3));
  SHOW((fcntl(fd, F_GETFL) & O_APPEND) != 0);
  SHOW(fcntl(fd, F_SETFL, 0));
  SHOW(lseek(fd, 0, SEEK_SET));
  SHOW(write(fd, "X", 1));
  close(fd);
  show_content("file");
  fd = open("file", O_RDONLY);
  SHOW(write(fd, "x", 1));

  const struct timespec times[2] = {{1000000000, 5}, {1100000000, 7}};
  SHOW(futimens(fd, times));
  SHOW(fstat(fd, &status));
  printf("times %lld.%ld %lld.%ld\n", (long long)status.st_atim.tv_sec, status.st_atim.tv_nsec,
         (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  close(fd);

  FILE* stream = fopen("stream", "w+");
  for (int i = 0; i < 3000; ++i) fprintf(stream, "line %d\n", i);
  SHOW(fseek(stream, 0, SEEK_SET));
  int lines = 0;
  while (fgets(buffer, sizeof buffer, stream) != NULL) ++lines;
  printf("%d lines, last %s", lines, buffer);
  SHOW(ftell(stream));
  SHOW(fclose(stream));
  SHOW(remove("stream"));
  SHOW(remove("file"));
  return 0;
}
