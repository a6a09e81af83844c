// AssociateKmsKey, DisassociateKmsKey, PutLogGroupDeletionProtection, ListLogGroups.

#include "emulator/services/logs/event_keys.h"
#include "emulator/services/logs/group_keys.h"
#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/paging.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

using namespace protocol;

namespace {

/// The group named by `logGroupName` or by `resourceIdentifier`, an ARN.
Result<std::string> encrypted_group(const Json& input) {
  if (auto name = optional_text(input, "logGroupName")) return *name;
  // unverified: the wording when neither is given.
  if (!find(input, "resourceIdentifier"))
    return AwsError(errors::invalid_parameter, "Either logGroupName or resourceIdentifier must be specified.");
  return group_in_arn(text_of(input, "resourceIdentifier"));
}

Result<Json> change_group(Logs& logs, const Place& place, const std::string& name,
                          const std::function<void(storage::Txn&, LogGroup&)>& change) {
  return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(LogGroup group, find_group(txn, place, name));
    change(txn, group);
    put_group(txn, place, group);
    return Json();
  });
}

}  // namespace

Operation associate_kms_key(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("logGroupName", group_name_shape()),
      required("kmsKeyId", string().length(-1, 256)),
      protocol::optional("resourceIdentifier", string().length(1, 2048)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY(std::string name, encrypted_group(call.input));
    std::string key = text_of(call.input, "kmsKeyId");
    TRY_VOID(find_group(logs.context.store, place_of(call), name));
    TRY(const std::string data_key, new_data_key(logs, place_of(call), name, key));
    return change_group(logs, place_of(call), name, [&](storage::Txn& txn, LogGroup& group) {
      group.kms_key_id = key;
      if (!data_key.empty()) put_data_key(txn, place_of(call), group_arn(place_of(call), name), data_key, group);
    });
  };
  return {.name = "AssociateKmsKey",
          .input = &input,
          .access = group_access("AssociateKmsKey"),
          .handle = JsonHandler(handle)};
}

Operation disassociate_kms_key(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("logGroupName", group_name_shape()),
      protocol::optional("resourceIdentifier", string().length(1, 2048)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY(std::string name, encrypted_group(call.input));
    return change_group(logs, place_of(call), name, [](storage::Txn&, LogGroup& group) {
      group.kms_key_id.reset();
      group.data_key.reset();
    });
  };
  return {.name = "DisassociateKmsKey",
          .input = &input,
          .access = group_access("DisassociateKmsKey"),
          .handle = JsonHandler(handle)};
}

Operation put_log_group_deletion_protection(Logs& logs) {
  static const Shape input = structure({
      required("logGroupIdentifier", group_identifier_shape()),
      required("deletionProtectionEnabled", boolean()),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY(std::string name, named_group(call.input));
    bool enabled = bool_of(call.input, "deletionProtectionEnabled");
    return change_group(logs, place_of(call), name,
                        [enabled](storage::Txn&, LogGroup& group) { group.deletion_protection = enabled; });
  };
  return {.name = "PutLogGroupDeletionProtection",
          .input = &input,
          .access = group_access("PutLogGroupDeletionProtection"),
          .handle = JsonHandler(handle)};
}

Operation list_log_groups(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("logGroupNamePattern", string().length(3, 129)),
      protocol::optional("logGroupClass", string().one_of({"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"})),
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("limit", integer().range(1, 1000)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string wanted_class = text_of(call.input, "logGroupClass");
    // Alternatives are separated by |; one that begins with ^ is a prefix, others may stand anywhere in the name.
    std::vector<std::string> alternatives;
    std::string pattern = text_of(call.input, "logGroupNamePattern");
    for (size_t at = 0; !pattern.empty() && at <= pattern.size();) {
      size_t end = std::min(pattern.find('|', at), pattern.size());
      alternatives.push_back(pattern.substr(at, end - at));
      at = end + 1;
    }
    return page_of(logs.context.store, group_prefix(place), call.input, "logGroups",
                   [&](const Json& document) -> std::optional<Json> {
                     const auto group = storage::from_document<LogGroup>(document);
                     if (!group) return std::nullopt;
                     const std::string& name = group->name;
                     bool matches = alternatives.empty();
                     for (const std::string& wanted : alternatives)
                       matches = matches || (wanted.starts_with('^') ? name.starts_with(wanted.substr(1))
                                                                     : name.find(wanted) != std::string::npos);
                     if (!matches || (!wanted_class.empty() && group->log_class != wanted_class)) return std::nullopt;
                     return Json{{"logGroupName", name},
                                 {"logGroupArn", group_arn(place, name)},
                                 {"logGroupClass", group->log_class}};
                   });
  };
  return {.name = "ListLogGroups",
          .input = &input,
          .access = anywhere_access("ListLogGroups"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
