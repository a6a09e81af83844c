#include "emulator/storage/overlay.h"

namespace millrace::storage {

namespace {
const Overlay::Entry kErased;
}

const Overlay::Entry* Overlay::find(Family family, std::string_view key) const {
  if (empty_) return nullptr;
  const Entries& entries = families_[static_cast<size_t>(family)].entries;
  auto it = entries.find(key);
  if (it != entries.end()) return &it->second;
  return in_erased_range(family, key) ? &kErased : nullptr;
}

bool Overlay::in_erased_range(Family family, std::string_view key) const {
  for (const auto& [from, to] : families_[static_cast<size_t>(family)].erased) {
    if (key >= from && key < to) return true;
  }
  return false;
}

void Overlay::remember(Family family, const std::string& key) {
  Entries& entries = families_[static_cast<size_t>(family)].entries;
  auto it = entries.find(key);
  undo_.push_back({family, key, it != entries.end(), it != entries.end() ? it->second : Entry()});
  empty_ = false;
}

void Overlay::put(Family family, std::string_view key, std::string_view value) {
  std::string owned(key);
  remember(family, owned);
  families_[static_cast<size_t>(family)].entries.insert_or_assign(std::move(owned), std::string(value));
}

void Overlay::erase(Family family, std::string_view key) {
  std::string owned(key);
  remember(family, owned);
  families_[static_cast<size_t>(family)].entries.insert_or_assign(std::move(owned), std::nullopt);
}

void Overlay::erase_range(Family family, std::string_view from, std::string_view to) {
  PerFamily& mine = families_[static_cast<size_t>(family)];
  for (auto it = mine.entries.lower_bound(from); it != mine.entries.end() && it->first < to; ++it) {
    remember(family, it->first);
    it->second.reset();
  }
  mine.erased.emplace_back(from, to);
  empty_ = false;
}

void Overlay::set_savepoint() {
  undo_.clear();
  for (size_t i = 0; i < kFamilyCount; ++i) erased_at_savepoint_[i] = families_[i].erased.size();
}

void Overlay::rollback() {
  for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
    Entries& entries = families_[static_cast<size_t>(undo->family)].entries;
    if (undo->existed)
      entries.insert_or_assign(std::move(undo->key), std::move(undo->previous));
    else
      entries.erase(undo->key);
  }
  undo_.clear();
  for (size_t i = 0; i < kFamilyCount; ++i) families_[i].erased.resize(erased_at_savepoint_[i]);
}

}  // namespace millrace::storage
