#include "emulator/server/snapshots.h"

#include <fcntl.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "emulator/base/version.h"
#include "emulator/server/snapshot_file.h"

namespace millrace::server {

namespace fs = std::filesystem;

namespace {

constexpr int kFormat = 1;  // of snapshot.json and of exported files; the store inside has its own
constexpr size_t kNameMax = 64;

uint64_t bytes_below(const fs::path& folder) {
  uint64_t sum = 0;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
    if (entry.is_regular_file(ignored)) sum += entry.file_size(ignored);
  }
  return sum;
}

Json described(const Snapshot& snapshot) {
  return {{"format", kFormat},
          {"name", snapshot.name},
          {"created", snapshot.created_ms},
          {"version", snapshot.version},
          {"account", snapshot.account},
          {"frozen", snapshot.frozen},
          {"clock", snapshot.clock_ms},
          {"clockOffset", snapshot.clock_offset}};
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Files that RocksDB never changes once they are written.
bool is_immutable(const fs::path& file) {
  return file.extension() == ".sst" || file.extension() == ".blob";
}

}  // namespace

Json shown(const Snapshot& snapshot) {
  Json clock = {{"frozen", snapshot.frozen}, {"now", iso_millis(snapshot.clock_ms)}};
  Json out = {{"name", snapshot.name},
              {"created", iso_millis(snapshot.created_ms)},
              {"version", snapshot.version},
              {"clock", std::move(clock)},
              {"bytes", snapshot.bytes}};
  if (!snapshot.account.empty()) out["account"] = snapshot.account;
  return out;
}

Snapshots::Snapshots(std::string data_folder) : folder_(std::move(data_folder) + "/snapshots") {}

bool Snapshots::is_name(const std::string& name) {
  return !name.empty() && name.size() <= kNameMax && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
         });
}

std::string Snapshots::store_folder(const std::string& name) const {
  return folder_of(name) + "/store";
}

std::string Snapshots::save(const Snapshot& about, const WriteStore& write_store) {
  const std::string made = folder_ + "/.making";
  std::error_code failed;
  fs::remove_all(made, failed);
  fs::create_directories(made, failed);
  if (failed) return "The snapshot can't be saved: " + failed.message() + ".";
  if (std::string wrong = write_store(made + "/store"); !wrong.empty()) return "The snapshot can't be saved: " + wrong;
  std::ofstream file(made + "/snapshot.json");
  file << to_text(described(about));
  if (!file.flush()) return "The snapshot can't be saved: the disk refused its description.";
  return put_in_place(made, about.name);
}

/// One rename: a snapshot is there whole or not at all.
std::string Snapshots::put_in_place(const std::string& made, const std::string& name) {
  std::error_code failed;
  const std::string old = folder_ + "/.old";
  fs::remove_all(old, failed);
  fs::rename(folder_of(name), old, failed);  // there may be none
  fs::rename(made, folder_of(name), failed);
  if (failed) {
    std::error_code ignored;
    fs::rename(old, folder_of(name), ignored);
    return "The snapshot can't be saved: " + failed.message() + ".";
  }
  fs::remove_all(old, failed);
  return "";
}

std::variant<Snapshot, std::string> Snapshots::find(const std::string& name) const {
  if (!is_name(name)) return "A snapshot's name has 1 to 64 letters, digits, dots, dashes and underscores.";
  std::error_code ignored;
  if (!fs::is_directory(folder_of(name), ignored)) return "There is no snapshot " + name + ".";
  auto parsed = parse_json(read_file(folder_of(name) + "/snapshot.json"));
  if (!parsed || !parsed->is_object()) return "The snapshot " + name + " can't be read.";
  const Json& json = *parsed;
  if (const int format = json.value("format", 0); format != kFormat) {
    return "The snapshot " + name + " has format " + std::to_string(format) + " and was saved by millrace " +
           json.value("version", "?") + "; this millrace reads format " + std::to_string(kFormat) +
           ". Use that version, or save it anew.";
  }
  Snapshot found{name,
                 json.value("created", Millis{0}),
                 json.value("version", ""),
                 json.value("account", ""),
                 json.value("frozen", false),
                 json.value("clock", Millis{0}),
                 json.value("clockOffset", Millis{0}),
                 bytes_below(folder_of(name))};
  return found;
}

std::vector<Snapshot> Snapshots::list() const {
  std::vector<Snapshot> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!is_name(name)) continue;
    auto found = find(name);
    if (auto* snapshot = std::get_if<Snapshot>(&found)) out.push_back(std::move(*snapshot));
  }
  std::sort(out.begin(), out.end(), [](const Snapshot& a, const Snapshot& b) { return a.name < b.name; });
  return out;
}

bool Snapshots::remove(const std::string& name) {
  std::error_code failed;
  return is_name(name) && fs::remove_all(folder_of(name), failed) > 0 && !failed;
}

std::string Snapshots::copy_store(const std::string& name, const std::string& folder) const {
  return link_store(store_folder(name), folder);
}

std::variant<std::shared_ptr<protocol::BodySource>, std::string> Snapshots::exported(const std::string& name) const {
  auto found = find(name);
  if (auto* wrong = std::get_if<std::string>(&found)) return *wrong;
  return export_folder(folder_of(name));
}

std::string Snapshots::import(const std::string& name, protocol::BodyReader& bytes) {
  if (!is_name(name)) return "A snapshot's name has 1 to 64 letters, digits, dots, dashes and underscores.";
  const std::string made = folder_ + "/.importing";
  std::error_code failed;
  fs::remove_all(made, failed);
  fs::create_directories(made + "/store", failed);
  std::string wrong = import_folder(made, bytes);
  if (wrong.empty()) {
    auto described = parse_json(read_file(made + "/snapshot.json"));
    if (!described || !described->is_object())
      wrong = "This is no exported snapshot.";
    else if (const int format = described->value("format", 0); format != kFormat)
      wrong = "The exported snapshot has format " + std::to_string(format) + "; this millrace reads format " +
              std::to_string(kFormat) + ".";
  }
  if (wrong.empty()) return put_in_place(made, name);
  fs::remove_all(made, failed);
  return wrong;
}

std::string link_store(const std::string& from, const std::string& to) {
  std::error_code failed;
  fs::create_directories(to, failed);
  for (const auto& entry : fs::directory_iterator(from, failed)) {
    const fs::path target = fs::path(to) / entry.path().filename();
    std::error_code unlinked = std::make_error_code(std::errc::not_supported);
    if (is_immutable(entry.path())) fs::create_hard_link(entry.path(), target, unlinked);
    if (unlinked && entry.is_regular_file(failed)) fs::copy_file(entry.path(), target, failed);
    if (failed) break;
  }
  return failed ? "The store in " + from + " can't be copied: " + failed.message() + "." : "";
}

std::string swap_stores(const std::string& store, const std::string& other) {
  std::error_code failed;
  if (renameat2(AT_FDCWD, store.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) return "";
  if (errno == ENOENT) {
    fs::rename(store, other, failed);
  } else {  // a file system that can't
    fs::rename(store, other + ".aside", failed);
    if (!failed) fs::rename(other, store, failed);
    if (!failed) fs::rename(other + ".aside", other, failed);
  }
  return failed ? "The store can't be replaced: " + failed.message() + "." : "";
}

}  // namespace millrace::server
