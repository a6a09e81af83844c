#include "emulator/storage/seals.h"

#include "emulator/base/aes.h"
#include "emulator/base/store_fault.h"
#include "emulator/storage/keys.h"

namespace millrace::storage {

namespace {
constexpr std::string_view kMark("\x80\0", 2);
}  // namespace

void Seals::know(uint64_t data_key, std::string key) {
  MutexLock lock(mutex_);
  keys_[data_key] = std::move(key);
}

void Seals::leave_locked(uint64_t owner) {
  auto had = numbers_.find(owner);
  if (had == numbers_.end()) return;
  for (uint64_t number : had->second) data_key_of_.erase(number);
  numbers_.erase(had);
  seals_ = !data_key_of_.empty();
}

void Seals::leave(uint64_t owner) {
  MutexLock lock(mutex_);
  leave_locked(owner);
}

void Seals::seal(uint64_t owner, const std::vector<uint64_t>& numbers, uint64_t data_key) {
  MutexLock lock(mutex_);
  leave_locked(owner);
  numbers_[owner] = numbers;
  for (uint64_t number : numbers) data_key_of_[number] = data_key;
  seals_ = true;
}

std::optional<std::string> Seals::sealed(Family family, std::string_view key, std::string_view value) const {
  if (!seals_ || value.empty()) return std::nullopt;
  if (family != Family::items && family != Family::indexes && family != Family::streams) return std::nullopt;
  std::string_view rest = key;
  const auto number = take_u64(rest);
  if (!number) return std::nullopt;
  std::string out(kMark), data_key;
  {
    MutexLock lock(mutex_);
    auto under = data_key_of_.find(*number);
    if (under == data_key_of_.end()) return std::nullopt;
    append_u64(out, under->second);
    auto known = keys_.find(under->second);
    if (known == keys_.end()) fail_damaged("the data key that an entry is to be sealed under");
    data_key = known->second;
  }
  return out + millrace::seal(data_key, value, key);
}

bool Seals::open_sealed(std::string_view key, std::string_view& value, std::string& buffer) const {
  std::string_view inside = value.substr(kMark.size());
  const auto number = take_u64(inside);
  std::string data_key;
  if (number) {
    MutexLock lock(mutex_);
    auto known = keys_.find(*number);
    if (known == keys_.end()) return false;
    data_key = known->second;
  }
  auto opened = number ? unseal(data_key, inside, key) : std::nullopt;
  if (!opened) fail_damaged("an entry that lies sealed");
  buffer = std::move(*opened);
  value = buffer;
  return true;
}

}  // namespace millrace::storage
