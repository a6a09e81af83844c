#include "emulator/server/snapshot_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "emulator/base/json.h"

namespace millrace::server {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kFirstLine = "millrace snapshot 1\n";
constexpr std::string_view kLastLine = "{}\n";
constexpr size_t kPiece = 256u << 10;
constexpr size_t kLineMax = 4096;

struct Part {
  std::string line;  // what stands before the file's bytes
  fs::path file;
  uint64_t size;
};

class Exported final : public protocol::BodySource {
 public:
  Exported(std::vector<Part> parts, uint64_t length) : parts_(std::move(parts)), length_(length) {}

  std::optional<uint64_t> length() const override { return length_; }

  void next(std::function<void(Piece)> deliver) override {
    Piece piece;
    if (sent_ == 0) piece.bytes = kFirstLine;
    while (piece.bytes.size() < kPiece && at_ < parts_.size() && !piece.failed) append_some(piece);
    if (at_ == parts_.size()) piece.bytes += kLastLine;
    sent_ += piece.bytes.size();
    piece.last = at_ == parts_.size();
    deliver(std::move(piece));
  }

 private:
  void append_some(Piece& piece) {
    const Part& part = parts_[at_];
    if (!file_.is_open()) {
      file_.open(part.file, std::ios::binary);
      left_ = part.size;
      piece.bytes += part.line;
    }
    const size_t want = std::min<uint64_t>(left_, kPiece), before = piece.bytes.size();
    piece.bytes.resize(before + want);
    file_.read(piece.bytes.data() + before, static_cast<std::streamsize>(want));
    piece.failed = static_cast<size_t>(file_.gcount()) != want;
    left_ -= want;
    if (left_ > 0) return;
    file_.close();
    file_.clear();
    ++at_;
  }

  std::vector<Part> parts_;
  uint64_t length_;
  uint64_t sent_ = 0;
  size_t at_ = 0;
  uint64_t left_ = 0;
  std::ifstream file_;
};

/// What has arrived and wasn't taken yet.
class Arriving {
 public:
  explicit Arriving(protocol::BodyReader& bytes) : bytes_(bytes) {}

  /// With its line end; empty where there is none.
  std::string line() {
    size_t end = buffer_.find('\n');
    while (end == std::string::npos && buffer_.size() < kLineMax && read()) end = buffer_.find('\n');
    if (end == std::string::npos) return "";
    std::string out = buffer_.substr(0, end + 1);
    buffer_.erase(0, end + 1);
    return out;
  }
  bool copy(uint64_t size, std::ofstream& out) {
    while (size > 0) {
      if (buffer_.empty() && !read()) return false;
      const size_t n = std::min<uint64_t>(size, buffer_.size());
      out.write(buffer_.data(), static_cast<std::streamsize>(n));
      buffer_.erase(0, n);
      size -= n;
    }
    return out.good();
  }

 private:
  bool read() {
    if (ended_) return false;
    const size_t before = buffer_.size();
    const auto state = bytes_.read(buffer_, kPiece);
    ended_ = state != protocol::BodyReader::State::more;
    return state != protocol::BodyReader::State::cut_off && (buffer_.size() > before || !ended_);
  }
  protocol::BodyReader& bytes_;
  std::string buffer_;
  bool ended_ = false;
};

/// `snapshot.json`, or a plain name in `store/`: nothing that leads elsewhere.
bool is_part_name(const std::string& name) {
  if (name == "snapshot.json") return true;
  constexpr std::string_view kStore = "store/";
  if (!name.starts_with(kStore) || name.size() == kStore.size()) return false;
  return name.find('/', kStore.size()) == std::string::npos && name.find("..") == std::string::npos &&
         name.find('\0') == std::string::npos;
}

}  // namespace

std::variant<std::shared_ptr<protocol::BodySource>, std::string> export_folder(const std::string& folder) {
  std::vector<Part> parts;
  uint64_t length = kFirstLine.size() + kLastLine.size();
  std::error_code failed;
  for (const auto& entry : fs::recursive_directory_iterator(folder, failed)) {
    if (!entry.is_regular_file(failed)) continue;
    const std::string name = fs::relative(entry.path(), folder, failed).string();
    if (!is_part_name(name)) continue;
    const uint64_t size = entry.file_size(failed);
    if (failed) break;
    parts.push_back({to_text(Json{{"name", name}, {"size", size}}) + "\n", entry.path(), size});
    length += parts.back().line.size() + size;
  }
  if (failed) return "The snapshot can't be read: " + failed.message() + ".";
  std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.file < b.file; });
  return std::make_shared<Exported>(std::move(parts), length);
}

std::string import_folder(const std::string& folder, protocol::BodyReader& bytes) {
  Arriving arriving(bytes);
  const std::string first = arriving.line();
  if (first != kFirstLine) {
    return first.starts_with("millrace snapshot ") ? "The file is of a later format than this millrace reads."
                                                   : "The file is no exported snapshot.";
  }
  for (;;) {
    auto described = parse_json(arriving.line());
    if (!described || !described->is_object()) return "The file ends too early, or is damaged.";
    if (described->empty()) return "";
    const std::string name = described->value("name", "");
    if (!is_part_name(name)) return "The file holds a name that no snapshot has.";
    std::ofstream out(folder + "/" + name, std::ios::binary);
    if (!arriving.copy(described->value("size", uint64_t{0}), out))
      return "The file ends too early, or the disk is full.";
  }
}

}  // namespace millrace::server
