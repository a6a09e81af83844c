// SAML identity providers: their metadata is kept; STS checks assertions' issuers against it, not their signatures.

#include "emulator/base/arn.h"
#include "emulator/services/iam/operations.h"

namespace millrace::iam {
namespace {

constexpr Kind kKind = Kind::saml_provider;
constexpr Millis kYearMs = 365LL * 24 * 3600 * 1000;

std::string arn_text(const std::string& account, const std::string& name) {
  return make_arn("iam", "", account, "saml-provider/" + name);
}

std::string name_of(const Call& call) {
  const std::string arn = text_of(call.input, "SAMLProviderArn");
  return arn.substr(arn.rfind('/') + 1);
}

Result<Json> provider_in(const Reader& reader, const Call& call) {
  const std::string name = name_of(call);
  auto provider = find_entity(reader, call.caller.account, kKind, name);
  if (!provider) return no_such(kKind, text_of(call.input, "SAMLProviderArn"));
  return std::move(*provider);
}

/// Metadata is XML whose root is an EntityDescriptor; more isn't looked at.
Result<void> check_metadata(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '<' && text.find("EntityDescriptor") != std::string::npos) return {};
  return AwsError(errors::invalid_input, "Could not parse metadata");
}

/// The metadata's validUntil, or a hundred years from its upload.
Millis valid_until(const std::string& metadata, Millis uploaded) {
  const size_t at = metadata.find("validUntil=\"");
  if (at != std::string::npos) {
    const Millis parsed = parse_iso(metadata.substr(at + 12, metadata.find('"', at + 12) - at - 12));
    if (parsed > 0) return parsed;
  }
  return uploaded + 100 * kYearMs;
}

Result<Json> create(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string name = text_of(call.input, "Name"), metadata = text_of(call.input, "SAMLMetadataDocument");
  TRY_VOID(check_metadata(metadata));
  TRY(const Json tags, tags_in(call.input));
  return state.write([&](Txn& txn) -> Result<Json> {
    if (find_entity(txn, account, kKind, name)) {
      return AwsError(errors::already_exists, "SAMLProvider " + name + " already exists.");
    }
    Json provider = {{"Name", name},
                     {"Path", "/"},
                     {"Id", new_id(state.context.random, "ASAM")},
                     {"Created", state.now()},
                     {"Uploaded", state.now()},
                     {"Metadata", metadata}};
    set_tags(provider, tags);
    put_entity(txn, account, kKind, provider);
    Json answer = {{"SAMLProviderArn", arn_text(account, name)}};
    set_tags(answer, tags);
    return answer;
  });
}

Result<Json> get(State& state, Call& call) {
  TRY(const Json provider, provider_in(state.store(), call));
  const std::string metadata = text_of(provider, "Metadata");
  Json answer = {{"SAMLProviderUUID", text_of(provider, "Id")},
                 {"SAMLMetadataDocument", metadata},
                 {"CreateDate", iso_seconds(int_of(provider, "Created"))},
                 {"ValidUntil", iso_seconds(valid_until(metadata, int_of(provider, "Uploaded")))}};
  if (provider.contains("Tags")) answer["Tags"] = provider["Tags"];
  return answer;
}

Result<Json> list_providers(State& state, Call& call) {
  Json list = Json::array();
  each_entity(state.store(), call.caller.account, kKind, [&](const Json& provider) {
    const Millis until = valid_until(text_of(provider, "Metadata"), int_of(provider, "Uploaded"));
    list.push_back({{"Arn", arn_text(call.caller.account, text_of(provider, "Name"))},
                    {"ValidUntil", iso_seconds(until)},
                    {"CreateDate", iso_seconds(int_of(provider, "Created"))}});
    return true;
  });
  return Json{{"SAMLProviderList", std::move(list)}};
}

Result<Json> update(State& state, Call& call) {
  const std::string metadata = text_of(call.input, "SAMLMetadataDocument");
  TRY_VOID(check_metadata(metadata));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json provider, provider_in(txn, call));
    provider["Metadata"] = metadata;
    provider["Uploaded"] = state.now();
    put_entity(txn, call.caller.account, kKind, provider);
    return Json{{"SAMLProviderArn", text_of(call.input, "SAMLProviderArn")}};
  });
}

Result<Json> remove(State& state, Call& call) {
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY_VOID(provider_in(txn, call));
    erase_entity(txn, call.caller.account, kKind, name_of(call));
    return Json(nullptr);
  });
}

}  // namespace

Operations saml_provider_operations(State& state) {
  using protocol::any, protocol::optional, protocol::required, protocol::string;
  const Member arn = required("SAMLProviderArn", string().length(20, 2048));
  const Member metadata = required("SAMLMetadataDocument", string().length(1000, 10000000));
  const Needs on_arn = [](State&, const Call& call) {
    AccessNeed need;
    need.resource = text_of(call.input, "SAMLProviderArn", arn_text(call.caller.account, text_of(call.input, "Name")));
    return need;
  };
  return {
      operation(state, "CreateSAMLProvider",
                {metadata, required("Name", string().length(1, 128).pattern("[\\w._-]+")), optional("Tags", any())},
                on_arn, create),
      operation(state, "GetSAMLProvider", {arn}, on_arn, get),
      operation(state, "ListSAMLProviders", {}, on_anything(), list_providers),
      operation(state, "UpdateSAMLProvider", {metadata, arn}, on_arn, update),
      operation(state, "DeleteSAMLProvider", {arn}, on_arn, remove),
  };
}

}  // namespace millrace::iam
