// OpenID Connect identity providers. Stored under their URL without its scheme; STS checks tokens' issuers
// and audiences against them.

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"

namespace millrace::iam {
namespace {

constexpr Kind kKind = Kind::oidc_provider;
constexpr size_t kClientIdsMax = 100, kThumbprintsMax = 5;

std::string arn_text(const std::string& account, const std::string& host) {
  return make_arn("iam", "", account, "oidc-provider/" + host);
}

std::string host_in(const Call& call) {
  const std::string arn = text_of(call.input, "OpenIDConnectProviderArn");
  const size_t at = arn.find("oidc-provider/");
  return at == std::string::npos ? arn : arn.substr(at + 14);
}

Result<Json> provider_in(const Reader& reader, const Call& call) {
  auto provider = find_entity(reader, call.caller.account, kKind, host_in(call));
  if (!provider) return no_such(kKind, text_of(call.input, "OpenIDConnectProviderArn"));
  return std::move(*provider);
}

Result<Json> create(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string url = text_of(call.input, "Url");
  if (!url.starts_with("https://") || url.size() <= 8) {
    return AwsError(errors::validation, "Invalid Open ID Connect Provider URL");
  }
  const std::string host = url.substr(8);
  const auto clients = texts_in(call.input, "ClientIDList"), thumbprints = texts_in(call.input, "ThumbprintList");
  if (thumbprints.size() > kThumbprintsMax) {
    return AwsError(errors::invalid_input, "Thumbprint list must contain fewer than 5 entries.");
  }
  if (clients.size() > kClientIdsMax) {
    return AwsError(errors::limit_exceeded, "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100");
  }
  TRY(const Json tags, tags_in(call.input));
  return state.write([&](Txn& txn) -> Result<Json> {
    if (find_entity(txn, account, kKind, host)) {
      return AwsError(errors::already_exists, "Provider with url " + url + " already exists.");
    }
    Json provider = {
        {"Name", host}, {"Path", "/"}, {"Created", state.now()}, {"ClientIds", clients}, {"Thumbprints", thumbprints}};
    set_tags(provider, tags);
    put_entity(txn, account, kKind, provider);
    Json answer = {{"OpenIDConnectProviderArn", arn_text(account, host)}};
    set_tags(answer, tags);
    return answer;
  });
}

Result<Json> get(State& state, Call& call) {
  TRY(const Json provider, provider_in(state.store(), call));
  Json answer = {{"Url", text_of(provider, "Name")},
                 {"ClientIDList", provider["ClientIds"]},
                 {"ThumbprintList", provider["Thumbprints"]},
                 {"CreateDate", iso_seconds(int_of(provider, "Created"))}};
  if (provider.contains("Tags")) answer["Tags"] = provider["Tags"];
  return answer;
}

Result<Json> list_providers(State& state, Call& call) {
  Json list = Json::array();
  each_entity(state.store(), call.caller.account, kKind, [&](const Json& provider) {
    list.push_back({{"Arn", arn_text(call.caller.account, text_of(provider, "Name"))}});
    return true;
  });
  return Json{{"OpenIDConnectProviderList", std::move(list)}};
}

template <class Change>
Result<Json> change_provider(State& state, const Call& call, Change change) {
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json provider, provider_in(txn, call));
    TRY_VOID(change(provider));
    put_entity(txn, call.caller.account, kKind, provider);
    return Json(nullptr);
  });
}

Result<Json> change_client_id(State& state, Call& call, bool add) {
  return change_provider(state, call, [&](Json& provider) -> Result<void> {
    std::vector<std::string> clients = texts_in(provider, "ClientIds");
    const std::string client = text_of(call.input, "ClientID");
    std::erase(clients, client);
    if (add) clients.push_back(client);
    if (clients.size() > kClientIdsMax) {
      return AwsError(errors::limit_exceeded, "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100");
    }
    provider["ClientIds"] = clients;
    return {};
  });
}

Result<Json> update_thumbprint(State& state, Call& call) {
  return change_provider(state, call, [&](Json& provider) -> Result<void> {
    provider["Thumbprints"] = texts_in(call.input, "ThumbprintList");
    return {};
  });
}

// Deleting a provider that doesn't exist succeeds.
Result<Json> remove(State& state, Call& call) {
  return state.write([&](Txn& txn) -> Result<Json> {
    erase_entity(txn, call.caller.account, kKind, host_in(call));
    return Json(nullptr);
  });
}

}  // namespace

Operations oidc_provider_operations(State& state) {
  using protocol::any, protocol::optional, protocol::required, protocol::string;
  const Member arn = required("OpenIDConnectProviderArn", string().length(20, 2048));
  const Member client = required("ClientID", string().length(1, 255));
  const Needs on_arn = [](State&, const Call& call) {
    AccessNeed need;
    need.resource = text_of(call.input, "OpenIDConnectProviderArn", "*");
    if (const auto url = optional_text(call.input, "Url")) {
      need.resource = arn_text(call.caller.account, url->substr(std::min(url->size(), size_t{8})));
    }
    return need;
  };
  return {
      operation(state, "CreateOpenIDConnectProvider",
                {required("Url", string().length(1, 255)), optional("ClientIDList", any()),
                 optional("ThumbprintList", any()), optional("Tags", any())},
                on_arn, create),
      operation(state, "GetOpenIDConnectProvider", {arn}, on_arn, get),
      operation(state, "ListOpenIDConnectProviders", {}, on_anything(), list_providers),
      operation(state, "DeleteOpenIDConnectProvider", {arn}, on_arn, remove),
      operation(state, "AddClientIDToOpenIDConnectProvider", {arn, client}, on_arn,
                [](State& s, Call& call) { return change_client_id(s, call, true); }),
      operation(state, "RemoveClientIDFromOpenIDConnectProvider", {arn, client}, on_arn,
                [](State& s, Call& call) { return change_client_id(s, call, false); }),
      operation(state, "UpdateOpenIDConnectProviderThumbprint", {arn, optional("ThumbprintList", any())}, on_arn,
                update_thumbprint),
  };
}

}  // namespace millrace::iam
