#include "emulator/base/store_fault.h"

#include "emulator/base/guard.h"

namespace millrace {

void fail_damaged(std::string_view what) {
  std::string sentence = std::string(what) + " is damaged in the store";
  report_trouble(sentence);
  throw StoreFault(sentence);
}

}  // namespace millrace
