#include "emulator/services/dynamodb/table/table_service.h"

#include <utility>
#include <variant>

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/table/expiry.h"
#include "emulator/services/dynamodb/table/lifecycle.h"
#include "emulator/services/dynamodb/table/replicas.h"
#include "emulator/services/dynamodb/table/restore.h"
#include "emulator/services/dynamodb/table/transfer.h"

namespace millrace::dynamodb {

using protocol::AccessNeeds;
using protocol::Call;
using protocol::JsonHandler;
using protocol::Operation;
using protocol::Shape;

TableService::TableService(ServiceContext service_context, tables::Tables& all_tables, ports::Objects* all_objects,
                           std::shared_ptr<ports::Keys> all_keys, protocol::Identity* identity)
    : context(std::move(service_context)),
      tables(all_tables),
      objects(all_objects),
      keys(std::move(all_keys)),
      key_user{dynamic_cast<ports::Encryption*>(keys.get()), identity, "dynamodb"},
      data_keys(context.store, all_tables, key_user.keys),
      background(context.timers) {
  tables.expiry_noted = [this](uint64_t table_id, int64_t second) { schedule_expiry(*this, table_id, second); };
  resume_tables(*this);
  resume_expiry(*this);
  resume_filling(*this);
  resume_transfers(*this);
  resume_replicas(*this);
  start_history_upkeep(*this);
}

TableService::~TableService() {
  Result<void> saved = context.store.transact([this](storage::Txn& txn) -> Result<void> {
    tables.statistics.persist(txn);
    return {};
  });
  (void)saved;  // approximate figures; the refusal is logged
  // No change runs any more that could note an expiry: the server has stopped.
  tables.expiry_noted = nullptr;
}

Millis InaccessibleKeys::seen(uint64_t table_id, Millis now) {
  MutexLock lock(mutex_);
  return since_.emplace(table_id, now).first->second;
}

void InaccessibleKeys::forget(uint64_t table_id) {
  MutexLock lock(mutex_);
  since_.erase(table_id);
}

AwsError invalid_values(const std::string& text) {
  return {errors::validation, "One or more parameter values were invalid: " + text};
}
AwsError no_such_table(const std::string& name) {
  return {errors::resource_not_found, "Requested resource not found: Table: " + name + " not found"};
}

std::string name_of(const std::string& name_or_arn) {
  if (!name_or_arn.starts_with("arn:")) return name_or_arn;
  auto arn = Arn::parse(name_or_arn);
  return arn && arn->resource.starts_with("table/") ? arn->resource.substr(6) : name_or_arn;
}

namespace {

bool is_name(std::string_view name) {
  for (char c : name) {
    bool allowed =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    if (!allowed) return false;
  }
  return true;
}

}  // namespace

Result<void> check_table_name(const std::string& name_or_arn, const std::string& member) {
  if (name_or_arn.starts_with("arn:")) {
    auto arn = Arn::parse(name_or_arn);
    // unverified: how AWS quotes the last of the three
    if (!arn || arn->service != "dynamodb")
      return validation_error("1 validation error detected: Valid ARN format is expected: " + name_or_arn);
    if (!arn->resource.starts_with("table/") || arn->resource.find('/', 6) != std::string::npos)
      return validation_error("1 validation error detected: Invalid resource type in '" + name_or_arn + "'");
    return {};
  }
  std::vector<std::string> violations;
  if (name_or_arn.size() < 3)
    violations.push_back(
        protocol::violation(name_or_arn, member, "Member must have length greater than or equal to 3"));
  if (name_or_arn.size() > 255)
    violations.push_back(protocol::violation(name_or_arn, member, "Member must have length less than or equal to 255"));
  if (!is_name(name_or_arn))
    violations.push_back(
        protocol::violation(name_or_arn, member, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"));
  if (!violations.empty()) return AwsError(errors::validation, protocol::validation_message(violations));
  return {};
}

Result<void> check_resource_arn(const std::string& resource) {
  if (!resource.starts_with("arn:")) return invalid_values("ARNs must start with 'arn:': " + resource);
  auto arn = Arn::parse(resource);
  if (!arn || arn->service != "dynamodb")
    return invalid_values("Provided Arn is not a DynamoDB resource arn: " + resource);
  if (!arn->resource.starts_with("table/") || arn->resource.find("/index/") != std::string::npos)
    return invalid_values("Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " +
                          resource);
  return {};
}

Result<tables::TablePtr> find_table(const TableService& service, const Call& call, const char* member) {
  std::string name = text_of(call.input, member);
  TRY_VOID(check_table_name(name));
  if (auto arn = Arn::parse(name); arn && arn->region != call.caller.region)
    return validation_error("1 validation error detected: Invalid AWS region in '" + name + "'");
  tables::TablePtr table = service.tables.catalog.find(call.caller.account, call.caller.region, name);
  if (!table) return no_such_table(name_of(name));
  return table;
}

Result<void> check_not_busy(const tables::Table& table) {
  const char* busy = table.status == tables::TableStatus::creating   ? "created"
                     : table.status == tables::TableStatus::updating ? "updated"
                     : table.status == tables::TableStatus::deleting ? "deleted"
                                                                     : nullptr;
  if (!busy) return {};
  return AwsError(
      errors::resource_in_use,
      std::string("Attempt to change a resource which is still in use: Table is being ") + busy + ": " + table.name);
}

std::string table_arn(const Call& call, const std::string& name_or_arn) {
  if (name_or_arn.starts_with("arn:")) return name_or_arn;
  return make_arn("dynamodb", call.caller.region, call.caller.account, "table/" + name_or_arn);
}

std::function<Result<AccessNeeds>(const Call&)> table_access(TableService& service, std::string action,
                                                             std::string member) {
  return [&service, action = "dynamodb:" + action, member](const Call& call) -> Result<AccessNeeds> {
    std::string named = text_of(call.input, member);
    protocol::AccessNeed need{action, table_arn(call, named)};
    if (auto table = service.tables.catalog.find(call.caller.account, call.caller.region, named)) {
      if (const Json* policy = find(table->settings, "ResourcePolicy"))
        need.resource_policy = text_of(*policy, "Policy");
      need.resource_account = table->account;
    }
    return AccessNeeds{std::move(need)};
  };
}

std::function<Result<AccessNeeds>(const Call&)> account_access(std::string action) {
  return [action = "dynamodb:" + action](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{action, "*"}}; };
}

Result<void> refuse_members(const Call& call, std::initializer_list<const char*> members) {
  static const ErrorKind not_implemented{"NotImplemented", 501, errors::kCoral};
  for (const char* member : members) {
    if (find(call.input, member))
      return AwsError(not_implemented, call.operation->name + " with " + member + " is not implemented.");
  }
  return {};
}

Json epoch(Millis at) {
  return static_cast<double>(at) / 1000.0;
}

namespace {

/// A missing TableName is told before, and without, what else is wrong with the input.
Operation table_name_first(Operation operation) {
  auto handle = std::get<JsonHandler>(std::move(operation.handle));
  const Shape* input = std::exchange(operation.input, nullptr);
  operation.handle = JsonHandler([input, handle = std::move(handle)](Call& call) -> Result<Json> {
    auto error = protocol::check_input(*input, call.input);
    if (error.kind == protocol::InputError::Kind::serialization) return AwsError(errors::serialization, error.message);
    if (!find(call.input, "TableName")) {
      return validation_error("The parameter 'TableName' is required but was not present in the request");
    }
    if (error) return AwsError(errors::validation, error.message);
    return handle(call);
  });
  return operation;
}

}  // namespace

std::vector<protocol::Operation> table_operations(TableService& service) {
  std::vector<protocol::Operation> all = {
      table_name_first(create_table(service)),
      table_name_first(describe_table(service)),
      table_name_first(update_table(service)),
      table_name_first(delete_table(service)),
      list_tables(service),
      table_name_first(update_time_to_live(service)),
      table_name_first(describe_time_to_live(service)),
      update_continuous_backups(service),
      describe_continuous_backups(service),
      tag_resource(service),
      untag_resource(service),
      list_tags_of_resource(service),
      describe_limits(service),
      describe_endpoints(service),
      put_resource_policy(service),
      get_resource_policy(service),
      delete_resource_policy(service),
      update_contributor_insights(service),
      describe_contributor_insights(service),
      list_contributor_insights(service),
      enable_kinesis_streaming_destination(service),
      disable_kinesis_streaming_destination(service),
      update_kinesis_streaming_destination(service),
      describe_kinesis_streaming_destination(service),
      create_backup(service),
      describe_backup(service),
      list_backups(service),
      delete_backup(service),
      restore_table_from_backup(service),
      restore_table_to_point_in_time(service),
      export_table_to_point_in_time(service),
      describe_export(service),
      list_exports(service),
      import_table(service),
      describe_import(service),
      list_imports(service),
  };
  for (auto& operation : global_table_operations(service)) all.push_back(std::move(operation));
  return all;
}

}  // namespace millrace::dynamodb
