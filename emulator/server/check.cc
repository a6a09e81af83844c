#include "emulator/server/check.h"

#include <filesystem>
#include <ostream>
#include <set>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/encoding.h"
#include "emulator/base/guard.h"
#include "emulator/base/store_fault.h"
#include "emulator/storage/documents.h"
#include "emulator/tables/tables.h"

namespace millrace::server {

namespace {

using storage::Family;
using tables::Index;
using tables::Table;

constexpr const char* kFamilies[storage::kFamilyCount] = {"documents", "items",   "indexes", "streams",
                                                          "logs",      "objects", "chunks",  "queues"};
constexpr size_t kMendedAtOnce = 1000;  // entries in one change

class Check {
 public:
  Check(storage::Store& store, bool repair, std::ostream& out) : store_(store), repair_(repair), out_(out) {}

  int run() {
    bool readable = true;
    for (size_t i = 0; i < storage::kFamilyCount; ++i) readable &= read_all(static_cast<Family>(i));
    // What can't be read can't be compared; each part ends at the first such thing, which is named.
    part("the documents", [this] { check_documents(); });
    part("the tables", [this] { check_tables(); });
    part("the streams", [this] { check_streams(); });
    mend();
    out_ << read_ << " entries read; " << (found_ == 0 ? "nothing is wrong" : std::to_string(found_) + " found wrong");
    if (mended_ > 0) out_ << ", " << mended_ << " mended";
    if (!repair_ && mendable_ > 0) out_ << ", " << mendable_ << " can be mended with --repair";
    out_ << "\n";
    return readable && found_ == mended_ ? 0 : 1;
  }

 private:
  template <class Task>
  void part(const char* what, Task&& task) {
    try {
      task();
    } catch (const StoreFault& fault) {
      found(std::string(what) + ": " + fault.what());
    }
  }

  void found(const std::string& sentence) {
    ++found_;
    out_ << sentence << "\n";
  }
  /// What is derived: it is put right in mend().
  void found(const std::string& sentence, std::function<void(storage::Txn&)> mending) {
    found(sentence + (repair_ ? " (mended)" : ""));
    ++mendable_;
    if (repair_) mendings_.push_back(std::move(mending));
  }

  void mend() {
    for (size_t at = 0; at < mendings_.size(); at += kMendedAtOnce) {
      size_t end = std::min(at + kMendedAtOnce, mendings_.size());
      auto done = store_.transact([&](storage::Txn& txn) -> Result<void> {
        for (size_t i = at; i < end; ++i) mendings_[i](txn);
        return {};
      });
      if (done.has_error()) return found("what was found can't be mended: the folder can't be written");
      mended_ += end - at;
    }
  }

  bool read_all(Family family) {
    try {
      store_.scan(family, "", std::string(64, '\xff'), [this](std::string_view, std::string_view) {
        ++read_;
        return true;
      });
      return true;
    } catch (const StoreFault& fault) {
      found(std::string(kFamilies[static_cast<size_t>(family)]) + ": " + fault.what());
      return false;
    }
  }

  void check_documents() {
    std::set<std::string> mappings;
    std::string prefix = storage::document_key({"lambda-mapping"});
    storage::each_document(store_, prefix, {}, [&](std::string_view key, const Json&) {
      key.remove_prefix(prefix.size());
      std::string uuid;
      while (auto part = storage::take_part(key)) uuid = *part;
      mappings.insert(uuid);
      return true;
    });
    store_.scan(Family::meta, "", std::string(64, '\xff'), [&](std::string_view key, std::string_view value) {
      if (!value.starts_with('{')) return true;
      auto document = parse_json(value);
      if (!document)
        found("the document " + name_of(key) + " isn't JSON");
      else if (const Json* code = find(*document, "code"); code && code->is_object())
        check_code(name_of(key), *code);
      return true;
    });
    std::string positions = storage::document_key({"lambda", "position"});
    store_.scan(Family::meta, positions, storage::prefix_end(positions), [&](std::string_view key, std::string_view) {
      std::string whole(key);
      key.remove_prefix(positions.size());
      std::string uuid = storage::take_part(key).value_or("");
      if (mappings.contains(uuid)) return true;
      found("a position of the event source mapping " + uuid + ", which isn't there",
            [whole](storage::Txn& txn) { txn.erase(Family::meta, whole); });
      return true;
    });
  }

  static std::string name_of(std::string_view key) {
    std::string name;
    while (auto part = storage::take_part(key)) name += (name.empty() ? "" : "/") + *part;
    return name;
  }

  void check_code(const std::string& document, const Json& code) {
    std::string id = text_of(code, "id"), sha256_base64 = text_of(code, "sha256"), archive;
    if (id.empty() || sha256_base64.empty()) return;
    std::string prefix = storage::document_key({"lambda-code", id});
    store_.scan(Family::chunks, prefix, storage::prefix_end(prefix), [&](std::string_view, std::string_view piece) {
      archive.append(piece);
      return true;
    });
    if (to_base64(sha256(archive)) != sha256_base64) found("the code of " + document + " isn't what was uploaded");
  }

  void check_tables() {
    tables::TableCatalog catalog(store_);
    for (const tables::TablePtr& table : catalog.all()) {
      part(table->name.c_str(), [&] { check_items(*table); });
      for (const Index& index : table->indexes) {
        if (index.status == tables::IndexStatus::active)
          part(table->name.c_str(), [&] { check_entries(*table, index); });
      }
    }
  }

  /// Each item can be read, lies where its key says, and has its entries.
  void check_items(const Table& table) {
    std::string prefix = tables::table_prefix(table);
    store_.scan(Family::items, prefix, storage::prefix_end(prefix), [&](std::string_view key, std::string_view value) {
      auto item = decode_item(value);
      if (!item || tables::item_key(table, *item) != key) {
        found("an item of the table " + table.name + " is damaged: key " + to_hex(key));
        return true;
      }
      for (const Index& index : table.indexes) {
        if (index.status != tables::IndexStatus::active) continue;
        auto entry_key = tables::index_key(table, index, *item);
        if (!entry_key) continue;
        std::string entry = encode_item(tables::project(table, index, *item));
        auto stored = store_.get(Family::indexes, *entry_key);
        if (stored == entry) continue;
        found("an entry of the index " + table.name + "/" + index.name +
                  (stored ? " differs from" : " is missing for") + " its item: key " + to_hex(key),
              [entry_key = *entry_key, entry](storage::Txn& txn) { txn.put(Family::indexes, entry_key, entry); });
      }
      return true;
    });
  }

  /// Each entry has its item.
  void check_entries(const Table& table, const Index& index) {
    std::string prefix = tables::index_prefix(table, index);
    store_.scan(Family::indexes, prefix, storage::prefix_end(prefix),
                [&](std::string_view key, std::string_view value) {
                  auto entry = decode_item(value);
                  auto base = entry ? tables::item_key(table, *entry) : std::nullopt;
                  auto stored = base ? store_.get(Family::items, *base) : std::nullopt;
                  auto item = stored ? decode_item(*stored) : std::nullopt;
                  if (item && tables::index_key(table, index, *item) == key) return true;
                  found("an entry of the index " + table.name + "/" + index.name + " has no item: key " + to_hex(key),
                        [key = std::string(key)](storage::Txn& txn) { txn.erase(Family::indexes, key); });
                  return true;
                });
  }

  /// Each record can be read and lies within its shard; none is above what the counter has given.
  void check_streams() {
    SystemRandom random;
    EmulatorClock clock;
    tables::StreamLog streams(store_, clock, random);
    auto counter = store_.get(Family::meta, "streams.next_sequence");
    std::string_view bytes = counter ? std::string_view(*counter) : "";
    uint64_t next = storage::take_u64(bytes).value_or(0);
    for (const tables::StreamPtr& stream : streams.all()) {
      for (const tables::Shard& shard : stream->shards) {
        streams.scan(*stream, shard, 0, [&](const tables::StreamLog::StoredRecord& record) {
          bool within = record.sequence >= shard.first && (!shard.last || record.sequence <= *shard.last);
          if (!within || record.sequence >= next)
            found("a record of " + stream->arn + " lies outside its shard " + shard.id + ": " +
                  tables::sequence_text(record.sequence));
          if (!decode_item(record.keys)) found("a record of " + stream->arn + " is damaged");
          return true;
        });
      }
    }
  }

  storage::Store& store_;
  const bool repair_;
  std::ostream& out_;
  std::vector<std::function<void(storage::Txn&)>> mendings_;
  uint64_t read_ = 0, found_ = 0, mendable_ = 0, mended_ = 0;
};

}  // namespace

int check_data_folder(const std::string& folder, bool repair, std::ostream& out) {
  if (!std::filesystem::is_directory(folder + "/store")) {
    out << folder << " is no data folder: it has no store.\n";
    return 2;
  }
  auto opened = storage::Store::open({folder + "/store"});
  if (auto* sentence = std::get_if<std::string>(&opened)) {
    out << *sentence << "\n";
    return 2;
  }
  for (const Trouble& trouble : troubles()) out << trouble.sentence << "\n";
  return Check(*std::get<std::unique_ptr<storage::Store>>(opened), repair, out).run();
}

}  // namespace millrace::server
