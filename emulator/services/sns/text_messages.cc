// Text messages: settings are kept, numbers are looked at, nothing is sent.

#include <algorithm>

#include "emulator/base/characters.h"
#include "emulator/services/sns/sns.h"
#include "emulator/storage/documents.h"

namespace millrace::sns {

using namespace protocol;

namespace {

constexpr const char* kAttributes[] = {
    "MonthlySpendLimit", "DeliveryStatusIAMRole", "DeliveryStatusSuccessSamplingRate",
    "DefaultSenderID",   "DefaultSMSType",        "UsageReportS3Bucket"};

std::string settings_key(const Caller& caller) {
  return storage::document_key({"sns", caller.account, caller.region, "text-messages"});
}

std::function<Result<AccessNeeds>(const Call&)> on_everything(const char* action) {
  return [action = std::string("sns:") + action](const Call&) -> Result<AccessNeeds> {
    return AccessNeeds{{action, "*"}};
  };
}

Operation get_sms_attributes(Sns& sns) {
  auto handle = [&sns](Call& call) -> Result<Json> {
    const Json kept = storage::get_document(sns.context.store, settings_key(call.caller)).value_or(Json::object());
    const Json asked = call.input.value("attributes", Json::array());
    Json out = Json::object();
    for (const auto& [name, value] : kept.items()) {
      const bool wanted =
          !asked.is_array() || asked.empty() || std::find(asked.begin(), asked.end(), name) != asked.end();
      if (wanted) out[name] = value;
    }
    return Json{{"attributes", out}};
  };
  return {.name = "GetSMSAttributes", .access = on_everything("GetSMSAttributes"), .handle = JsonHandler(handle)};
}

// unverified: the words of its refusals
Operation set_sms_attributes(Sns& sns) {
  static const Shape input = structure({required("attributes", map(string()))});
  auto handle = [&sns](Call& call) -> Result<Json> {
    const Json given = call.input.value("attributes", Json::object());
    for (const auto& [name, value] : given.items()) {
      if (std::find(std::begin(kAttributes), std::end(kAttributes), name) == std::end(kAttributes))
        return AwsError(errors::invalid_parameter, name + " is not a valid attribute");
      if (name == "DefaultSMSType" && value != "Transactional" && value != "Promotional")
        return AwsError(errors::invalid_parameter, "DefaultSMSType is invalid");
    }
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      Json kept = storage::get_document(txn, settings_key(call.caller)).value_or(Json::object());
      kept.update(given);
      storage::put_document(txn, settings_key(call.caller), kept);
      return Json::object();
    });
  };
  return {.name = "SetSMSAttributes",
          .input = &input,
          .access = on_everything("SetSMSAttributes"),
          .handle = JsonHandler(handle)};
}

/// An operation about numbers: none has opted out, none is kept.
Operation about_numbers(const char* name, const char* number_member, Json answer) {
  auto handle = [number_member, answer = std::move(answer)](Call& call) -> Result<Json> {
    if (*number_member != '\0' && !is_phone_number(text_of(call.input, number_member)))
      return AwsError(errors::invalid_parameter, "Invalid parameter: PhoneNumber Reason: input incorrectly formatted");
    return answer;
  };
  return {.name = name, .access = on_everything(name), .handle = JsonHandler(handle)};
}

}  // namespace

bool is_phone_number(const std::string& text) {
  constexpr size_t kDigitsMax = 15;  // E.164
  const std::string digits = text.starts_with('+') ? text.substr(1) : text;
  return digits.size() >= 2 && digits.size() <= kDigitsMax && digits[0] != '0' &&
         std::all_of(digits.begin(), digits.end(), is_digit);
}

void add_text_message_operations(std::vector<Operation>& operations, Sns& sns) {
  operations.push_back(get_sms_attributes(sns));
  operations.push_back(set_sms_attributes(sns));
  operations.push_back(about_numbers("CheckIfPhoneNumberIsOptedOut", "phoneNumber", Json{{"isOptedOut", false}}));
  operations.push_back(about_numbers("OptInPhoneNumber", "phoneNumber", Json::object()));
  operations.push_back(about_numbers("ListPhoneNumbersOptedOut", "", Json{{"phoneNumbers", Json::array()}}));
  operations.push_back(about_numbers("GetSMSSandboxAccountStatus", "", Json{{"IsInSandbox", true}}));
  operations.push_back(about_numbers("ListSMSSandboxPhoneNumbers", "", Json{{"PhoneNumbers", Json::array()}}));
  operations.push_back(about_numbers("ListOriginationNumbers", "", Json{{"PhoneNumbers", Json::array()}}));
}

}  // namespace millrace::sns
