#include "emulator/base/program_pages.h"

#include <gtest/gtest.h>

#include <fstream>

namespace millrace {
namespace {

/// Resident pages of files: the third number of statm (proc(5)).
long file_pages() {
  long size = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> shared;
  return shared;
}

TEST(ProgramPages, LeaveWithWhatOnlyTheStartNeeded) {
  const long before = file_pages();
  give_back_program_pages();
  EXPECT_LT(file_pages(), before - 100);
}

}  // namespace
}  // namespace millrace
