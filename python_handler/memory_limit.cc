// MemorySize, held by the kernel: a limit on private writable memory, and a death like the one that Lambda's
// out-of-memory killer deals when CPython runs into it.

#include <Python.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "python_handler/sandbox.h"

namespace millrace::worker {

namespace {

constexpr size_t kMegabyte = 1024 * 1024;
// A request this large fails on AWS too, with MemoryError, instead of getting the process killed.
constexpr size_t kAbsurdBytes = size_t{64} << 30;
// Threads' stacks count in full although little of them is used: make them small, and leave room for some.
constexpr size_t kThreadStackBytes = 2 * kMegabyte;
constexpr size_t kStackSlackBytes = 32 * kMegabyte;

PyMemAllocatorEx plain;

void* or_die(void* memory, size_t bytes) {
  if (memory == nullptr && bytes > 0 && bytes < kAbsurdBytes) kill(getpid(), SIGKILL);
  return memory;
}

void* limited_malloc(void*, size_t bytes) {
  return or_die(plain.malloc(plain.ctx, bytes), bytes);
}
void* limited_calloc(void*, size_t count, size_t bytes) {
  return or_die(plain.calloc(plain.ctx, count, bytes), count * bytes);
}
void* limited_realloc(void*, void* old, size_t bytes) {
  return or_die(plain.realloc(plain.ctx, old, bytes), bytes);
}
void limited_free(void*, void* memory) {
  plain.free(plain.ctx, memory);
}

}  // namespace

MemoryInUse memory_in_use() {
  MemoryInUse pages, bytes;
  std::FILE* statm = std::fopen("/proc/self/statm", "re");
  if (statm == nullptr) return bytes;
  size_t shared = 0;
  int read = std::fscanf(statm, "%*s %zu %zu %*s %*s %zu", &pages.resident, &shared, &pages.data);
  std::fclose(statm);
  if (read != 3) return bytes;
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return {pages.resident * page, (pages.resident - std::min(shared, pages.resident)) * page, pages.data * page};
}

void limit_program_memory(int memory_mb) {
  if (memory_mb <= 0) return;
  rlimit limit{};
  limit.rlim_cur = limit.rlim_max = (static_cast<size_t>(memory_mb) * 4 + 1024) * kMegabyte;
  setrlimit(RLIMIT_DATA, &limit);
}

void limit_memory(int memory_mb, size_t interpreter_bytes) {
  if (memory_mb <= 0) return;
  size_t allowed = static_cast<size_t>(memory_mb) * kMegabyte;
  // What the bare interpreter occupies counts, as it does on AWS, but leaves the function a third at least.
  allowed -= std::min(interpreter_bytes, allowed * 2 / 3);
  rlimit limit{};
  limit.rlim_cur = limit.rlim_max = memory_in_use().data + allowed + kStackSlackBytes;
  if (setrlimit(RLIMIT_DATA, &limit) != 0) return;

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kThreadStackBytes);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);

  // Small objects' arenas fall back to this domain when the kernel refuses more, so one hook sees every
  // failure.
  PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &plain);
  PyMemAllocatorEx limited{nullptr, limited_malloc, limited_calloc, limited_realloc, limited_free};
  PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &limited);
}

}  // namespace millrace::worker
