#include "emulator/services/kms/service.h"

#include "emulator/ports/resources.h"
#include "emulator/services/kms/kms.h"

namespace millrace::kms {

namespace {

Operations all_operations(Kms& kms) {
  Operations all;
  for (auto family :
       {key_operations, alias_operations, policy_operations, tag_operations, grant_operations, rotation_operations,
        encryption_operations, data_key_operations, signing_operations, import_operations, multi_region_operations}) {
    for (protocol::Operation& operation : family(kms)) all.push_back(std::move(operation));
  }
  return all;
}

class KmsService final : public protocol::JsonService {
 public:
  explicit KmsService(std::shared_ptr<Kms> kms)
      : JsonService({"TrentService", "application/x-amz-json-1.1", false, errors::service_errors()},
                    all_operations(*kms)),
        kms_(std::move(kms)) {}

 private:
  std::shared_ptr<Kms> kms_;  // the operations are bound to it
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto kms = std::make_shared<Kms>(context, ports.find<ports::Principals>());
  ports.offer<ports::Keys>(kms);
  ports.offer<ports::Encryption>(kms);
  ports.get<ports::Resources>().add_policies("kms",
                                             [keys = kms.get()](const std::string& arn) { return keys->policy(arn); });
  return {.name = "kms",
          .faces = {{.service = std::make_shared<KmsService>(kms), .scopes = {"kms"}, .targets = {"TrentService"}}},
          .start = [kms = kms.get()] { kms->start(); }};
}

}  // namespace millrace::kms
