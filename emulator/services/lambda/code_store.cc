#include "emulator/services/lambda/code_store.h"

#include <filesystem>
#include <fstream>

#include "emulator/base/encoding.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/zip_archive.h"
#include "emulator/storage/keys.h"

namespace millrace::lambda {

namespace {

namespace fs = std::filesystem;
using storage::Family;

constexpr size_t kPieceBytes = 1 << 20;
// The longest timeout, and the same again for one that just began: nothing runs from the folder after that.
constexpr Millis kFolderOutlivesMs = 2 * 900 * 1000;

std::string package_prefix(const std::string& id) {
  return storage::document_key({"lambda-code", id});
}

std::string piece_key(const std::string& id, uint32_t piece) {
  std::string key = package_prefix(id);
  storage::append_u32(key, piece);
  return key;
}

AwsError unzip_error(UnzipOutcome::Problem problem) {
  switch (problem) {
    case UnzipOutcome::Problem::empty: return errors::invalid("Uploaded file must be a non-empty zip");
    case UnzipOutcome::Problem::too_large: return errors::invalid("Unzipped size must be smaller than 262144000 bytes");
    default: return errors::invalid("Could not unzip uploaded file. Please check your file, then try to upload again.");
  }
}

/// True if the machine was started anew since the folder was used last: after a power cut its files may be cut short or
/// empty, whatever the durability, because only the store is synced. Remembers this start.
bool machine_was_restarted(const std::string& root) {
  const std::string mark = root + "-boot-id";
  auto line_of = [](const std::string& path) {
    std::string line;
    std::getline(std::ifstream(path) >> std::ws, line);
    return line;
  };
  const std::string now = line_of("/proc/sys/kernel/random/boot_id");
  if (line_of(mark) == now) return false;
  std::error_code ignored;
  fs::create_directories(fs::path(mark).parent_path(), ignored);
  std::ofstream(mark) << now << "\n";
  return true;
}

}  // namespace

Json to_json(const CodePackage& package) {
  return Json{{"id", package.id},
              {"size", package.size},
              {"unzipped", package.unzipped_size},
              {"sha256", package.sha256_base64}};
}

CodeStore::CodeStore(ServiceContext context, std::weak_ptr<Background> background)
    : context_(std::move(context)), background_(std::move(background)), root_(context_.files_folder + "/code") {}

Result<CodePackage> CodeStore::add(const std::string& archive, uint64_t unzipped_max) {
  CodePackage package{context_.random.uuid(), archive.size(), 0, to_base64(sha256(archive))};
  // Unpacked beside its place and renamed, so that a folder with an id is whole or isn't there.
  std::string fresh = path("new-" + package.id);
  UnzipOutcome outcome = unzip(archive, fresh, unzipped_max);
  std::error_code ignored;
  if (outcome.problem != UnzipOutcome::Problem::none) {
    fs::remove_all(fresh, ignored);
    return unzip_error(outcome.problem);
  }
  package.unzipped_size = outcome.unzipped_bytes;
  fs::rename(fresh, path(package.id), ignored);
  uint32_t piece = 0;
  for (size_t at = 0; at < archive.size(); at += kPieceBytes, ++piece) {
    std::string_view bytes = std::string_view(archive).substr(at, kPieceBytes);
    if (!context_.store.put_unreferenced(Family::chunks, piece_key(package.id, piece), bytes)) {
      remove(package.id);
      return AwsError(errors::service_exception, "The code package can't be stored.");
    }
  }
  return package;
}

bool CodeStore::is_unpacked(const std::string& id) const {
  std::error_code ignored;
  return fs::is_directory(path(id), ignored);
}

std::optional<std::string> CodeStore::archive(const std::string& id) const {
  std::string prefix = package_prefix(id);
  std::optional<std::string> out;
  context_.store.scan(Family::chunks, prefix, storage::prefix_end(prefix),
                      [&](std::string_view, std::string_view value) {
                        if (!out) out.emplace();
                        out->append(value);
                        return true;
                      });
  return out;
}

Result<std::string> CodeStore::folder(const std::string& id) {
  if (is_unpacked(id)) return path(id);
  MutexLock lock(unpacking_);
  if (is_unpacked(id)) return path(id);
  auto bytes = archive(id);
  if (!bytes)
    return AwsError(errors::service_exception, "The function's code package is missing from the data folder.");
  std::string fresh = path("new-" + id);
  std::error_code failed;
  fs::remove_all(fresh, failed);
  UnzipOutcome outcome = unzip(*bytes, fresh, kUnzippedBytesMax);
  if (outcome.problem != UnzipOutcome::Problem::none) return unzip_error(outcome.problem);
  fs::rename(fresh, path(id), failed);
  if (failed) return errors::invalid("The code can't be unpacked below " + root_ + ": " + failed.message());
  return path(id);
}

void CodeStore::remove(const std::string& id) {
  std::string prefix = package_prefix(id);
  context_.store.erase_unreferenced(Family::chunks, prefix, storage::prefix_end(prefix));
  context_.timers.at(context_.clock.now_ms() + kFolderOutlivesMs, [background = background_, folder = path(id)] {
    auto thread = background.lock();
    if (!thread) return;
    thread->post([folder] {
      std::error_code ignored;
      fs::remove_all(folder, ignored);
    });
  });
}

void CodeStore::sweep(const std::set<std::string>& ids_in_use) {
  std::error_code ignored;
  if (machine_was_restarted(root_)) fs::remove_all(root_, ignored);
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::directory_iterator(root_, ignored)) {
    if (!ids_in_use.contains(entry.path().filename().string())) leftovers.push_back(entry.path());
  }
  for (const auto& folder : leftovers) fs::remove_all(folder, ignored);

  std::set<std::string> forgotten;
  std::string prefix = storage::document_key({"lambda-code"});
  std::string from = prefix, end = storage::prefix_end(prefix);
  while (true) {
    // One look per package: after an id, straight to the next one.
    std::string id;
    context_.store.scan(Family::chunks, from, end, [&](std::string_view key, std::string_view) {
      key.remove_prefix(prefix.size());
      id = storage::take_part(key).value_or("");
      return false;
    });
    if (id.empty()) break;
    if (!ids_in_use.contains(id)) forgotten.insert(id);
    from = storage::prefix_end(package_prefix(id));
  }
  for (const std::string& id : forgotten)
    context_.store.erase_unreferenced(Family::chunks, package_prefix(id), storage::prefix_end(package_prefix(id)));
}

}  // namespace millrace::lambda
