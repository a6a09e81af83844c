#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/ssm/ssm.h"

namespace millrace::ssm {

using namespace protocol;

namespace {

constexpr int64_t kPage = 50;

Json shown(const Place& place, const Parameter& parameter, Millis now) {
  Json out{{"Name", parameter.name}, {"ARN", parameter_arn(place, parameter.name)}, {"Type", parameter.type}};
  if (parameter.key_id) out["KeyId"] = *parameter.key_id;
  out["LastModifiedDate"] = epoch_seconds(parameter.modified_ms);
  out["LastModifiedUser"] = parameter.user;
  if (parameter.description) out["Description"] = *parameter.description;
  if (!parameter.pattern.empty()) out["AllowedPattern"] = parameter.pattern;
  out["Version"] = parameter.version;
  out["Tier"] = parameter.tier;
  out["Policies"] = shown_policies(parameter, now);
  out["DataType"] = parameter.data_type;
  return out;
}

/// The older Filters are the newer ones without an option.
Result<Json> filters_of(const Json& in) {
  const Json older = in.value("Filters", Json::array()), newer = in.value("ParameterFilters", Json::array());
  if (!older.empty() && !newer.empty())
    return AwsError(errors::validation, "You can use either Filters or ParameterFilters in a single request.");
  TRY_VOID(check_filters(newer, false));
  if (newer.empty()) {
    Json out = older;
    for (Json& filter : out) {
      if (text_of(filter, "Key") == "Name") filter["Option"] = "BeginsWith";  // unverified
    }
    return out;
  }
  return newer;
}

}  // namespace

Operation describe_parameters(Ssm& ssm) {
  static const Shape input = structure({
      optional("Filters", list(structure({required("Key", string().one_of({"Name", "Type", "KeyId"})),
                                          required("Values", list(string().length(1, 1024)).length(1, 50))}))),
      optional("ParameterFilters", filters_shape()),
      optional("MaxResults", integer().range(1, kPage)),
      optional("NextToken", string()),
      optional("Shared", boolean()),
  });
  auto handle = [&ssm](Call& call) -> Result<Json> {
    TRY(Json filters, filters_of(call.input));
    auto pager = Pager::open(list_name(call), text_of(call.input, "NextToken"),
                             static_cast<size_t>(int_of(call.input, "MaxResults", kPage)));
    if (!pager) return AwsError(errors::invalid_token, "The specified token isn't valid.");
    Json list = Json::array();
    if (!bool_of(call.input, "Shared")) {  // nobody shares with this account
      each_parameter(ssm.context.store, place_of(call), pager->after(), ssm.now(), [&](Parameter parameter) {
        if (!passes(parameter, filters)) return true;
        if (pager->takes(parameter.name)) list.push_back(shown(place_of(call), parameter, ssm.now()));
        return !pager->is_full();
      });
    }
    Json out{{"Parameters", list}};
    if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  auto access = [](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{"ssm:DescribeParameters", "*"}}; };
  return {.name = "DescribeParameters", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace millrace::ssm
