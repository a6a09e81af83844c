#include "emulator/services/lambda/policy.h"

namespace millrace::lambda {

std::string policy_text(const storage::Reader& reader, const FunctionRef& ref) {
  auto document = storage::get_document(reader, part_key(ref, "policy", ref.qualifier == kLatest ? "" : ref.qualifier));
  if (!document || !document->contains("statements") || document->at("statements").empty()) return "";
  return to_text(Json{{"Version", "2012-10-17"}, {"Id", "default"}, {"Statement", document->at("statements")}});
}

}  // namespace millrace::lambda
