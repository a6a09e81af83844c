#include "emulator/base/encoding.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/ssm/ssm.h"

namespace millrace::ssm {

using namespace protocol;

namespace {

constexpr int64_t kPage = 10;

/// `/a/` for the path `/a`; nullopt where it isn't one.
std::optional<std::string> folder_of(const std::string& path) {
  const std::string lower = to_lower(path);
  const bool reserved = lower.starts_with("/ssm") || (lower.starts_with("/aws") && !lower.starts_with("/aws/"));
  const bool odd =
      path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/") != std::string::npos;
  if (!path.starts_with('/') || reserved || odd || path.find("//") != std::string::npos) return std::nullopt;
  return path.ends_with('/') ? path : path + "/";
}

struct Page {
  std::vector<Parameter> parameters;
  std::optional<std::string> next;  // token
};

Result<Page> page_of(const Ssm& ssm, const Call& call) {
  const Json& in = call.input;
  const auto folder = folder_of(text_of(in, "Path"));
  if (!folder)
    return AwsError(
        errors::validation,
        "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward "
        "slash "
        "\"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or "
        "the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All "
        "sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: "
        "/get/parameters2-/by1./path0_.");
  const Json filters = in.value("ParameterFilters", Json::array());
  TRY_VOID(check_filters(filters, true));
  const bool recursive = bool_of(in, "Recursive");
  auto pager = Pager::open(list_name(call, *folder), text_of(in, "NextToken"),
                           static_cast<size_t>(int_of(in, "MaxResults", kPage)));
  if (!pager) return AwsError(errors::invalid_token, "The specified token isn't valid.");
  const std::string after = pager->after().empty() ? folder->substr(0, folder->size() - 1) : pager->after();
  Page page;
  each_parameter(ssm.context.store, place_of(call), after, ssm.now(), [&](Parameter parameter) {
    const std::string name = parameter.name;
    // The root holds also what has no slash at all.
    const bool at_root = *folder == "/" && !name.starts_with('/');
    if (!name.starts_with(*folder) && !at_root) return name < *folder || *folder == "/";
    const bool direct = at_root || name.find('/', folder->size()) == std::string::npos;
    if ((!recursive && !direct) || !passes(parameter, filters)) return true;
    if (pager->takes(name)) page.parameters.push_back(std::move(parameter));
    return !pager->is_full();
  });
  page.next = pager->next_token();
  return page;
}

/// With a Label filter the version that has it; else the newest.
Version version_by(const Ssm& ssm, const Place& place, const Parameter& parameter, const Json& filters) {
  for (const Json& filter : filters) {
    if (text_of(filter, "Key") != "Label") continue;
    for (const Json& label : filter["Values"]) {
      if (!parameter.labels.contains(label.get<std::string>())) continue;
      auto version =
          read_version(ssm.context.store, place, parameter, int_of(parameter.labels, label.get<std::string>()));
      if (version) return *version;
    }
  }
  return parameter;
}

}  // namespace

Operation get_parameters_by_path(Ssm& ssm) {
  static const Shape input = structure({
      required("Path", string().length(1, 2048)),
      optional("Recursive", boolean()),
      optional("ParameterFilters", filters_shape()),
      optional("WithDecryption", boolean()),
      optional("MaxResults", integer().range(1, kPage)),
      optional("NextToken", string()),
  });
  auto access = [&ssm](const Call& call) -> Result<AccessNeeds> {
    std::string path = text_of(call.input, "Path");
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    AccessNeeds needs{{"ssm:GetParametersByPath", parameter_arn(place_of(call), path)}};
    needs[0].context["ssm:recursive"] = {bool_of(call.input, "Recursive") ? "true" : "false"};
    if (!bool_of(call.input, "WithDecryption")) return needs;
    auto page = page_of(ssm, call);
    if (page.has_error()) return needs;
    TRY(AccessNeeds more, decryption_needs(ssm, call, {page->parameters.begin(), page->parameters.end()}));
    needs.insert(needs.end(), more.begin(), more.end());
    return needs;
  };
  auto handle = [&ssm](Call& call) -> Result<Json> {
    const Place place = place_of(call);
    TRY(Page page, page_of(ssm, call));
    const Json filters = call.input.value("ParameterFilters", Json::array());
    Json shown = Json::array();
    for (const Parameter& parameter : page.parameters) {
      TRY(Json one,
          shown_value(ssm, place, version_by(ssm, place, parameter, filters), bool_of(call.input, "WithDecryption")));
      shown.push_back(std::move(one));
    }
    Json out{{"Parameters", std::move(shown)}};
    if (page.next) out["NextToken"] = *page.next;
    return out;
  };
  return {.name = "GetParametersByPath",
          .input = &input,
          .access = access,
          .handle = JsonHandler(handle),
          .checks_root = true};
}

}  // namespace millrace::ssm
