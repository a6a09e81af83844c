#pragma once
// Snapshots on the disk: `<data folder>/snapshots/<name>` holds a checkpoint of the store (hard links of its immutable
// files) and snapshot.json, which says of when, of which version and of what clock it is. Everything that the emulator
// keeps is in the store; files beside it are made from it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/protocol/http.h"

namespace millrace::server {

struct Snapshot {
  std::string name;
  Millis created_ms = 0;    // the machine's time
  std::string version;      // of the millrace that saved it
  std::string account;      // whose it is; empty: the whole server's
  bool frozen = false;      // the clock stood still
  Millis clock_ms = 0;      // at this time
  Millis clock_offset = 0;  // it ran so far ahead of the machine's
  uint64_t bytes = 0;       // of its files
};

/// For the admin API.
Json shown(const Snapshot& snapshot);

class Snapshots {
 public:
  explicit Snapshots(std::string data_folder);

  /// Of 1 to 64 letters, digits, dots, dashes and underscores, not beginning with a dot.
  static bool is_name(const std::string& name);

  /// Saves the store that `write_store` writes to a folder (which doesn't exist yet), in place of an earlier snapshot of
  /// that name. Empty, or a sentence.
  using WriteStore = std::function<std::string(const std::string& folder)>;
  std::string save(const Snapshot& about, const WriteStore& write_store);
  /// By name; what can't be read isn't among them.
  std::vector<Snapshot> list() const;
  /// A sentence if there is none, if it can't be read, or if a later millrace wrote it.
  std::variant<Snapshot, std::string> find(const std::string& name) const;
  bool remove(const std::string& name);
  /// Where its store lies.
  std::string store_folder(const std::string& name) const;

  /// A copy of its store, which a server may write to, in a folder that must not exist: by hard links. Empty, or a
  /// sentence.
  std::string copy_store(const std::string& name, const std::string& folder) const;

  /// The whole snapshot as one file's bytes, or a sentence.
  std::variant<std::shared_ptr<protocol::BodySource>, std::string> exported(const std::string& name) const;
  /// Makes a snapshot of that name out of such bytes, in place of an earlier one. Empty, or a sentence.
  std::string import(const std::string& name, protocol::BodyReader& bytes);

 private:
  std::string folder_of(const std::string& name) const { return folder_ + "/" + name; }
  std::string put_in_place(const std::string& made, const std::string& name);
  std::string folder_;
};

/// A copy of a closed store, which a server may write to, in a new folder: by hard links. Empty, or a sentence.
std::string link_store(const std::string& from, const std::string& to);
/// The store's folder and another change places, in one step: whenever the process is killed, one of them is there. Without
/// the other one the store only goes. Empty, or a sentence.
std::string swap_stores(const std::string& store, const std::string& other);

}  // namespace millrace::server
