// Preloaded into the server: writes down which files were synced, and how large they were then ("device inode size" a
// line), so that a test can cut them to that, as the loss of power would.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int journal(void) {
  static int fd = -1;
  if (fd < 0) fd = open(getenv("SYNCED_SIZES"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  return fd;
}

static int synced(const char* name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  struct stat before;
  if (fstat(fd, &before) != 0) return real(fd);
  int result = real(fd);
  if (result == 0) {
    char line[96];
    int size = snprintf(line, sizeof line, "%llu %llu %lld\n", (unsigned long long)before.st_dev,
                        (unsigned long long)before.st_ino, (long long)before.st_size);
    if (write(journal(), line, (size_t)size) != size) abort();
  }
  return result;
}

int fsync(int fd) {
  return synced("fsync", fd);
}

int fdatasync(int fd) {
  return synced("fdatasync", fd);
}
