// Data protection policies are kept and shown: nothing is masked or audited.

#include "emulator/services/sns/sns.h"

namespace millrace::sns {

using namespace protocol;

Operation get_data_protection_policy(Sns& sns) {
  static const Shape input = structure({required("ResourceArn", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    TRY(Topic topic, tagged_topic(sns.context.store, call));
    Json out = Json::object();
    if (!topic.data_protection.empty()) out["DataProtectionPolicy"] = topic.data_protection;
    return out;
  };
  return {.name = "GetDataProtectionPolicy",
          .input = &input,
          .access = topic_access(sns, "GetDataProtectionPolicy"),
          .handle = JsonHandler(handle)};
}

Operation put_data_protection_policy(Sns& sns) {
  static const Shape input = structure({required("ResourceArn", string()), required("DataProtectionPolicy", string())});
  auto handle = [&sns](Call& call) -> Result<Json> {
    const std::string policy = text_of(call.input, "DataProtectionPolicy");
    const auto parsed = parse_json(policy);
    if (!policy.empty() && (!parsed || !parsed->is_object()))  // unverified: the words
      return AwsError(errors::invalid_parameter, "Invalid parameter: DataProtectionPolicy");
    return sns.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Topic topic, tagged_topic(txn, call));
      topic.data_protection = policy;
      put_topic(txn, topic);
      return Json();
    });
  };
  return {.name = "PutDataProtectionPolicy",
          .input = &input,
          .access = topic_access(sns, "PutDataProtectionPolicy"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::sns
