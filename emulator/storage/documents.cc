#include "emulator/storage/documents.h"

namespace millrace::storage {

std::optional<Json> get_document(const Reader& reader, std::string_view key) {
  auto text = reader.get(Family::meta, key);
  if (!text) return std::nullopt;
  return parse_json(*text);
}

void put_document(Txn& txn, std::string_view key, const Json& document) {
  txn.put(Family::meta, key, to_text(document));
}

void each_document(const Reader& reader, std::string_view prefix, std::string_view after,
                   const std::function<bool(std::string_view key, Json document)>& visit) {
  std::string from(prefix);
  if (!after.empty()) {
    from = std::string(after);
    from.push_back('\0');
  }
  reader.scan(Family::meta, from, prefix_end(prefix), [&](std::string_view key, std::string_view value) {
    auto document = parse_json(value);
    return document ? visit(key, std::move(*document)) : true;
  });
}

std::vector<Json> list_documents(const Reader& reader, std::string_view prefix) {
  std::vector<Json> out;
  each_document(reader, prefix, {}, [&](std::string_view, Json document) {
    out.push_back(std::move(document));
    return true;
  });
  return out;
}

}  // namespace millrace::storage
