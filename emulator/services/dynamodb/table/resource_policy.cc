// Policies attached to tables and to streams; the pipeline evaluates them (table_access).

#include "emulator/services/dynamodb/table/resource_policy.h"

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/table/rapid_changes.h"
#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Table;
using tables::TablePtr;

namespace {

/// Whose policy it is: a table's, or its stream's; each has a place of its own in the table's settings.
struct Target {
  TablePtr table;
  std::string member;
};

Result<Target> find_target(const TableService& service, const Call& call) {
  std::string resource = text_of(call.input, "ResourceArn");
  TRY_VOID(check_resource_arn(resource));
  std::string table_arn = resource, member = "ResourcePolicy";
  if (size_t at = resource.find("/stream/"); at != std::string::npos) {
    table_arn = resource.substr(0, at);
    member = "StreamResourcePolicy";
  }
  TablePtr table = service.tables.catalog.find(call.caller.account, call.caller.region, table_arn);
  if (!table) return no_such_table(name_of(table_arn));
  if (member == "StreamResourcePolicy" && table->stream.arn != resource)
    return AwsError(errors::resource_not_found, "Requested resource not found: Stream: " + resource + " not found");
  return Target{table, member};
}

/// `what`: the ARN, or how the revisions disagree.
AwsError no_policy(const std::string& what) {
  return {errors::policy_not_found, "Resource-based policy not found for the provided ResourceArn: " + what};
}

/// ExpectedRevisionId: the revision that the caller saw, or NO_POLICY.
Result<void> check_revision(const Json& input, const Table& table, const Json* current) {
  auto expected = optional_text(input, "ExpectedRevisionId");
  if (!expected) return {};
  std::string arn = text_of(input, "ResourceArn");
  std::string revision = current ? text_of(*current, "RevisionId") : "";
  if (*expected == "NO_POLICY") {
    if (!current) return {};
    return no_policy("Requested policy update expecting none to be present for table " + table.name +
                     ", but a policy exists with revision id " + revision + ".");
  }
  if (!current) return no_policy(arn);
  if (*expected == revision) return {};
  return no_policy("Requested update for policy with revision id " + *expected +
                   ", but the policy associated to target table " + table.name + " has revision id " + revision + ".");
}

/// Runs `edit` on a copy of the target's table and puts it.
Result<Json> change(TableService& service, const Target& target, const std::function<Result<Json>(Table&)>& edit) {
  return service.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TablePtr current = service.tables.catalog.by_id(target.table->id);
    if (!current) return no_such_table(target.table->name);
    Table table = *current;
    TRY(Json answer, edit(table));
    service.tables.catalog.put(txn, std::move(table));
    return answer;
  });
}

Shape arn_shape() {
  return string().length(1, 1283);
}

}  // namespace

Operation put_resource_policy(TableService& service) {
  static const Shape input = structure({
      required("ResourceArn", arn_shape()),
      required("Policy", string()),
      optional("ExpectedRevisionId", string().length(1, 255)),
      optional("ConfirmRemoveSelfResourceAccess", boolean()),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(Target target, find_target(service, call));
    TRY(std::string policy,
        read_policy_document(text_of(call.input, "Policy"), target.member == "StreamResourcePolicy"));
    return change(service, target, [&](Table& table) -> Result<Json> {
      const Json* current = find(table.settings, target.member);
      TRY_VOID(check_revision(call.input, table, current));
      // The policy that is there already keeps its revision; unverified: whatever the order of its members.
      if (current && parse_json(text_of(*current, "Policy")) == parse_json(policy)) {
        return Json{{"RevisionId", text_of(*current, "RevisionId")}};
      }
      TRY_VOID(note_change(service, table, Setting::resource_policy));
      Millis revision = service.context.clock.now_ms();
      if (current) revision = std::max<Millis>(revision, std::stoll(text_of(*current, "RevisionId", "0")) + 1);
      std::string text = std::to_string(revision);
      table.settings[target.member] = {{"Policy", policy}, {"RevisionId", text}};
      return Json{{"RevisionId", text}};
    });
  };
  return {.name = "PutResourcePolicy",
          .input = &input,
          .access = table_access(service, "PutResourcePolicy", "ResourceArn"),
          .handle = JsonHandler(handle)};
}

Operation get_resource_policy(TableService& service) {
  static const Shape input = structure({required("ResourceArn", arn_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(Target target, find_target(service, call));
    const Json* policy = find(target.table->settings, target.member);
    if (!policy) return no_policy(text_of(call.input, "ResourceArn"));
    return *policy;
  };
  return {.name = "GetResourcePolicy",
          .input = &input,
          .access = table_access(service, "GetResourcePolicy", "ResourceArn"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

Operation delete_resource_policy(TableService& service) {
  static const Shape input =
      structure({required("ResourceArn", arn_shape()), optional("ExpectedRevisionId", string().length(1, 255))});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(Target target, find_target(service, call));
    return change(service, target, [&](Table& table) -> Result<Json> {
      const Json* current = find(table.settings, target.member);
      TRY_VOID(check_revision(call.input, table, current));
      if (!current) return Json::object();
      TRY_VOID(note_change(service, table, Setting::resource_policy));
      Json answer{{"RevisionId", text_of(*current, "RevisionId")}};
      table.settings.erase(target.member);
      return answer;
    });
  };
  return {.name = "DeleteResourcePolicy",
          .input = &input,
          .access = table_access(service, "DeleteResourcePolicy", "ResourceArn"),
          .handle = JsonHandler(handle)};
}

std::string resource_policy(const tables::Tables& tables, const std::string& arn) {
  const auto parsed = Arn::parse(arn);
  if (!parsed || !parsed->resource.starts_with("table/")) return "";
  const std::string table_resource = parsed->resource.substr(0, parsed->resource.find('/', 6));
  const bool of_stream = parsed->resource.find("/stream/") != std::string::npos;
  const auto table =
      tables.catalog.find("", parsed->region, make_arn("dynamodb", parsed->region, parsed->account, table_resource));
  if (!table || (of_stream && table->stream.arn != arn)) return "";
  const Json* policy = find(table->settings, of_stream ? "StreamResourcePolicy" : "ResourcePolicy");
  return policy ? text_of(*policy, "Policy") : "";
}

}  // namespace millrace::dynamodb
