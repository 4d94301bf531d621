// SPDX-License-Identifier: Apache-2.0
// Names: directories, links, renaming and removing, and the errors of each.
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "show.h"

static int by_name(const void* a, const void* b) { return strcmp(a, b); }

static void list(const char* path) {
  static char names[512][64];
  int count = 0;
  DIR* directory = opendir(path);
  if (directory == NULL) {
    printf("opendir %s: %s\n", path, error_name(errno));
    return;
  }
  for (struct dirent* entry; (entry = readdir(directory)) != NULL && count < 512; ++count) {
    snprintf(names[count], sizeof names[count], "%s %s", entry->d_name,
             entry->d_type == DT_DIR   ? "dir"
             : entry->d_type == DT_LNK ? "link"
                                       : "other");
  }
  closedir(directory);
  qsort(names, (size_t)count, sizeof names[0], by_name);
  printf("%s: %d entries", path, count);
  for (int i = 0; i < count && i < 12; ++i) printf(", %s", names[i]);
  printf("\n");
}

static int touch(const char* path) {
  const int fd = open(path, O_WRONLY | O_CREAT, 0644);
  return fd < 0 ? -1 : close(fd);
}

static const char* kind(const char* path, int (*look)(const char*, struct stat*)) {
  struct stat status;
  if (look(path, &status) != 0) return error_name(errno);
  return S_ISDIR(status.st_mode)   ? "dir"
         : S_ISLNK(status.st_mode) ? "link"
         : S_ISREG(status.st_mode) ? "file"
                                   : "other";
}

int main(void) {
  char text[64] = {0};
  SHOW(mkdir("dir", 0755));
  SHOW(mkdir("dir", 0755));
  SHOW(mkdir("absent/dir", 0755));
  SHOW(mkdir("dir/sub/", 0755));
  SHOW(touch("dir/file"));
  SHOW(touch("dir/file/below"));
  SHOW(touch("dir/"));
  SHOW(open("dir", O_RDWR));
  list("dir");
  list("dir/file");
  list("nowhere");

  SHOW(symlink("dir/file", "soft"));
  SHOW(symlink("dir", "to_dir"));
  SHOW(symlink("nowhere", "dangling"));
  SHOW(symlink("loop", "loop"));
  SHOW(symlink("x", "soft"));
  SHOW(readlink("soft", text, sizeof text));
  printf("%s\n", text);
  SHOW(readlink("dir", text, sizeof text));
  SHOW(readlink("soft", text, 3));
  static const char* const names[] = {"soft",        "to_dir",  "dangling", "loop",
                                      "to_dir/file", "to_dir/", "soft/",    "dir/./sub",
                                      "dir/..",      "loop/x",  "nowhere/x"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
    printf("%s: stat %s", names[i], kind(names[i], stat));
    printf(", lstat %s\n", kind(names[i], lstat));
  }
  SHOW(open("soft", O_RDONLY | O_NOFOLLOW));
  SHOW(open("loop", O_RDONLY));
  SHOW(link("dir/file", "hard"));
  SHOW(link("dir/file", "hard"));
  SHOW(link("dir", "hard_dir"));
  struct stat status;
  SHOW(stat("hard", &status));
  SHOW(status.st_nlink);

  SHOW(rename("hard", "harder"));
  SHOW(rename("hard", "harder"));
  SHOW(rename("harder", "dir"));
  SHOW(rename("dir", "harder"));
  SHOW(rename("dir", "dir/sub/inside"));
  SHOW(rename("dir/sub", "moved"));
  SHOW(rename("moved/", "dir/sub/"));
  SHOW(unlink("dir"));
  SHOW(unlink("harder/"));
  SHOW(unlink("harder"));
  SHOW(rmdir("dir"));
  SHOW(rmdir("soft"));
  SHOW(rmdir("to_dir"));
  SHOW(remove("dir/sub"));

  SHOW(mkdir("many", 0755));
  for (int i = 0; i < 300; ++i) {
    snprintf(text, sizeof text, "many/a_file_with_a_longer_name_%03d", i);
    if (touch(text) != 0) printf("touch %s: %s\n", text, error_name(errno));
  }
  list("many");
  DIR* directory = opendir("many");
  for (int i = 0; i < 100; ++i) (void)readdir(directory);
  const long place = telldir(directory);
  char expected[64];
  snprintf(expected, sizeof expected, "%s", readdir(directory)->d_name);
  for (int i = 0; i < 50; ++i) (void)readdir(directory);
  seekdir(directory, place);
  SHOW(strcmp(expected, readdir(directory)->d_name));
  rewinddir(directory);
  int count = 0;
  while (readdir(directory) != NULL) ++count;
  SHOW(count);
  SHOW(closedir(directory));

  const int parent = open("dir", O_RDONLY | O_DIRECTORY);
  SHOW(mkdirat(parent, "at", 0755));
  SHOW(faccessat(parent, "file", R_OK, 0));
  SHOW(fstatat(parent, "absent", &status, 0));
  SHOW(renameat(parent, "at", parent, "at2"));
  SHOW(unlinkat(parent, "at2", AT_REMOVEDIR));
  const struct timespec times[2] = {{1, 2}, {3, 4}};
  SHOW(utimensat(parent, "file", times, 0));
  SHOW(fstatat(parent, "file", &status, 0));
  printf("mtime %lld.%ld\n", (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  SHOW(close(parent));
  char name[300];
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = 0;
  SHOW(touch(name));
  return 0;
}
