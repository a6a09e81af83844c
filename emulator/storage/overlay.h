#pragma once
// What a group of changes has written and not yet committed: the writes of earlier changes of the group are
// visible to later ones, and a change that fails is undone without touching the others'.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/storage/store.h"

namespace millrace::storage {

class Overlay {
 public:
  /// An entry that was put (text) or erased (nullopt).
  using Entry = std::optional<std::string>;
  using Entries = std::map<std::string, Entry, std::less<>>;

  /// nullptr: the overlay says nothing, ask the store. Erased ranges answer as erased.
  const Entry* find(Family family, std::string_view key) const;
  void put(Family family, std::string_view key, std::string_view value);
  void erase(Family family, std::string_view key);
  void erase_range(Family family, std::string_view from, std::string_view to);

  const Entries& entries(Family family) const { return families_[static_cast<size_t>(family)].entries; }
  bool in_erased_range(Family family, std::string_view key) const;
  bool empty() const { return empty_; }

  /// Marks where a change begins / takes back everything since.
  void set_savepoint();
  void rollback();

 private:
  struct PerFamily {
    Entries entries;
    std::vector<std::pair<std::string, std::string>> erased;
  };
  struct Undo {
    Family family;
    std::string key;
    bool existed;
    Entry previous;
  };
  void remember(Family family, const std::string& key);

  PerFamily families_[kFamilyCount];
  std::vector<Undo> undo_;
  size_t erased_at_savepoint_[kFamilyCount] = {};
  bool empty_ = true;
};

}  // namespace millrace::storage
