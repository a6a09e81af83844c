// Platform applications: kept and shown, no platform is asked.

#include "emulator/services/sns/push_targets.h"

#include <algorithm>

#include "emulator/base/characters.h"
#include "emulator/storage/document_form.h"

namespace millrace::sns {

using namespace protocol;

namespace {

constexpr const char* kPlatforms[] = {"ADM", "APNS",  "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "MACOS",
                                      "GCM", "BAIDU", "WNS",          "MPNS",      "MACOS_SANDBOX"};
/// What answers don't show again.
constexpr const char* kSecrets[] = {"PlatformCredential", "PlatformPrincipal"};

AwsError invalid(const std::string& what) {
  return {errors::invalid_parameter, "Invalid parameter: " + what};
}

// unverified: the words of all but the unknown platform
Result<void> check_application(const Json& input) {
  constexpr size_t kNameMax = 256;
  const std::string name = text_of(input, "Name"), platform = text_of(input, "Platform");
  const bool good = !name.empty() && name.size() <= kNameMax && std::all_of(name.begin(), name.end(), [](char c) {
    return is_digit(c) || is_letter(c) || c == '_' || c == '-' || c == '.';
  });
  if (!good) return invalid("Name Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'");
  if (std::find(std::begin(kPlatforms), std::end(kPlatforms), platform) == std::end(kPlatforms))
    return invalid("Platform Reason: " + platform + " is not supported");
  const Json attributes = input.value("Attributes", Json::object());
  if (text_of(attributes, "PlatformCredential").empty())
    return invalid("Attributes Reason: Invalid value for attribute: PlatformCredential: cannot be empty");
  return {};
}

Json shown(const PushTarget& application) {
  Json out = application.attributes;
  for (const char* secret : kSecrets) out.erase(secret);
  return out;
}

Operation create_platform_application(Sns& sns) {
  static const Shape input =
      structure({required("Name", string()), required("Platform", string()), required("Attributes", map(string()))});
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY_VOID(check_application(call.input));
    PushTarget made;
    made.arn = make_arn("sns", call.caller.region, call.caller.account,
                        "app/" + text_of(call.input, "Platform") + "/" + text_of(call.input, "Name"));
    made.attributes = call.input.value("Attributes", Json::object());
    made.attributes["Enabled"] = "true";
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      put_push_target(txn, made);
      return Json{{"PlatformApplicationArn", made.arn}};
    });
  };
  return {.name = "CreatePlatformApplication",
          .input = &input,
          .access = push_access("CreatePlatformApplication", ""),
          .handle = JsonHandler(handle)};
}

Operation get_platform_application_attributes(Sns& sns) {
  static const Shape input = structure({required("PlatformApplicationArn", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(PushTarget application, called_push_target(sns.context.store, call, "PlatformApplicationArn", "app"));
    return Json{{"Attributes", shown(application)}};
  };
  return {.name = "GetPlatformApplicationAttributes",
          .input = &input,
          .access = push_access("GetPlatformApplicationAttributes", "PlatformApplicationArn"),
          .handle = JsonHandler(handle)};
}

Operation set_platform_application_attributes(Sns& sns) {
  static const Shape input =
      structure({required("PlatformApplicationArn", string()), required("Attributes", map(string()))});
  auto handle = [&sns](Call& call) -> Result<Json> {
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(PushTarget application, called_push_target(txn, call, "PlatformApplicationArn", "app"));
      application.attributes.update(call.input.value("Attributes", Json::object()));
      put_push_target(txn, application);
      return Json();
    });
  };
  return {.name = "SetPlatformApplicationAttributes",
          .input = &input,
          .access = push_access("SetPlatformApplicationAttributes", "PlatformApplicationArn"),
          .handle = JsonHandler(handle)};
}

Operation list_platform_applications(Sns& sns) {
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(Pager page, page_in(call));
    Json out{{"PlatformApplications", Json::array()}};
    for (const PushTarget& one : applications_of(sns.context.store, call.caller)) {
      if (page.takes(one.arn))
        out["PlatformApplications"].push_back({{"PlatformApplicationArn", one.arn}, {"Attributes", shown(one)}});
    }
    if (auto next = page.next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  return {.name = "ListPlatformApplications",
          .access = push_access("ListPlatformApplications", ""),
          .handle = JsonHandler(handle)};
}

/// Its endpoints stay on AWS and can't be reached any more; here they go with it.
Operation delete_platform_application(Sns& sns) {
  static const Shape input = structure({required("PlatformApplicationArn", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    const auto arn = Arn::parse(text_of(call.input, "PlatformApplicationArn"));
    if (!arn) return no_arn("PlatformApplicationArn", text_of(call.input, "PlatformApplicationArn"));
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      for (const PushTarget& endpoint : endpoints_of(txn, *arn))
        txn.erase(storage::Family::meta, push_key(*Arn::parse(endpoint.arn)));
      txn.erase(storage::Family::meta, push_key(*arn));
      return Json();
    });
  };
  return {.name = "DeletePlatformApplication",
          .input = &input,
          .access = push_access("DeletePlatformApplication", "PlatformApplicationArn"),
          .handle = JsonHandler(handle)};
}

std::string prefix_of(std::string_view account, std::string_view region, const char* kind) {
  return storage::document_key({"sns", account, region, kind});
}

}  // namespace

std::string push_key(const Arn& arn) {
  const size_t slash = arn.resource.find('/');
  const bool application = arn.resource.starts_with("app/");
  return storage::document_key({"sns", arn.account, arn.region, application ? "application" : "endpoint",
                                slash == std::string::npos ? "" : arn.resource.substr(slash + 1)});
}

Result<PushTarget> called_push_target(const storage::Reader& reader, const Call& call, const char* member,
                                      const char* kind) {
  const std::string text = text_of(call.input, member);
  const auto arn = Arn::parse(text);
  if (!arn || arn->service != "sns" || !arn->resource.starts_with(std::string(kind) + "/")) return no_arn(member, text);
  auto found = storage::get_model<PushTarget>(reader, push_key(*arn));
  if (found) return std::move(*found);
  return AwsError(errors::not_found,
                  std::string(kind) == "app" ? "PlatformApplication does not exist" : "Endpoint does not exist");
}

std::vector<PushTarget> endpoints_of(const storage::Reader& reader, const Arn& application) {
  const std::string resource =
      "endpoint" + application.resource.substr(std::min<size_t>(3, application.resource.size()));
  const std::string begin = make_arn("sns", application.region, application.account, resource + "/");
  auto out = storage::list_models<PushTarget>(reader, prefix_of(application.account, application.region, "endpoint"));
  std::erase_if(out, [&](const PushTarget& one) { return !one.arn.starts_with(begin); });
  return out;
}

std::vector<PushTarget> applications_of(const storage::Reader& reader, const Caller& caller) {
  return storage::list_models<PushTarget>(reader, prefix_of(caller.account, caller.region, "application"));
}

void put_push_target(storage::Txn& txn, const PushTarget& target) {
  storage::put_model(txn, push_key(*Arn::parse(target.arn)), target);
}

std::function<Result<AccessNeeds>(const Call&)> push_access(const char* action, const char* member) {
  return [action = std::string("sns:") + action, member](const Call& call) -> Result<AccessNeeds> {
    const std::string arn = text_of(call.input, member);
    return AccessNeeds{{action, arn.empty() ? "*" : arn}};
  };
}

void add_push_operations(std::vector<Operation>& operations, Sns& sns) {
  operations.push_back(create_platform_application(sns));
  operations.push_back(get_platform_application_attributes(sns));
  operations.push_back(set_platform_application_attributes(sns));
  operations.push_back(list_platform_applications(sns));
  operations.push_back(delete_platform_application(sns));
  add_endpoint_operations(operations, sns);
}

}  // namespace millrace::sns
