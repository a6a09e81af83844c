// ParameterFilters: which are allowed where, and whether a parameter passes.

#include <algorithm>

#include "emulator/services/ssm/ssm.h"

namespace millrace::ssm {

using namespace protocol;

namespace {

std::string listed(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ", ") + value;
  return "[" + out + "]";
}

bool holds(const std::vector<std::string>& values, const std::string& wanted) {
  return std::find(values.begin(), values.end(), wanted) != values.end();
}

Result<void> check_option(const std::string& key, const std::string& option) {
  std::vector<std::string> valid{"BeginsWith", "Equals"};
  if (key == "Path") valid = {"Recursive", "OneLevel"};
  if (key == "Name") valid = {"BeginsWith", "Equals", "Contains"};
  if (option.empty() || holds(valid, option)) return {};
  return AwsError(errors::invalid_filter_option, "The following filter option is not valid: " + option +
                                                     ". Valid options include: " + listed(valid) + ".");
}

Result<void> check_values(const std::string& key, const Json& values) {
  if (values.empty() && !key.starts_with("tag:"))
    return AwsError(errors::invalid_filter_value,
                    "The following filter values are missing : null for filter key " + key + ".");
  std::vector<std::string> valid;
  if (key == "Type") valid = {"String", "StringList", "SecureString"};
  if (key == "Tier") valid = {"Standard", "Advanced", "Intelligent-Tiering"};
  for (const Json& value : values) {
    const std::string text = value.get<std::string>();
    if (!valid.empty() && !holds(valid, text))
      return AwsError(errors::invalid_filter_value, "The following filter value is not valid: " + text +
                                                        ". Valid values include: " + listed(valid) + ".");
    if (key == "Path" && !text.starts_with('/'))
      return AwsError(
          errors::validation,
          "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a "
          "forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use "
          "only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special "
          "characters are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". "
          "Valid example: /get/parameters2-/by1./path0_.");
  }
  return {};
}

bool in_path(const std::string& name, std::string path, bool recursive) {
  if (!path.ends_with('/')) path += "/";
  if (!name.starts_with(path)) return false;
  return recursive || name.find('/', path.size()) == std::string::npos;
}

/// The texts that a filter looks at.
std::vector<std::string> texts_of(const Parameter& parameter, const std::string& key) {
  if (key == "Name") return {parameter.name};
  if (key == "Type") return {parameter.type};
  if (key == "Tier") return {parameter.tier};
  if (key == "DataType") return {parameter.data_type};
  std::vector<std::string> out;
  if (key == "KeyId" && parameter.key_id) out.push_back(*parameter.key_id);
  if (key == "Label") {
    for (const auto& [label, version] : parameter.labels.items()) out.push_back(label);
  }
  if (key.starts_with("tag:")) {
    if (parameter.tags.contains(key.substr(4))) out.push_back(text_of(parameter.tags, key.substr(4)));
  }
  return out;
}

/// A name is the same with its leading slash and without, for a filter.
std::string bare(const std::string& key, const std::string& text) {
  return key == "Name" && text.starts_with('/') ? text.substr(1) : text;
}

bool passes_one(const Parameter& parameter, const Json& filter) {
  const std::string key = text_of(filter, "Key"), option = text_of(filter, "Option");
  const Json values = filter.value("Values", Json::array());
  const auto texts = texts_of(parameter, key);
  if (values.empty()) return !texts.empty();  // "has the tag"
  return std::any_of(values.begin(), values.end(), [&](const Json& value) {
    if (key == "Path") return in_path(parameter.name, value.get<std::string>(), option == "Recursive");
    const std::string wanted = bare(key, value.get<std::string>());
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& given) {
      const std::string text = bare(key, given);
      if (option == "BeginsWith") return text.starts_with(wanted);
      if (option == "Contains") return text.find(wanted) != std::string::npos;
      return text == wanted;
    });
  });
}

}  // namespace

Shape filters_shape() {
  return list(structure({
      required("Key", string().length(1, 132).pattern("tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType")),
      optional("Option", string().length(1, 10)),
      optional("Values", list(string().length(1, 1024)).length(1, 50)),
  }));
}

Result<void> check_filters(const Json& filters, bool by_path) {
  std::vector<std::string> seen;
  const std::vector<std::string> valid =
      by_path ? std::vector<std::string>{"Type", "KeyId", "Label"}
              : std::vector<std::string>{"Path", "Name", "Type", "KeyId", "Tier", "DataType"};
  for (const Json& filter : filters) {
    const std::string key = text_of(filter, "Key");
    const bool tag = key.starts_with("tag:") && !by_path;
    if (!tag && !holds(valid, key))
      return AwsError(errors::invalid_filter_key, "The following filter key is not valid: " + key +
                                                      ". Valid filter keys include: " + listed(valid) + ".");
    if (holds(seen, key))
      return AwsError(errors::invalid_filter_key,
                      "The following filter is duplicated in the request: " + key +
                          ". A request can contain only one occurrence of a specific filter.");
    seen.push_back(key);
    TRY_VOID(check_option(key, text_of(filter, "Option")));
    TRY_VOID(check_values(key, filter.value("Values", Json::array())));
  }
  return {};
}

bool passes(const Parameter& parameter, const Json& filters) {
  return std::all_of(filters.begin(), filters.end(), [&](const Json& filter) { return passes_one(parameter, filter); });
}

}  // namespace millrace::ssm
