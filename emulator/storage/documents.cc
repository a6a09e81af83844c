#include "emulator/storage/documents.h"

#include "emulator/base/store_fault.h"

namespace millrace::storage {

namespace {
/// The stored document; one that isn't JSON is damaged, which is no absence.
Json document_of(std::string_view key, std::string_view text) {
  auto document = parse_json(text);
  if (document) return std::move(*document);
  std::string name;
  while (auto part = take_part(key)) name += (name.empty() ? "" : "/") + *part;
  fail_damaged("the document " + name);
}
/// A service's counters lie beside its documents, under {service, "numbers", what}: eight bytes, no JSON.
bool is_counter(std::string_view key) {
  take_part(key);
  return take_part(key) == "numbers";
}

}  // namespace

std::optional<Json> get_document(const Reader& reader, std::string_view key) {
  auto text = reader.get(Family::meta, key);
  if (!text) return std::nullopt;
  return document_of(key, *text);
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
    return is_counter(key) || visit(key, document_of(key, value));
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
