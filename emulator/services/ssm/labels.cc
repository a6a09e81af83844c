// LabelParameterVersion, UnlabelParameterVersion.

#include <algorithm>
#include <functional>
#include <optional>

#include "emulator/base/encoding.h"
#include "emulator/services/ssm/ssm.h"

namespace millrace::ssm {

using namespace protocol;

namespace {

constexpr int64_t kLabelsMax = 10;  // of a version

bool is_label(const std::string& text) {
  const std::string lower = to_lower(text);
  if (lower.starts_with("aws") || lower.starts_with("ssm")) return false;
  if (text.front() >= '0' && text.front() <= '9') return false;
  return lower.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-") == std::string::npos;
}

/// The version that the request names; without one the newest.
Result<int64_t> version_of(const storage::Reader& reader, const Place& place, const Parameter& parameter,
                           const Json& in) {
  const int64_t version = int_of(in, "ParameterVersion", parameter.version);
  if (read_version(reader, place, parameter, version)) return version;
  return AwsError(errors::version_not_found, "Systems Manager could not find version " + std::to_string(version) +
                                                 " of " + parameter.name + ". Verify the version and try again.");
}

int64_t labels_of(const Json& labels, int64_t version) {
  return std::count_if(labels.begin(), labels.end(), [&](const Json& of) { return of == version; });
}

/// What a request makes of a parameter's labels; nullopt: they stay as they are.
struct Relabelled {
  std::optional<Json> labels;
  Json answer;
};

Operation changes_labels(Ssm& ssm, const std::string& operation, const Shape* input,
                         std::function<Result<Relabelled>(const Json& given, Json labels, int64_t version)> change) {
  auto handle = [&ssm, change = std::move(change)](Call& call) -> Result<Json> {
    const Place place = place_of(call);
    return ssm.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      auto parameter = read_parameter(txn, place, text_of(call.input, "Name"), ssm.now());
      if (!parameter) return not_found();
      TRY(int64_t version, version_of(txn, place, *parameter, call.input));
      TRY(Relabelled made, change(call.input["Labels"], parameter->labels, version));
      if (made.labels) {
        parameter->labels = std::move(*made.labels);
        put_parameter(txn, place, *parameter);
      }
      return std::move(made.answer);
    });
  };
  return {.name = operation,
          .input = input,
          .access = parameter_access(ssm, operation.c_str()),
          .handle = JsonHandler(handle)};
}

Result<Relabelled> labelled(const Json& given, Json labels, int64_t version) {
  Json invalid = Json::array();
  for (const Json& label : given) {
    if (is_label(label.get<std::string>()))
      labels[label.get<std::string>()] = version;
    else
      invalid.push_back(label);
  }
  if (labels_of(labels, version) > kLabelsMax)
    return AwsError(errors::label_limit,
                    "An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion "
                    "operation: A parameter version can have maximum 10 labels.Move one or more labels to another "
                    "version and try again.");
  Relabelled out{std::nullopt, {{"InvalidLabels", invalid}, {"ParameterVersion", version}}};
  if (invalid.empty()) out.labels = std::move(labels);  // one label that isn't valid, and none is given
  return out;
}

Result<Relabelled> unlabelled(const Json& given, Json labels, int64_t version) {
  Json removed = Json::array(), invalid = Json::array();
  for (const Json& label : given) {
    const std::string name = label.get<std::string>();
    const bool there = labels.contains(name) && labels[name] == version;
    if (there) labels.erase(name);
    (there ? removed : invalid).push_back(label);
  }
  return Relabelled{std::move(labels), {{"RemovedLabels", removed}, {"InvalidLabels", invalid}}};
}

Operation label_version(Ssm& ssm) {
  static const Shape input =
      structure({required("Name", string().length(1, 2048)), optional("ParameterVersion", integer()),
                 required("Labels", list(string().length(1, 100)).length(1, 10))});
  return changes_labels(ssm, "LabelParameterVersion", &input, labelled);
}

Operation unlabel_version(Ssm& ssm) {
  static const Shape input =
      structure({required("Name", string().length(1, 2048)), required("ParameterVersion", integer()),
                 required("Labels", list(string().length(1, 100)).length(1, 10))});
  return changes_labels(ssm, "UnlabelParameterVersion", &input, unlabelled);
}

}  // namespace

Operations label_operations(Ssm& ssm) {
  return {label_version(ssm), unlabel_version(ssm)};
}

}  // namespace millrace::ssm
