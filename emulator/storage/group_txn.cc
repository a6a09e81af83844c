#include "emulator/storage/group_txn.h"

#include <algorithm>

#include "emulator/base/store_fault.h"

namespace millrace::storage {

void fail_read(const rocksdb::Status& status) {
  std::string sentence = "the store can't be read: " + status.ToString();
  report_trouble(sentence);
  throw StoreFault(sentence);
}

std::optional<std::string> GroupTxn::opened(Family family, std::string_view key, std::string_view value) const {
  if (!is_sealed(family, value)) return std::string(value);
  std::string buffer;
  try {
    if (!seals_.open(family, key, value, buffer)) return std::nullopt;
  } catch (const StoreFault&) {
    poisoned_ = true;
    throw;
  }
  return std::string(value);
}

void GroupTxn::scan_merged(Family family, std::string_view from, std::string_view to, bool reverse,
                           const Visit& visit) const {
  rocksdb::ReadOptions read;
  rocksdb::Slice lower = slice(from), upper = slice(to);
  read.iterate_lower_bound = &lower;
  read.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> stored(db_.NewIterator(read, handle(family)));
  if (reverse)
    stored->SeekToLast();
  else
    stored->Seek(lower);

  const Overlay::Entries& entries = overlay_.entries(family);
  std::vector<const Overlay::Entries::value_type*> pending;
  for (auto it = entries.lower_bound(from); it != entries.end() && it->first < to; ++it) pending.push_back(&*it);
  if (reverse) std::reverse(pending.begin(), pending.end());

  auto visit_stored = [&](std::string_view key, std::string_view value) {
    if (!is_sealed(family, value)) return visit(key, value);
    const auto clear = opened(family, key, value);
    return !clear || visit(key, *clear);
  };
  auto next_stored = [&] { reverse ? stored->Prev() : stored->Next(); };
  size_t at = 0;
  while (stored->Valid() || at < pending.size()) {
    int order = -1;  // < 0: the stored entry comes first; 0: the same key; > 0: the pending one
    if (!stored->Valid()) {
      if (!stored->status().ok()) fail(stored->status());
      order = 1;
    } else if (at < pending.size())
      order = view(stored->key()).compare(pending[at]->first) * (reverse ? -1 : 1);
    if (order < 0) {
      if (!overlay_.in_erased_range(family, view(stored->key())) &&
          !visit_stored(view(stored->key()), view(stored->value())))
        return;
      next_stored();
      continue;
    }
    const auto& [key, entry] = *pending[at++];
    if (order == 0) next_stored();
    if (entry && !visit(key, *entry)) return;
  }
  if (!stored->status().ok()) fail(stored->status());
}

}  // namespace millrace::storage
