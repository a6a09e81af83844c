#include "emulator/server/check.h"

#include <filesystem>
#include <ostream>

#include "emulator/base/guard.h"
#include "emulator/base/json.h"

namespace millrace::server {

namespace {

using storage::Family;

constexpr const char* kFamilies[storage::kFamilyCount] = {"documents", "items",   "indexes", "streams",
                                                          "logs",      "objects", "chunks",  "queues"};
constexpr size_t kMendedAtOnce = 1000;  // entries in one change

class Check final : public Findings {
 public:
  Check(storage::Store& store, bool repair, std::ostream& out) : store_(store), repair_(repair), out_(out) {}

  storage::Store& store() override { return store_; }
  void found(const std::string& sentence) override {
    ++found_;
    out_ << sentence << "\n";
  }
  void found(const std::string& sentence, std::function<void(storage::Txn&)> mending) override {
    found(sentence + (repair_ ? " (mended)" : ""));
    ++mendable_;
    if (repair_) mendings_.push_back(std::move(mending));  // in mend()
  }

  int run(const std::vector<RoomCheck>& rooms) {
    bool readable = true;
    for (size_t i = 0; i < storage::kFamilyCount; ++i) readable &= read_all(static_cast<Family>(i));
    part("the documents", [this] { check_documents(); });
    for (const RoomCheck& room : rooms) part(room.what, [&] { room.check(*this); });
    mend();
    out_ << read_ << " entries read; " << (found_ == 0 ? "nothing is wrong" : std::to_string(found_) + " found wrong");
    if (mended_ > 0) out_ << ", " << mended_ << " mended";
    if (!repair_ && mendable_ > 0) out_ << ", " << mendable_ << " can be mended with --repair";
    out_ << "\n";
    return readable && found_ == mended_ ? 0 : 1;
  }

 private:
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
    store_.scan(Family::meta, "", std::string(64, '\xff'), [&](std::string_view key, std::string_view value) {
      if (value.starts_with('{') && !parse_json(value)) found("the document " + document_name(key) + " isn't JSON");
      return true;
    });
  }

  storage::Store& store_;
  const bool repair_;
  std::ostream& out_;
  std::vector<std::function<void(storage::Txn&)>> mendings_;
  uint64_t read_ = 0, found_ = 0, mendable_ = 0, mended_ = 0;
};

}  // namespace

int check_data_folder(const std::string& folder, const std::vector<RoomCheck>& rooms, bool repair, std::ostream& out) {
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
  return Check(*std::get<std::unique_ptr<storage::Store>>(opened), repair, out).run(rooms);
}

}  // namespace millrace::server
