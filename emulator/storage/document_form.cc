#include "emulator/storage/document_form.h"

#include "emulator/base/log.h"

namespace millrace::storage {

void report_unreadable(std::string_view key) {
  std::string text;
  for (char c : key) {
    if (c == '\0') {
      if (!text.ends_with('/')) text += '/';  // a part's end is two of them
    } else {
      text += c;
    }
  }
  log::error("what is stored as " + text + " can't be read: it is damaged, or a later version wrote it");
}

Json without_ours(const Json& document) {
  Json out = Json::object();
  for (const auto& [name, value] : document.items()) {
    if (!name.starts_with('_')) out[name] = value;
  }
  return out;
}

bool is_of_kind(std::string_view key, std::string_view kind) {
  for (int part = 0; part < 3; ++part) {
    if (!take_part(key)) return false;
  }
  return take_part(key) == kind && !key.empty();
}

}  // namespace millrace::storage
