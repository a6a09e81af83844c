#pragma once
// What `millrace check` asks of rooms: to read what they stored and tell what is wrong with it. Rooms' checks stand in
// emulator/services/all.cc, beside the rooms themselves, which aren't made for that.

#include <functional>
#include <string>

#include "emulator/base/store_fault.h"
#include "emulator/storage/keys.h"
#include "emulator/storage/store.h"

namespace millrace {

class Findings {
 public:
  virtual ~Findings() = default;
  virtual storage::Store& store() = 0;
  virtual void found(const std::string& sentence) = 0;
  /// Of what is derived from other stored things: `mending` puts it right.
  virtual void found(const std::string& sentence, std::function<void(storage::Txn&)> mending) = 0;

  /// Runs one part of a check. What can't be read can't be compared: the part ends at the first such thing, which is
  /// found, and the others go on.
  void part(const std::string& what, const std::function<void()>& task) {
    try {
      task();
    } catch (const StoreFault& fault) {
      found(what + ": " + fault.what());
    }
  }
};

/// A document's key as people read it: "lambda/000000000000/us-east-1/function/f".
inline std::string document_name(std::string_view key) {
  std::string name;
  while (auto part = storage::take_part(key)) name += (name.empty() ? "" : "/") + *part;
  return name;
}

struct RoomCheck {
  const char* what;  // "the tables"
  void (*check)(Findings& findings);
};

}  // namespace millrace
