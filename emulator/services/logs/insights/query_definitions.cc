// PutQueryDefinition, DescribeQueryDefinitions, DeleteQueryDefinition: saved queries.

#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/paging.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr size_t kDefinitionsMax = 1000;

std::string definitions_prefix(const Place& place) {
  return storage::document_key({"logs", place.account, place.region, "query_definition"});
}
std::string definition_key(const Place& place, std::string_view id) {
  return storage::document_key({"logs", place.account, place.region, "query_definition", id});
}

}  // namespace

Operation put_query_definition(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("queryLanguage", string().one_of({"CWLI", "SQL", "PPL"})),
      required("name", string().length(1, 255)),
      protocol::optional("queryDefinitionId", string().length(1, 256)),
      protocol::optional("logGroupNames", list(group_name_shape())),
      required("queryString", string().length(1, 10000)),
      protocol::optional("clientToken", string().length(36, 128)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    auto given = optional_text(call.input, "queryDefinitionId");
    std::string id = given.value_or(logs.context.random.uuid());
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      std::string key = definition_key(place, id);
      // unverified: the wording.
      if (given && !storage::get_document(txn, key))
        return AwsError(errors::resource_not_found, "The specified query definition does not exist.");
      if (!given && storage::list_documents(txn, definitions_prefix(place)).size() >= kDefinitionsMax)
        return AwsError(errors::limit_exceeded, "Resource limit exceeded.");
      Json definition{{"queryLanguage", text_of(call.input, "queryLanguage", "CWLI")},
                      {"queryDefinitionId", id},
                      {"name", text_of(call.input, "name")},
                      {"queryString", text_of(call.input, "queryString")},
                      {"lastModified", logs.context.clock.now_ms()},
                      {"logGroupNames", call.input.value("logGroupNames", Json::array())}};
      storage::put_document(txn, key, definition);
      return Json{{"queryDefinitionId", id}};
    });
  };
  return {.name = "PutQueryDefinition",
          .input = &input,
          .access = anywhere_access("PutQueryDefinition"),
          .handle = JsonHandler(handle)};
}

Operation describe_query_definitions(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("queryLanguage", string().one_of({"CWLI", "SQL", "PPL"})),
      protocol::optional("queryDefinitionNamePrefix", string().length(1, 255)),
      protocol::optional("maxResults", integer().range(1, 1000)),
      protocol::optional("nextToken", string().length(1, -1)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    std::string prefix = text_of(call.input, "queryDefinitionNamePrefix"),
                language = text_of(call.input, "queryLanguage");
    return page_of(logs.context.store, definitions_prefix(place_of(call)), call.input, "queryDefinitions",
                   [&](const Json& definition) -> std::optional<Json> {
                     if (!text_of(definition, "name").starts_with(prefix)) return std::nullopt;
                     if (!language.empty() && text_of(definition, "queryLanguage") != language) return std::nullopt;
                     return definition;
                   });
  };
  return {.name = "DescribeQueryDefinitions",
          .input = &input,
          .access = anywhere_access("DescribeQueryDefinitions"),
          .handle = JsonHandler(handle)};
}

Operation delete_query_definition(Logs& logs) {
  static const Shape input = structure({required("queryDefinitionId", string().length(1, 256))});
  auto handle = [&logs](Call& call) -> Result<Json> {
    std::string key = definition_key(place_of(call), text_of(call.input, "queryDefinitionId"));
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      // unverified: the wording.
      if (!storage::get_document(txn, key))
        return AwsError(errors::resource_not_found, "The specified query definition does not exist.");
      txn.erase(storage::Family::meta, key);
      return Json{{"success", true}};
    });
  };
  return {.name = "DeleteQueryDefinition",
          .input = &input,
          .access = anywhere_access("DeleteQueryDefinition"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
