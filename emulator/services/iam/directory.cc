#include "emulator/services/iam/directory.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/iam/operations.h"

namespace millrace::iam {
namespace {

constexpr size_t kTagsMax = 50;  // per entity: IAM quotas

constexpr KindWords kWords[] = {
    {"user", "user", "AIDA", "User", 64},
    {"group", "group", "AGPA", "Group", 128},
    {"role", "role", "AROA", "Role", 64},
    {"policy", "policy", "ANPA", "Policy", 128},
    {"instance-profile", "instance-profile", "AIPA", "InstanceProfile", 128},
    {"server-certificate", "server-certificate", "ASCA", "ServerCertificate", 128},
    {"oidc-provider", "oidc-provider", "", "OpenIDConnectProvider", 255},
    {"saml-provider", "saml-provider", "ASAM", "SAMLProvider", 128},
    {"mfa", "mfa", "", "VirtualMFADevice", 226},
};

std::string key_of(const std::string& account, Kind kind, std::string_view name) {
  return storage::document_key({"iam", account, words(kind).stored, to_lower(name)});
}

std::string prefix_of(const std::string& account, Kind kind) {
  return storage::document_key({"iam", account, words(kind).stored});
}

}  // namespace

const KindWords& words(Kind kind) {
  return kWords[static_cast<size_t>(kind)];
}

std::optional<Json> find_entity(const Reader& reader, const std::string& account, Kind kind, std::string_view name) {
  auto document = storage::get_document(reader, key_of(account, kind, name));
  // unverified: whether AWS finds an entity by its name in other case; ours are found as they are written.
  if (document && text_of(*document, "Name") != name) return std::nullopt;
  return document;
}

AwsError no_such(Kind kind, std::string_view name) {
  const std::string quoted(name);
  switch (kind) {
    case Kind::user: return {errors::no_such_entity, "The user with name " + quoted + " cannot be found."};
    case Kind::group: return {errors::no_such_entity, "The group with name " + quoted + " cannot be found."};
    case Kind::role: return {errors::no_such_entity, "The role with name " + quoted + " cannot be found."};
    case Kind::instance_profile: return {errors::no_such_entity, "Instance Profile " + quoted + " cannot be found."};
    case Kind::server_certificate:
      return {errors::no_such_entity, "The Server Certificate with name " + quoted + " cannot be found."};
    case Kind::oidc_provider: return {errors::no_such_entity, "OpenIDConnect Provider not found for arn " + quoted};
    case Kind::saml_provider: return {errors::no_such_entity, "SAMLProvider " + quoted + " does not exist."};
    case Kind::mfa_device:
      return {errors::no_such_entity, "VirtualMFADevice with serial number " + quoted + " doesn't exist."};
    case Kind::policy: break;
  }
  return {errors::no_such_entity, "Policy " + quoted + " was not found."};
}

Result<Json> get_entity(const Reader& reader, const std::string& account, Kind kind, std::string_view name) {
  auto document = find_entity(reader, account, kind, name);
  if (!document) return no_such(kind, name);
  return std::move(*document);
}

void put_entity(Txn& txn, const std::string& account, Kind kind, const Json& document) {
  storage::put_document(txn, key_of(account, kind, text_of(document, "Name")), document);
}

void erase_entity(Txn& txn, const std::string& account, Kind kind, std::string_view name) {
  txn.erase(storage::Family::meta, key_of(account, kind, name));
}

void each_entity(const Reader& reader, const std::string& account, Kind kind, const std::function<bool(Json)>& visit) {
  storage::each_document(reader, prefix_of(account, kind), {},
                         [&visit](std::string_view, Json document) { return visit(std::move(document)); });
}

size_t count_entities(const Reader& reader, const std::string& account, Kind kind) {
  size_t count = 0;
  const std::string prefix = prefix_of(account, kind);
  reader.scan(storage::Family::meta, prefix, storage::prefix_end(prefix), [&count](std::string_view, std::string_view) {
    ++count;
    return true;
  });
  return count;
}

Result<Json> new_entity(State& state, Txn& txn, const std::string& account, Kind kind, const Json& input) {
  const std::string member = std::string(words(kind).member) + "Name";
  const std::string name = text_of(input, member);
  TRY_VOID(check_path(input, "Path"));
  if (txn.get(storage::Family::meta, key_of(account, kind, name))) {
    switch (kind) {
      case Kind::policy:
        return AwsError(errors::already_exists,
                        "A policy called " + name + " already exists. Duplicate names are not allowed.");
      case Kind::instance_profile:
        return AwsError(errors::already_exists, "Instance Profile " + name + " already exists.");
      case Kind::server_certificate:
        return AwsError(errors::already_exists, "The Server Certificate with name " + name + " already exists.");
      default:
        return AwsError(errors::already_exists,
                        std::string(words(kind).member) + " with name " + name + " already exists.");
    }
  }
  Json document = Json::object();
  document["Name"] = name;
  document["Path"] = text_of(input, "Path", "/");
  document["Id"] = new_id(state.context.random, words(kind).id_prefix);
  document["Created"] = state.now();
  return document;
}

std::string arn_of(const std::string& account, Kind kind, const Json& document) {
  return make_arn("iam", "", account,
                  std::string(words(kind).arn_type) + text_of(document, "Path", "/") + text_of(document, "Name"));
}

std::string arn_named(State& state, const Call& call, Kind kind, std::string_view name, std::string_view path) {
  std::string found(path);
  if (found.empty()) {
    const auto document = find_entity(state.store(), call.caller.account, kind, name);
    found = document ? text_of(*document, "Path", "/") : "/";
  }
  return make_arn("iam", "", call.caller.account, std::string(words(kind).arn_type) + found + std::string(name));
}

std::string new_id(Random& random, std::string_view prefix) {
  return std::string(prefix) + random.text(17, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}

bool valid_name(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    if (!word && std::string_view("+=,.@-").find(c) == std::string_view::npos) return false;
  }
  return true;
}

Result<void> check_path(const Json& input, const char* member) {
  const std::string path = text_of(input, member, "/");
  bool good = path.size() <= 512 && path.starts_with('/') && path.ends_with('/');
  for (const char c : path) good = good && c > 0x20 && c < 0x7F;
  if (good) return {};
  return AwsError(errors::validation,
                  "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric "
                  "characters and/or / characters.");
}

int64_t number_in(const Json& input, std::string_view member, int64_t fallback) {
  const std::string text = text_of(input, member);
  int64_t value = fallback;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && !text.empty() ? value : fallback;
}

bool flag_in(const Json& input, std::string_view member, bool fallback) {
  const std::string text = to_lower(text_of(input, member));
  return text.empty() ? fallback : text == "true";
}

std::vector<Json> list_in(const Json& input, std::string_view member) {
  const Json* list = find(input, member);
  if (list == nullptr || !list->is_array()) return {};
  return {list->begin(), list->end()};
}

std::vector<std::string> texts_in(const Json& input, std::string_view member) {
  std::vector<std::string> texts;
  for (const Json& element : list_in(input, member)) {
    if (element.is_string()) texts.push_back(element.get<std::string>());
  }
  return texts;
}

Result<Json> tags_in(const Json& input) {
  Json tags = Json::array();
  std::set<std::string> seen;
  for (const Json& element : list_in(input, "Tags")) {
    const std::string key = text_of(element, "Key"), value = text_of(element, "Value");
    if (auto fault = protocol::tag_fault(key, value)) {
      const auto& [member, constraint] = *fault;
      return AwsError(errors::validation, "1 validation error detected: Value at 'tags." +
                                              std::to_string(tags.size() + 1) + ".member." + member +
                                              "' failed to satisfy constraint: " + constraint);
    }
    if (protocol::is_reserved_tag_key(key)) {
      return AwsError(errors::invalid_input, "Tag keys beginning with aws: are reserved for system use.");
    }
    if (!seen.insert(to_lower(key)).second) {
      return AwsError(errors::invalid_input,
                      "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    Json tag = Json::object();
    tag["Key"] = key;
    tag["Value"] = value;
    tags.push_back(std::move(tag));
  }
  if (tags.size() > kTagsMax) {
    return AwsError(
        errors::validation,
        "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length "
        "less than or equal to 50");
  }
  return tags;
}

void add_tag_context(const Json& input, AccessNeed& need) {
  std::vector<std::string> keys;
  for (const Json& element : list_in(input, "Tags")) {
    const std::string key = text_of(element, "Key");
    keys.push_back(key);
    need.context["aws:requesttag/" + to_lower(key)] = {text_of(element, "Value")};
  }
  if (!keys.empty()) need.context["aws:tagkeys"] = std::move(keys);
}

void set_tags(Json& document, const Json& tags) {
  if (!tags.empty()) document["Tags"] = tags;
}

Result<void> merge_tags(Json& document, const Json& tags) {
  Json merged = document.contains("Tags") ? document["Tags"] : Json::array();
  for (const Json& tag : tags) {
    bool replaced = false;
    for (Json& old : merged) {
      if (!equals_ignore_case(text_of(old, "Key"), text_of(tag, "Key"))) continue;
      old = tag;
      replaced = true;
    }
    if (!replaced) merged.push_back(tag);
  }
  if (merged.size() > kTagsMax) {
    return AwsError(errors::limit_exceeded, "Cannot exceed quota for TagsPerEntity: 50");
  }
  document["Tags"] = std::move(merged);
  return {};
}

std::string encoded(const std::string& document) {
  return percent_encode(document);
}

int64_t policy_size(std::string_view document) {
  int64_t size = 0;
  for (const char c : document) size += c != ' ' && c != '\n' && c != '\r' && c != '\t';
  return size;
}

Result<void> check_identity_policy(const std::string& document) {
  const auto parsed = access::parse_policy(document, access::DocumentKind::identity);
  if (parsed.has_error()) return parsed.error();
  return {};
}

Result<void> check_managed_policy(const std::string& document) {
  auto checked = check_identity_policy(document);
  const auto json = parse_json(document);
  const bool readable =
      json && json->is_object() && !(checked.has_error() && checked.error().message == "Syntax errors in policy.");
  if (readable && text_of(*json, "Version") != "2012-10-17") {
    return AwsError(access::kMalformedPolicyDocument, "Policy document must be version 2012-10-17 or greater.");
  }
  return checked;
}

Result<Pager> page_in(const Call& call) {
  auto items_max = static_cast<size_t>(std::clamp<int64_t>(number_in(call.input, "MaxItems", 100), 1, 1000));
  // IAM has no regions: a marker is good everywhere.
  auto pager = Pager::open(call.operation->name + " " + call.caller.account, text_of(call.input, "Marker"), items_max);
  if (!pager) return AwsError(errors::validation, "Invalid Marker.");  // unverified: AWS's words
  return std::move(*pager);
}

Json paged(const char* member, const std::vector<std::pair<std::string, Json>>& items, Pager page) {
  Json answer{{member, Json::array()}};
  for (const auto& [position, item] : items) {
    if (page.takes(position)) answer[member].push_back(item);
  }
  end_page(page, answer);
  return answer;
}

void end_page(const Pager& page, Json& answer) {
  answer["IsTruncated"] = page.is_full();
  if (auto next = page.next_token()) answer["Marker"] = std::move(*next);
}

namespace {

AwsError wrong_value(std::string member, const char* must) {
  member[0] = to_lower(member)[0];
  return {errors::validation, "The specified value for " + member + " is invalid. It must " + must};
}

/// Names are looked at in whatever operation they come, before anything is looked for: who gives an ARN for a name is told.
Result<void> check_names(const Json& input) {
  for (const char* member :
       {"UserName", "RoleName", "GroupName", "PolicyName", "InstanceProfileName", "ServerCertificateName",
        "VirtualMFADeviceName", "NewUserName", "NewGroupName", "NewServerCertificateName"}) {
    const auto name = optional_text(input, member);
    if (name && !valid_name(*name))
      return wrong_value(member, "contain only alphanumeric characters and/or the following: +=,.@_-");
  }
  if (const auto prefix = optional_text(input, "PathPrefix");
      prefix && !prefix->starts_with('/'))  // unverified: the words
    return wrong_value("PathPrefix", "begin with / and contain only alphanumeric characters and/or / characters.");
  return {};
}

}  // namespace

Operation operation(State& state, std::string name, std::vector<Member> input, Needs needs, Handler handler) {
  state.shapes.push_back(protocol::structure(std::move(input)));
  Operation op;
  op.name = std::move(name);
  op.input = &state.shapes.back();
  op.access = [&state, action = "iam:" + op.name,
               needs = std::move(needs)](const Call& call) -> Result<protocol::AccessNeeds> {
    AccessNeed need = needs(state, call);
    need.action = action;
    add_tag_context(call.input, need);
    return protocol::AccessNeeds{std::move(need)};
  };
  op.handle = protocol::JsonHandler([&state, handler = std::move(handler)](Call& call) -> Result<Json> {
    TRY_VOID(check_names(call.input));
    return handler(state, call);
  });
  return op;
}

std::string name_member(Kind kind) {
  return std::string(words(kind).member) + "Name";
}

std::string name_in(const Call& call, Kind kind) {
  return text_of(call.input, name_member(kind));
}

Needs on_entity(Kind kind) {
  return [kind](State& state, const Call& call) {
    AccessNeed need;
    const std::string path = find(call.input, "Path") ? text_of(call.input, "Path") : "";
    std::string name = name_in(call, kind);
    // Operations on users mean the caller itself where they name nobody.
    if (name.empty() && kind == Kind::user) {
      const auto own = user_in(state, call);
      if (own.has_value()) name = *own;
    }
    need.resource = arn_named(state, call, kind, name, path);
    const auto document = find_entity(state.store(), call.caller.account, kind, name);
    if (document && document->contains("Tags")) {
      for (const Json& tag : (*document)["Tags"]) {
        need.context["aws:resourcetag/" + to_lower(text_of(tag, "Key"))] = {text_of(tag, "Value")};
        need.context["iam:resourcetag/" + to_lower(text_of(tag, "Key"))] = {text_of(tag, "Value")};
      }
    }
    if (const auto arn = optional_text(call.input, "PolicyArn")) need.context["iam:policyarn"] = {*arn};
    if (const auto arn = optional_text(call.input, "PermissionsBoundary"))
      need.context["iam:permissionsboundary"] = {*arn};
    return need;
  };
}

Needs on_anything() {
  return [](State&, const Call&) {
    AccessNeed need;
    need.resource = "*";
    return need;
  };
}

protocol::Shape name_shape(Kind kind) {
  return protocol::string().length(1, static_cast<int64_t>(words(kind).name_length_max));
}

Member page_marker() {
  return protocol::optional("Marker", protocol::string().length(1, -1));
}
Member page_size() {
  return protocol::optional("MaxItems", protocol::integer().range(1, 1000));
}
Member path_prefix() {
  return protocol::optional("PathPrefix", protocol::string().length(1, 512));
}

}  // namespace millrace::iam
