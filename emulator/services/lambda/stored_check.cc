#include "emulator/services/lambda/stored_check.h"

#include <set>

#include "emulator/base/encoding.h"
#include "emulator/storage/documents.h"

namespace millrace::lambda {

namespace {

using storage::Family;

std::set<std::string> mapping_uuids(const storage::Reader& reader) {
  std::set<std::string> out;
  const std::string prefix = storage::document_key({"lambda-mapping"});
  storage::each_document(reader, prefix, {}, [&](std::string_view key, const Json&) {
    key.remove_prefix(prefix.size());
    std::string uuid;
    while (auto part = storage::take_part(key)) uuid = *part;
    out.insert(uuid);
    return true;
  });
  return out;
}

void check_code(Findings& findings, const std::string& document, const Json& code) {
  std::string id = text_of(code, "id"), sha256_base64 = text_of(code, "sha256"), archive;
  if (id.empty() || sha256_base64.empty()) return;
  std::string prefix = storage::document_key({"lambda-code", id});
  findings.store().scan(Family::chunks, prefix, storage::prefix_end(prefix),
                        [&](std::string_view, std::string_view piece) {
                          archive.append(piece);
                          return true;
                        });
  if (to_base64(sha256(archive)) != sha256_base64)
    findings.found("the code of " + document + " isn't what was uploaded");
}

void check_packages(Findings& findings) {
  findings.store().scan(Family::meta, "", std::string(64, '\xff'), [&](std::string_view key, std::string_view value) {
    auto document = value.starts_with('{') ? parse_json(value) : std::nullopt;
    const Json* code = document ? find(*document, "code") : nullptr;
    if (code && code->is_object()) check_code(findings, document_name(key), *code);
    return true;
  });
}

void check_positions(Findings& findings) {
  const std::set<std::string> mappings = mapping_uuids(findings.store());
  const std::string prefix = storage::document_key({"lambda", "position"});
  findings.store().scan(Family::meta, prefix, storage::prefix_end(prefix), [&](std::string_view key, std::string_view) {
    const std::string whole(key);
    key.remove_prefix(prefix.size());
    const std::string uuid = storage::take_part(key).value_or("");
    if (mappings.contains(uuid)) return true;
    findings.found("a position of the event source mapping " + uuid + ", which isn't there",
                   [whole](storage::Txn& txn) { txn.erase(Family::meta, whole); });
    return true;
  });
}

}  // namespace

void check_stored(Findings& findings) {
  check_packages(findings);
  check_positions(findings);
}

}  // namespace millrace::lambda
