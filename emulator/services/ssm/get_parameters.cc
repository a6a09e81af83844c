// GetParameter, GetParameters.

#include <algorithm>

#include "emulator/services/ssm/ssm.h"

namespace millrace::ssm {

using namespace protocol;

namespace {

constexpr size_t kNamesMax = 10;

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos;
}

/// The version that a name with its selector means.
Result<Version> chosen_version(const Ssm& ssm, const Place& place, const Named& named) {
  const auto parameter = read_parameter(ssm.context.store, place, named.name, ssm.now());
  if (!parameter) return not_found();
  int64_t version = parameter->version;
  if (is_number(named.selector)) version = std::stoll(named.selector);
  if (!named.selector.empty() && !is_number(named.selector)) {
    if (!parameter->labels.contains(named.selector))
      return AwsError(errors::version_not_found, "Systems Manager could not find version label " + named.selector +
                                                     " of " + named.name +
                                                     ". Verify the version label and try again.");  // unverified
    version = int_of(parameter->labels, named.selector);
  }
  auto found = read_version(ssm.context.store, place, *parameter, version);
  if (found) return std::move(*found);
  return AwsError(errors::version_not_found, "Systems Manager could not find version " + named.selector + " of " +
                                                 named.name + ". Verify the version and try again.");
}

/// A secret of Secrets Manager by its parameter's name.
Result<Json> referenced_secret(const Ssm& ssm, const Place& place, const Named& named, bool with_decryption) {
  if (!with_decryption)
    return AwsError(errors::validation, "WithDecryption flag must be True for retrieving a Secret Manager secret.");
  auto secret = ssm.secrets->read(place.account, place.region, named.name.substr(std::string(kSecretReference).size()));
  if (secret.has_error()) return not_found();
  return Json{{"Name", named.name},
              {"Type", "SecureString"},
              {"Value", text_of(*secret, "SecretString")},
              {"Version", 0},
              {"SourceResult", to_text(*secret)},
              {"LastModifiedDate", secret->value("CreatedDate", Json(0))},
              {"ARN", text_of(*secret, "ARN")},
              {"DataType", "text"}};
}

Result<Json> read_one(const Ssm& ssm, const Place& place, const std::string& text, bool with_decryption) {
  const auto named = parse_name(place, text);
  if (!named) return not_found();
  if (named->name.starts_with(kSecretReference)) return referenced_secret(ssm, place, *named, with_decryption);
  TRY(Version version, chosen_version(ssm, place, *named));
  TRY(Json out, shown_value(ssm, place, version, with_decryption));
  if (!named->selector.empty()) out["Selector"] = ":" + named->selector;
  return out;
}

/// What reading the values of these names needs.
Result<AccessNeeds> reading_needs(const Ssm& ssm, const Call& call, const char* action,
                                  const std::vector<std::string>& names) {
  const Place place = place_of(call);
  AccessNeeds needs;
  std::vector<Version> read;
  for (const std::string& text : names) {
    needs.push_back(parameter_need(ssm, call, action, text));
    const auto named = parse_name(place, text);
    if (!named) continue;
    if (named->name.starts_with(kSecretReference)) {
      const std::string id = named->name.substr(std::string(kSecretReference).size());
      needs.push_back({"secretsmanager:GetSecretValue",
                       "arn:aws:secretsmanager:" + place.region + ":" + place.account + ":secret:" + id + "-??????"});
    }
    auto version = chosen_version(ssm, place, *named);
    if (version.has_value()) read.push_back(std::move(*version));
  }
  if (!bool_of(call.input, "WithDecryption")) return needs;
  TRY(AccessNeeds more, decryption_needs(ssm, call, read));
  needs.insert(needs.end(), more.begin(), more.end());
  return needs;
}

std::vector<std::string> names_of(const Json& input) {
  std::vector<std::string> out;
  const Json* names = find(input, "Names");
  if (!names || !names->is_array()) return out;
  for (const Json& name : *names) {
    if (name.is_string()) out.push_back(name.get<std::string>());
  }
  return out;
}

Operation get_parameter(Ssm& ssm) {
  static const Shape input =
      structure({required("Name", string().length(1, 2048)), optional("WithDecryption", boolean())});
  auto access = [&ssm](const Call& call) {
    return reading_needs(ssm, call, "GetParameter", {text_of(call.input, "Name")});
  };
  auto handle = [&ssm](Call& call) -> Result<Json> {
    TRY(Json parameter,
        read_one(ssm, place_of(call), text_of(call.input, "Name"), bool_of(call.input, "WithDecryption")));
    return Json{{"Parameter", std::move(parameter)}};
  };
  return {
      .name = "GetParameter", .input = &input, .access = access, .handle = JsonHandler(handle), .checks_root = true};
}

Operation get_parameters(Ssm& ssm) {
  static const Shape input = structure(
      {required("Names", list(string().length(1, 2048)).length(1, kNamesMax)), optional("WithDecryption", boolean())});
  auto access = [&ssm](const Call& call) { return reading_needs(ssm, call, "GetParameters", names_of(call.input)); };
  auto handle = [&ssm](Call& call) -> Result<Json> {
    std::vector<std::string> names = names_of(call.input);
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end())  // unverified
      return AwsError(errors::validation, "Duplicate names are not allowed in the request.");
    Json found = Json::array(), missing = Json::array();
    for (const std::string& name : names_of(call.input)) {
      auto one = read_one(ssm, place_of(call), name, bool_of(call.input, "WithDecryption"));
      if (one.has_value()) {
        found.push_back(std::move(*one));
      } else if (one.error().is(errors::not_found) || one.error().is(errors::version_not_found)) {
        missing.push_back(name);
      } else {
        return std::move(one).error();
      }
    }
    return Json{{"InvalidParameters", missing}, {"Parameters", found}};
  };
  return {
      .name = "GetParameters", .input = &input, .access = access, .handle = JsonHandler(handle), .checks_root = true};
}

}  // namespace

Operations reading_operations(Ssm& ssm) {
  return {get_parameter(ssm), get_parameters(ssm)};
}

}  // namespace millrace::ssm
