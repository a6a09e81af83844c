// GetEventSourceMapping, ListEventSourceMappings, UpdateEventSourceMapping, DeleteEventSourceMapping.

#include "emulator/base/arn.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/mappings.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 100;

std::string key_of(const Call& call) {
  return mapping_key(call.caller.account, call.caller.region, text_of(call.input, "UUID"));
}

std::function<Result<AccessNeeds>(const Call&)> on_mapping(std::string action) {
  return [action = std::move(action)](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{action, make_arn("lambda", call.caller.region, call.caller.account,
                                         "event-source-mapping:" + text_of(call.input, "UUID"))}};
  };
}

Result<Json> load_mapping(const storage::Reader& reader, const Call& call) {
  auto mapping = storage::get_document(reader, key_of(call));
  if (!mapping) return errors::no_such_resource();
  return std::move(*mapping);
}

/// `verb` is "update" or "delete".
Result<void> check_settled(Lambda& lambda, const Json& mapping, const std::string& verb) {
  auto status = lambda.ports.mappings.status(text_of(mapping, "uuid"));
  if (!status || status->state == ports::MappingState::enabled || status->state == ports::MappingState::disabled)
    return {};
  return errors::in_use("Cannot " + verb + " the event source mapping because it is in use.");
}

Result<Json> list(Lambda& lambda, const Call& call) {
  std::string source = text_of(call.input, "EventSourceArn");
  std::string function = text_of(call.input, "FunctionName");
  FunctionRef wanted;
  if (!function.empty()) wanted = parse_function_name(function, call.caller.account, call.caller.region);
  std::vector<std::pair<std::string, Json>> items;
  for (const Json& mapping :
       storage::list_documents(lambda.context.store, mappings_prefix(call.caller.account, call.caller.region))) {
    if (!source.empty() && text_of(mapping.at("settings"), "EventSourceArn") != source) continue;
    if (!function.empty() && text_of(mapping, "function_arn") != wanted.qualified_arn()) continue;
    items.emplace_back(text_of(mapping, "uuid"), mapping_view(lambda, mapping));
  }
  return page_of("EventSourceMappings", items, call, kPageMax);
}

/// What the response to an update shows: the transition that it began.
const char* transition(const Json& before, const Json& after) {
  bool was = bool_of(before, "enabled", true), is = bool_of(after, "enabled", true);
  if (was == is) return "Updating";
  return is ? "Enabling" : "Disabling";
}

Result<Json> update(Lambda& lambda, const Call& call) {
  const Json& input = call.input;
  TRY(Json before, load_mapping(lambda.context.store, call));
  TRY_VOID(check_settled(lambda, before, "update"));
  TRY_VOID(check_mapping_settings(lambda, input, is_queue(before)));
  Json after = before;
  apply_mapping_settings(input, after["settings"]);
  if (find(input, "Enabled")) after["enabled"] = bool_of(input, "Enabled", true);
  if (auto name = optional_text(input, "FunctionName")) {
    TRY(FunctionRef ref, function_of(call, *name, ""));
    if (ref.account != call.caller.account) return AwsError(errors::access_denied, "");
    after["function_arn"] = ref.qualified_arn();
  }
  FunctionRef ref = parse_function_name(text_of(after, "function_arn"), "", "");
  auto function = load_qualified(lambda.context.store, ref, lambda.now());
  if (function.has_error() && find(input, "FunctionName")) return errors::invalid("Function does not exist");
  if (function.has_value() && is_queue(after))
    TRY_VOID(check_queue_source(lambda, text_of(after["settings"], "EventSourceArn"), after["settings"],
                                function->at("config")));
  if (function.has_value())
    TRY_VOID(check_mapping_role(lambda, text_of(function->at("config"), "Role"),
                                text_of(after["settings"], "EventSourceArn"), after["settings"]));
  after["modified_ms"] = lambda.now();
  TRY_VOID(lambda.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TRY(Json current, load_mapping(txn, call));
    TRY_VOID(check_no_duplicate(txn, ref, text_of(after["settings"], "EventSourceArn"), text_of(current, "uuid")));
    if (const Json* tags = find(current, "tags")) after["tags"] = *tags;
    storage::put_document(txn, key_of(call), after);
    return {};
  }));
  TRY_VOID(lambda.ports.mappings.put(mapping_config(lambda, after)));
  return mapping_view(lambda, after, transition(before, after));
}

Result<Json> remove(Lambda& lambda, const Call& call) {
  TRY(Json mapping, load_mapping(lambda.context.store, call));
  TRY_VOID(check_settled(lambda, mapping, "delete"));
  Json shown = mapping_view(lambda, mapping, "Deleting");
  TRY_VOID(lambda.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TRY_VOID(load_mapping(txn, call));
    txn.erase(storage::Family::meta, key_of(call));
    return {};
  }));
  lambda.ports.mappings.remove(text_of(mapping, "uuid"));
  return shown;
}

Shape list_shape() {
  std::vector<Member> members = {optional("EventSourceArn", event_source_arn_shape()),
                                 optional("FunctionName", function_name_shape())};
  for (Member& member : paging_members()) members.push_back(std::move(member));
  return structure(std::move(members));
}

Shape update_shape() {
  std::vector<Member> members = {required("UUID", string()), optional("FunctionName", function_name_shape())};
  for (Member& member : mapping_setting_members(0)) members.push_back(std::move(member));
  return structure(std::move(members));
}

const Shape& uuid_shape() {
  static const Shape input = structure({required("UUID", string())});
  return input;
}

}  // namespace

Operation get_event_source_mapping(Lambda& lambda) {
  return {.name = "GetEventSourceMapping",
          .input = &uuid_shape(),
          .rest = {{"GET", "/2015-03-31/event-source-mappings/{UUID}"}},
          .access = on_mapping("lambda:GetEventSourceMapping"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(Json mapping, load_mapping(lambda.context.store, call));
            return mapping_view(lambda, mapping);
          })};
}

Operation list_event_source_mappings(Lambda& lambda) {
  static const Shape input = list_shape();
  return {.name = "ListEventSourceMappings",
          .input = &input,
          .rest = {{"GET", "/2015-03-31/event-source-mappings", 200,
                    paging_parameters({{"EventSourceArn", "EventSourceArn"}, {"FunctionName", "FunctionName"}})}},
          .access = on_everything("lambda:ListEventSourceMappings"),
          .handle = JsonHandler([&lambda](Call& call) { return list(lambda, call); })};
}

Operation update_event_source_mapping(Lambda& lambda) {
  static const Shape input = update_shape();
  return {.name = "UpdateEventSourceMapping",
          .input = &input,
          .rest = {{"PUT", "/2015-03-31/event-source-mappings/{UUID}", 202}},
          .access = on_mapping("lambda:UpdateEventSourceMapping"),
          .handle = JsonHandler([&lambda](Call& call) { return update(lambda, call); })};
}

Operation delete_event_source_mapping(Lambda& lambda) {
  return {.name = "DeleteEventSourceMapping",
          .input = &uuid_shape(),
          .rest = {{"DELETE", "/2015-03-31/event-source-mappings/{UUID}", 202}},
          .access = on_mapping("lambda:DeleteEventSourceMapping"),
          .handle = JsonHandler([&lambda](Call& call) { return remove(lambda, call); })};
}

}  // namespace millrace::lambda
