#include "emulator/base/program_pages.h"

#include <sys/mman.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace millrace {

void give_back_program_pages() {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line)) {
    unsigned long begin = 0, end = 0;
    char permissions[5] = {}, path[2] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s %*s %*s %*s %1s", &begin, &end, permissions, path) != 4) continue;
    // Instructions of files alone: they are as the file has them, whereas what is only read may have been relocated.
    if (std::string(permissions) == "r-xp" && path[0] == '/')
      madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
}

}  // namespace millrace
