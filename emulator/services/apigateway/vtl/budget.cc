#include "emulator/services/apigateway/vtl/budget.h"

#include <re2/re2.h>

#include <algorithm>

#include "emulator/services/apigateway/vtl/value.h"

namespace millrace::apigateway::vtl {

namespace {
thread_local Budget* current_budget = nullptr;
constexpr size_t kPatternCost = 64u << 10;
constexpr int64_t kPatternMemory = 1 << 20;
}  // namespace

Budget::Budget() : outer_(current_budget) {
  current_budget = this;
}

Budget::~Budget() {
  current_budget = outer_;
  // Each is held from here while another's contents go: nothing is destroyed inside another's destruction.
  for (const auto& list : lists_) list->items.clear();
  for (const auto& map : maps_) map->entries.clear();
}

Budget* Budget::current() {
  return current_budget;
}

bool Budget::spend(size_t bytes) {
  spent_ += std::min(bytes, kWorkMax - spent_);
  return !exhausted();
}

void Budget::keep(std::shared_ptr<List> list) {
  lists_.push_back(std::move(list));
}
void Budget::keep(std::shared_ptr<Map> map) {
  maps_.push_back(std::move(map));
}

const re2::RE2* Budget::pattern(const std::string& text) {
  auto found = patterns_.find(text);
  if (found == patterns_.end()) {
    if (!spend(kPatternCost + text.size())) return nullptr;
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_max_mem(kPatternMemory);
    found = patterns_.emplace(text, std::make_unique<re2::RE2>(text, options)).first;
  }
  return found->second->ok() ? found->second.get() : nullptr;
}

}  // namespace millrace::apigateway::vtl
