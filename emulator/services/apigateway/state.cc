#include "emulator/services/apigateway/state.h"

#include <set>

#include "emulator/base/encoding.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"

namespace millrace::apigateway {

namespace {
constexpr size_t kPageMax = 500;  // unverified: AWS documents no bound; its answers hold at most so many
}

std::string api_key(const Scope& scope, const std::string& api) {
  return storage::document_key({"apigateway", scope.account, scope.region, "api", api});
}

std::string child_key(const Scope& scope, const char* kind, const std::string& api, const std::string& id) {
  return storage::document_key({"apigateway", scope.account, scope.region, kind, api, id});
}

std::string children_prefix(const Scope& scope, const char* kind, const std::string& api) {
  return storage::document_key({"apigateway", scope.account, scope.region, kind, api});
}

std::string way_back_key(const std::string& api) {
  return storage::document_key({"apigateway-id", api});
}

Result<Json> load_api(const storage::Reader& reader, const Scope& scope, const std::string& api) {
  auto document = storage::get_document(reader, api_key(scope, api));
  if (!document) return errors::not_found("Api", api);
  return std::move(*document);
}

Json shown(const Json& document) {
  Json out = Json::object();
  for (const auto& [name, value] : document.items()) {
    if (!name.starts_with('_')) out[name] = value;
  }
  return out;
}

namespace {

/// An entry's empty text takes it away from a map of parameters or models, and `{}` a status code from responseParameters.
/// Of templates an empty text is one.
Json without_emptied_entries(const std::string& member, const Json& map) {
  Json out = Json::object();
  for (const auto& [name, value] : map.items()) {
    const bool emptied =
        value == "" || value.is_null() || (member == "responseParameters" && value.is_object() && value.empty());
    if (!emptied) out[name] = value;
  }
  return out;
}

bool is_empty(const Json& value) {
  return value == "" || (value.is_array() && value.empty());
}

}  // namespace

void merge(Json& document, const Json& input, const std::vector<std::string>& members) {
  static const std::set<std::string> kMaps = {"requestParameters", "responseParameters", "requestModels",
                                              "responseModels",    "tlsConfig",          "corsConfiguration"};
  for (const std::string& member : members) {
    const Json* value = find(input, member);
    if (!value) continue;
    const bool map = kMaps.contains(member) && value->is_object();
    const Json kept = map ? without_emptied_entries(member, *value) : *value;
    if (is_empty(kept) || (map && kept.empty())) {
      document.erase(member);
    } else {
      document[member] = kept;
    }
  }
}

Result<Json> page_of(const std::vector<Json>& documents, const char* id_member, const protocol::Call& call) {
  const std::string token = protocol::query_value(call.query, "nextToken").value_or("");
  const std::string wanted = protocol::query_value(call.query, "maxResults").value_or("");
  size_t limit = kPageMax;
  if (!wanted.empty()) {
    limit = std::strtoul(wanted.c_str(), nullptr, 10);
    if (limit == 0 || limit > kPageMax) return errors::bad_request("Invalid value for maxResults: " + wanted);
  }
  const std::string list = protocol::list_name(call, call.http.raw_path());
  auto pager = Pager::open(list, token, limit);
  if (!pager) return errors::bad_request("Invalid nextToken");  // unverified: AWS's words
  Json out{{"items", Json::array()}};
  for (const Json& document : documents) {
    if (pager->takes(text_of(document, id_member))) out["items"].push_back(shown(document));
  }
  if (auto next = pager->next_token()) out["nextToken"] = std::move(*next);
  return out;
}

Result<protocol::AccessNeeds> needs_of(const protocol::Call& call) {
  std::string path = percent_decode(call.http.raw_path());
  if (path.starts_with("/v2")) path = path.substr(3);
  protocol::AccessNeeds out{
      {"apigateway:" + call.http.method, "arn:aws:apigateway:" + call.caller.region + "::" + path}};
  // Roles that the API shall act with are passed on; `arn:aws:iam::*:user/*` is the caller's own.
  for (const char* member : {"credentials", "credentialsArn", "authorizerCredentials", "authorizerCredentialsArn"}) {
    const std::string role = text_of(call.input, member);
    if (role.find(":role/") != std::string::npos)
      out.push_back({"iam:PassRole", role, {{"iam:passedtoservice", {"apigateway.amazonaws.com"}}}});
  }
  return out;
}

Result<Json> edit_tags_of(storage::Txn& txn, const std::string& key,
                          const std::function<Result<void>(Json& tags)>& edit, AwsError missing) {
  auto document = storage::get_document(txn, key);
  if (!document) return missing;
  Json tags = document->value("tags", Json::object());
  TRY_VOID(edit(tags));
  if (tags.empty()) {
    document->erase("tags");
  } else {
    (*document)["tags"] = std::move(tags);
  }
  storage::put_document(txn, key, *document);
  return Json();
}

}  // namespace millrace::apigateway
