#include "emulator/services/kms/service.h"

#include "emulator/services/kms/operations.h"

namespace millrace::kms {

namespace {

class KmsService final : public protocol::JsonService {
 public:
  explicit KmsService(std::shared_ptr<ManagedKeys> keys)
      : JsonService({"TrentService", "application/x-amz-json-1.1", false, errors::service_errors()},
                    {describe_key(*keys), list_aliases(*keys), list_keys(*keys)}),
        keys_(std::move(keys)) {}

 private:
  std::shared_ptr<ManagedKeys> keys_;  // the operations are bound to it
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto keys = std::make_shared<ManagedKeys>(context);
  ports.offer<ports::Keys>(keys);
  return {.name = "kms",
          .faces = {{.service = std::make_shared<KmsService>(keys), .scopes = {"kms"}, .targets = {"TrentService"}}}};
}

}  // namespace millrace::kms
