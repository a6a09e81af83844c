#include <fmt/format.h>

#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/ssm/ssm.h"

namespace millrace::ssm {

using namespace protocol;

namespace {

constexpr int64_t kPage = 50;

/// An entry of the history, oldest first.
Result<Json> entry_of(const Ssm& ssm, const Place& place, const Version& version, const Json& labels, bool decrypted) {
  TRY(Json value, shown_value(ssm, place, version, decrypted));
  Json out{{"Name", value["Name"]}, {"Type", value["Type"]}};
  if (version.key_id) out["KeyId"] = *version.key_id;
  out["LastModifiedDate"] = value["LastModifiedDate"];
  out["LastModifiedUser"] = version.user;
  if (version.description) out["Description"] = *version.description;
  out["Value"] = value["Value"];
  if (!version.pattern.empty()) out["AllowedPattern"] = version.pattern;
  out["Version"] = value["Version"];
  Json named = Json::array();
  for (const auto& [label, of] : labels.items()) {
    if (of == version.version) named.push_back(label);
  }
  out["Labels"] = std::move(named);
  out["Tier"] = version.tier;
  out["Policies"] = shown_policies(version, ssm.now());
  out["DataType"] = value["DataType"];
  return out;
}

}  // namespace

Operation get_parameter_history(Ssm& ssm) {
  static const Shape input = structure({
      required("Name", string().length(1, 2048)),
      optional("WithDecryption", boolean()),
      optional("MaxResults", integer().range(1, kPage)),
      optional("NextToken", string()),
  });
  auto access = [&ssm](const Call& call) -> Result<AccessNeeds> {
    const std::string name = text_of(call.input, "Name");
    AccessNeeds needs{parameter_need(ssm, call, "GetParameterHistory", name)};
    const auto parameter = read_parameter(ssm.context.store, place_of(call), name, ssm.now());
    if (!parameter || !bool_of(call.input, "WithDecryption")) return needs;
    TRY(AccessNeeds more, decryption_needs(ssm, call, {*parameter}));
    needs.insert(needs.end(), more.begin(), more.end());
    return needs;
  };
  auto handle = [&ssm](Call& call) -> Result<Json> {
    const Place place = place_of(call);
    const auto named = parse_name(place, text_of(call.input, "Name"));
    const auto parameter = named ? read_parameter(ssm.context.store, place, named->name, ssm.now()) : std::nullopt;
    if (!parameter) return not_found();
    auto pager = Pager::open(list_name(call, named->name), text_of(call.input, "NextToken"),
                             static_cast<size_t>(int_of(call.input, "MaxResults", kPage)));
    if (!pager) return AwsError(errors::invalid_token, "The specified token isn't valid.");
    Json shown = Json::array();
    for (const Version& version : read_history(ssm.context.store, place, *parameter)) {
      if (!pager->takes(fmt::format("{:010}", version.version))) continue;
      TRY(Json entry, entry_of(ssm, place, version, parameter->labels, bool_of(call.input, "WithDecryption")));
      shown.push_back(std::move(entry));
    }
    Json out{{"Parameters", std::move(shown)}};
    if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  return {.name = "GetParameterHistory",
          .input = &input,
          .access = access,
          .handle = JsonHandler(handle),
          .checks_root = true};
}

}  // namespace millrace::ssm
