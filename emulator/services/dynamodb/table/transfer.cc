#include "emulator/services/dynamodb/table/transfer.h"

#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/storage/documents.h"

namespace millrace::dynamodb {

namespace {

constexpr int64_t kPageMax = 25;
constexpr Millis kTokenLifeMs = Millis{8} * 3600 * 1000;  // API reference, ImportTable

const char* kind_name(TransferKind kind) {
  return kind == TransferKind::exporting ? "export" : "import";
}
const char* arn_member(TransferKind kind) {
  return kind == TransferKind::exporting ? "ExportArn" : "ImportArn";
}
const char* status_member(TransferKind kind) {
  return kind == TransferKind::exporting ? "ExportStatus" : "ImportStatus";
}

/// Newest first: the complement of when it was begun, then the ARN.
std::string position_of(const Json& description, const char* arn_member) {
  auto begun_ms = static_cast<Millis>(description["StartTime"].get<double>() * 1000);
  return fmt::format("{:014} ", 99'999'999'999'999 - begun_ms) + text_of(description, arn_member);
}

std::string transfer_key(TransferKind kind, const std::string& arn) {
  Arn parsed = Arn::parse(arn).value_or(Arn{});
  return storage::document_key({"dynamodb", kind_name(kind), parsed.account, parsed.region, parsed.resource});
}

}  // namespace

void put_transfer(storage::Txn& txn, TransferKind kind, const Json& description) {
  storage::put_document(txn, transfer_key(kind, text_of(description, arn_member(kind))), description);
}

std::optional<Json> find_transfer(const storage::Reader& reader, TransferKind kind, const std::string& arn) {
  return storage::get_document(reader, transfer_key(kind, arn));
}

std::vector<Json> list_transfers(const storage::Reader& reader, TransferKind kind, const std::string& account,
                                 const std::string& region) {
  auto all = storage::list_documents(reader, storage::document_key({"dynamodb", kind_name(kind), account, region}));
  std::sort(all.begin(), all.end(), [member = arn_member(kind)](const Json& a, const Json& b) {
    return position_of(a, member) < position_of(b, member);
  });
  return all;
}

Json shown(Json description) {
  Json out = Json::object();
  for (const auto& [name, value] : description.items()) {
    if (!name.starts_with("_")) out[name] = value;
  }
  return out;
}

Result<void> store_transfer(TableService& service, TransferKind kind, const Json& description) {
  return service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    put_transfer(txn, kind, description);
    return {};
  });
}

bool is_token_expired(const Json& description, Millis now) {
  const Json* end = find(description, "EndTime");
  return end && end->is_number() && now > static_cast<Millis>(end->get<double>() * 1000) + kTokenLifeMs;
}

void fail_transfer(TableService& service, TransferKind kind, Json description, const std::string& code,
                   const std::string& text) {
  description[status_member(kind)] = "FAILED";
  description["EndTime"] = epoch(service.context.clock.now_ms());
  description["FailureCode"] = code;
  description["FailureMessage"] = text;
  Result<void> stored = store_transfer(service, kind, description);
  (void)stored;  // still IN_PROGRESS; begins again at the next start
}

void resume_transfers(TableService& service) {
  for (TransferKind kind : {TransferKind::exporting, TransferKind::importing}) {
    for (const Json& description :
         storage::list_documents(service.context.store, storage::document_key({"dynamodb", kind_name(kind)}))) {
      if (text_of(description, status_member(kind)) != "IN_PROGRESS") continue;
      auto run = kind == TransferKind::exporting ? run_export : run_import;
      service.background.post([&service, run, description] { run(service, description); });
    }
  }
}

Result<Json> transfer_page(const std::vector<Json>& all, const protocol::Call& call, const char* arn_member,
                           const char* list_member, const std::function<Json(const Json&)>& summarize) {
  size_t limit = static_cast<size_t>(int_of(call.input, "MaxResults", int_of(call.input, "PageSize", kPageMax)));
  auto page =
      Pager::open(protocol::list_name(call, text_of(call.input, "TableArn")), text_of(call.input, "NextToken"), limit);
  if (!page) return validation_error("Invalid NextToken");  // unverified: AWS's words
  Json answer{{list_member, Json::array()}};
  for (const Json& description : all) {
    if (page->takes(position_of(description, arn_member))) answer[list_member].push_back(summarize(description));
  }
  if (auto next = page->next_token()) answer["NextToken"] = std::move(*next);
  return answer;
}

}  // namespace millrace::dynamodb
