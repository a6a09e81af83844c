#include "emulator/services/lambda/zip_archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <filesystem>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace millrace::lambda {

namespace {

namespace fs = std::filesystem;
using Problem = UnzipOutcome::Problem;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

Archive open_archive(const std::string& bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (!source) return nullptr;
  // Without ZIP_CHECKCONS, which refuses an archive that holds a name twice. unverified: AWS takes those, the last one
  // winning, as unzip does; npm-based packagers make them. What is broken shows when an entry is read.
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (!archive) zip_source_free(source);
  zip_error_fini(&error);
  return Archive(archive);
}

bool is_safe_name(const std::string& name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string::npos) return false;
  if (name.find('\0') != std::string::npos || name.size() > 4096) return false;
  for (const auto& part : fs::path(name)) {
    if (part == "..") return false;
  }
  return true;
}

/// The entry's Unix mode, or 0 if it carries none.
uint32_t unix_mode(zip_t* archive, zip_uint64_t index) {
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return 0;
  return system == ZIP_OPSYS_UNIX ? attributes >> 16 : 0;
}

/// Reads an entry into `sink`, which returns false to stop.
template <class Sink>
bool read_entry(zip_t* archive, zip_uint64_t index, Sink sink) {
  std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive, index, 0));
  if (!file) return false;
  std::vector<char> buffer(64 << 10);
  while (true) {
    zip_int64_t n = zip_fread(file.get(), buffer.data(), buffer.size());
    if (n < 0) return false;
    if (n == 0) return true;
    if (!sink(buffer.data(), static_cast<size_t>(n))) return false;
  }
}

bool write_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    ssize_t n = ::write(fd, data, size);
    if (n < 0) return false;
    data += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

class Unzipper {
 public:
  Unzipper(zip_t* archive, std::string folder, uint64_t bytes_max)
      : archive_(archive), folder_(std::move(folder)), bytes_max_(bytes_max) {}

  UnzipOutcome run() {
    make_folder(folder_);
    zip_int64_t entries = zip_get_num_entries(archive_, 0);
    if (entries <= 0) return {Problem::empty, 0};
    if (entries > kArchiveEntriesMax) return {Problem::unreadable, 0};
    for (zip_int64_t i = 0; i < entries; ++i) {
      Problem problem = entry(static_cast<zip_uint64_t>(i));
      if (problem != Problem::none) return {problem, bytes_};
    }
    return {links() ? Problem::none : Problem::unreadable, bytes_};
  }

 private:
  /// With those above it, up to the archive's own: all of them readable by everybody, as functions run as other users.
  bool make_folder(fs::path path) {
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed) return false;
    if (!path.has_filename()) path = path.parent_path();  // "a/b/"
    constexpr auto kEverybody = static_cast<fs::perms>(0755);
    for (; path.native().size() >= folder_.size() && opened_.insert(path.native()).second; path = path.parent_path())
      fs::permissions(path, kEverybody, failed);
    return !failed;
  }

  Problem entry(zip_uint64_t index) {
    const char* raw = zip_get_name(archive_, index, ZIP_FL_ENC_GUESS);
    std::string name = raw ? raw : "";
    if (!is_safe_name(name)) return Problem::unreadable;
    std::string path = folder_ + "/" + name;
    if (name.back() == '/') return make_folder(path) ? Problem::none : Problem::unreadable;
    if (!make_folder(fs::path(path).parent_path())) return Problem::unreadable;
    uint32_t mode = unix_mode(archive_, index);
    return S_ISLNK(mode) ? keep_link(index, path) : file(index, path, mode);
  }

  Problem file(zip_uint64_t index, const std::string& path, uint32_t mode) {
    // Readable by everybody, executable if the archive says so: what AWS makes of it.
    mode_t permissions = 0644 | (mode & 0111 ? 0755 : 0);
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, permissions);
    if (fd < 0) return Problem::unreadable;
    bool too_large = false;
    bool read = read_entry(archive_, index, [&](const char* data, size_t size) {
      bytes_ += size;
      too_large = bytes_ > bytes_max_;
      return !too_large && write_all(fd, data, size);
    });
    ::fchmod(fd, permissions);
    ::close(fd);
    if (too_large) return Problem::too_large;
    return read ? Problem::none : Problem::unreadable;
  }

  Problem keep_link(zip_uint64_t index, const std::string& path) {
    std::string target;
    bool read = read_entry(archive_, index, [&](const char* data, size_t size) {
      target.append(data, size);
      return target.size() <= 4096;
    });
    if (!read || target.empty()) return Problem::unreadable;
    links_.emplace_back(path, target);
    return Problem::none;
  }

  bool links() {
    for (const auto& [path, target] : links_) {
      std::error_code failed;
      fs::remove(path, failed);
      fs::create_symlink(target, path, failed);
      if (failed) return false;
    }
    return true;
  }

  zip_t* archive_;
  std::string folder_;
  uint64_t bytes_max_;
  uint64_t bytes_ = 0;
  std::set<std::string> opened_;  // folders that everybody may read
  std::vector<std::pair<std::string, std::string>> links_;
};

}  // namespace

UnzipOutcome unzip(const std::string& bytes, const std::string& folder, uint64_t bytes_max) {
  Archive archive = open_archive(bytes);
  if (!archive) return {Problem::unreadable, 0};
  return Unzipper(archive.get(), folder, bytes_max).run();
}

}  // namespace millrace::lambda
