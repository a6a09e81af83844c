#include "emulator/services/sqs/attributes.h"

#include <algorithm>
#include <array>
#include <map>

#include "emulator/base/encoding.h"
#include "emulator/services/sqs/errors.h"

namespace millrace::sqs {

namespace {

struct NumericAttribute {
  std::string_view name;
  int64_t default_value, min, max;
};
constexpr std::array kNumeric = {
    NumericAttribute{"DelaySeconds", 0, 0, 900},
    NumericAttribute{"MaximumMessageSize", 1'048'576, 1024, 1'048'576},  // 262,144 until August 2025
    NumericAttribute{"MessageRetentionPeriod", 345'600, 60, 1'209'600},
    NumericAttribute{"ReceiveMessageWaitTimeSeconds", 0, 0, 20},
    NumericAttribute{"VisibilityTimeout", 30, 0, 43'200},
    NumericAttribute{"KmsDataKeyReusePeriodSeconds", 300, 60, 86'400},
};
constexpr std::array<std::string_view, 5> kTexts = {"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId",
                                                    "SqsManagedSseEnabled"};
/// Attributes of FIFO queues: the values that they take, the default first.
struct FifoAttribute {
  std::string_view name, default_value, other;
};
constexpr std::array kFifo = {
    FifoAttribute{"FifoQueue", "true", "true"},
    FifoAttribute{"ContentBasedDeduplication", "false", "true"},
    FifoAttribute{"DeduplicationScope", "queue", "messageGroup"},
    FifoAttribute{"FifoThroughputLimit", "perQueue", "perMessageGroupId"},
};

AwsError bad_value(const std::string& name) {
  return {errors::invalid_attribute_value, "Invalid value for the parameter " + name + "."};
}

Result<void> check_numeric(const NumericAttribute& attribute, const std::string& value) {
  bool digits = !value.empty() && value.size() < 12 && value.find_first_not_of("0123456789") == std::string::npos;
  int64_t number = digits ? std::stoll(value) : -1;
  if (number < attribute.min || number > attribute.max) return bad_value(std::string(attribute.name));
  return {};
}

void append_length_and(std::string& out, std::string_view bytes) {
  auto n = static_cast<uint32_t>(bytes.size());
  for (int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(n >> shift & 255));
  out += bytes;
}

}  // namespace

std::optional<int64_t> default_number(std::string_view name) {
  for (const NumericAttribute& attribute : kNumeric) {
    if (attribute.name == name) return attribute.default_value;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> fifo_defaults() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const FifoAttribute& attribute : kFifo) out.emplace_back(attribute.name, attribute.default_value);
  return out;
}

Result<void> check_attributes(const Json& attributes, bool fifo) {
  for (const auto& [name, value] : attributes.items()) {
    std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
    auto of_fifo = std::find_if(kFifo.begin(), kFifo.end(), [&](const auto& a) { return a.name == name; });
    if (of_fifo != kFifo.end()) {
      if (!fifo) return AwsError(errors::invalid_attribute_name, "Unknown Attribute " + name + ".");
      if (name == "FifoQueue" && text == "false")
        return AwsError(errors::invalid_attribute_value,
                        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.");
      if (text != of_fifo->default_value && text != of_fifo->other) return bad_value(name);
      continue;
    }
    auto numeric = std::find_if(kNumeric.begin(), kNumeric.end(), [&](const auto& a) { return a.name == name; });
    if (numeric != kNumeric.end()) {
      TRY_VOID(check_numeric(*numeric, text));
    } else if (std::find(kTexts.begin(), kTexts.end(), name) == kTexts.end()) {
      return AwsError(errors::invalid_attribute_name, "Unknown Attribute " + name + ".");
    } else if ((name == "Policy" || name.starts_with("Redrive")) && !text.empty() && !parse_json(text)) {
      return bad_value(name);
    }
  }
  return {};
}

std::string md5_of_attributes(const Json& message_attributes) {
  if (message_attributes.empty()) return "";
  std::map<std::string, const Json*> sorted;
  for (const auto& [name, value] : message_attributes.items()) sorted[name] = &value;
  std::string bytes;
  for (const auto& [name, value] : sorted) {
    std::string type = text_of(*value, "DataType");
    append_length_and(bytes, name);
    append_length_and(bytes, type);
    bool binary = type.starts_with("Binary");
    bytes.push_back(binary ? 2 : 1);
    append_length_and(
        bytes, binary ? from_base64(text_of(*value, "BinaryValue")).value_or("") : text_of(*value, "StringValue"));
  }
  return to_hex(md5(bytes));
}

}  // namespace millrace::sqs
