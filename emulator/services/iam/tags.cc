// Tag, Untag and List...Tags for every kind of entity that has tags.

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/policies.h"

namespace millrace::iam {
namespace {

/// A kind with the member that names an entity of it: a name, an ARN or a serial number.
struct Tagged {
  Kind kind;
  const char* word;    // TagRole
  const char* member;  // RoleName
};

constexpr Tagged kTagged[] = {
    {Kind::role, "Role", "RoleName"},
    {Kind::user, "User", "UserName"},
    {Kind::policy, "Policy", "PolicyArn"},
    {Kind::instance_profile, "InstanceProfile", "InstanceProfileName"},
    {Kind::server_certificate, "ServerCertificate", "ServerCertificateName"},
    {Kind::oidc_provider, "OpenIDConnectProvider", "OpenIDConnectProviderArn"},
    {Kind::saml_provider, "SAMLProvider", "SAMLProviderArn"},
    {Kind::mfa_device, "MFADevice", "SerialNumber"},
};

/// The entity's stored name, from what the call names it by.
std::string stored_name(const Tagged& tagged, const Call& call) {
  const std::string given = text_of(call.input, tagged.member);
  const auto arn = Arn::parse(given);
  if (!arn) return given;
  if (tagged.kind == Kind::oidc_provider) return arn->resource.substr(std::min(arn->resource.size(), size_t{14}));
  return arn->resource.substr(arn->resource.rfind('/') + 1);
}

Result<Json> tagged_entity(const Reader& reader, const Tagged& tagged, const Call& call) {
  auto document = find_entity(reader, call.caller.account, tagged.kind, stored_name(tagged, call));
  if (!document) return no_such(tagged.kind, text_of(call.input, tagged.member));
  return std::move(*document);
}

Handler tag(Tagged tagged) {
  return [tagged](State& state, Call& call) -> Result<Json> {
    TRY(const Json tags, tags_in(call.input));
    return state.write([&](Txn& txn) -> Result<Json> {
      TRY(Json document, tagged_entity(txn, tagged, call));
      TRY_VOID(merge_tags(document, tags));
      put_entity(txn, call.caller.account, tagged.kind, document);
      return Json(nullptr);
    });
  };
}

Handler untag(Tagged tagged) {
  return [tagged](State& state, Call& call) -> Result<Json> {
    return state.write([&](Txn& txn) -> Result<Json> {
      TRY(Json document, tagged_entity(txn, tagged, call));
      Json kept = Json::array();
      const auto keys = texts_in(call.input, "TagKeys");
      for (const Json& old : list_in(document, "Tags")) {
        const bool gone = std::any_of(keys.begin(), keys.end(), [&old](const std::string& key) {
          return equals_ignore_case(key, text_of(old, "Key"));
        });
        if (!gone) kept.push_back(old);
      }
      document["Tags"] = std::move(kept);
      put_entity(txn, call.caller.account, tagged.kind, document);
      return Json(nullptr);
    });
  };
}

Handler list_tags(Tagged tagged) {
  return [tagged](State& state, Call& call) -> Result<Json> {
    TRY(const Pager page, page_in(call));
    if (tagged.kind == Kind::policy && access::is_aws_managed(text_of(call.input, "PolicyArn"))) {
      return paged("Tags", {}, page);
    }
    TRY(const Json document, tagged_entity(state.store(), tagged, call));
    std::vector<std::pair<std::string, Json>> items;
    for (const Json& one : list_in(document, "Tags")) items.emplace_back(to_lower(text_of(one, "Key")), one);
    std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return paged("Tags", items, page);
  };
}

Needs on_tagged(Tagged tagged) {
  return [tagged](State& state, const Call& call) {
    AccessNeed need;
    const std::string given = text_of(call.input, tagged.member);
    need.resource = given.starts_with("arn:") ? given : arn_named(state, call, tagged.kind, given);
    const auto document = find_entity(state.store(), call.caller.account, tagged.kind, stored_name(tagged, call));
    for (const Json& one : document ? list_in(*document, "Tags") : std::vector<Json>()) {
      need.context["aws:resourcetag/" + to_lower(text_of(one, "Key"))] = {text_of(one, "Value")};
    }
    if (const auto keys = texts_in(call.input, "TagKeys"); !keys.empty()) need.context["aws:tagkeys"] = keys;
    return need;
  };
}

}  // namespace

Operations tag_operations(State& state) {
  using protocol::required, protocol::string, protocol::any;
  Operations all;
  for (const Tagged& tagged : kTagged) {
    const std::string word = tagged.word;
    const std::string_view member = tagged.member;
    const protocol::Shape shape = member.ends_with("Name")  ? name_shape(tagged.kind)
                                  : member.ends_with("Arn") ? string().length(20, 2048)
                                                            : string().length(9, 256);
    const Member entity = required(tagged.member, shape);
    all.push_back(operation(state, "Tag" + word, {entity, required("Tags", any())}, on_tagged(tagged), tag(tagged)));
    all.push_back(
        operation(state, "Untag" + word, {entity, required("TagKeys", any())}, on_tagged(tagged), untag(tagged)));
    all.push_back(operation(state, "List" + word + "Tags", {entity, page_marker(), page_size()}, on_tagged(tagged),
                            list_tags(tagged)));
  }
  return all;
}

}  // namespace millrace::iam
