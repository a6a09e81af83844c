#include "emulator/services/ssm/service.h"

#include "emulator/services/ssm/ssm.h"
#include "emulator/storage/document_form.h"

namespace millrace::ssm {

namespace {

Operations all_operations(Ssm& ssm) {
  Operations all;
  all.push_back(put_parameter_operation(ssm));
  all.push_back(get_parameters_by_path(ssm));
  all.push_back(get_parameter_history(ssm));
  all.push_back(describe_parameters(ssm));
  for (auto family : {reading_operations, deleting_operations, label_operations, tag_operations}) {
    for (protocol::Operation& operation : family(ssm)) all.push_back(std::move(operation));
  }
  return all;
}

class SsmService final : public protocol::JsonService {
 public:
  explicit SsmService(std::shared_ptr<Ssm> ssm)
      : JsonService({"AmazonSSM", "application/x-amz-json-1.1", false, errors::service_errors()}, all_operations(*ssm)),
        ssm_(std::move(ssm)) {}

  /// What KMS refuses comes with KMS's own signature.
  AwsError access_denied(const protocol::Denial& denial) const override {
    AwsError error = JsonService::access_denied(denial);
    if (denial.action.starts_with("kms:"))
      error.message += " (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException; Request ID: " +
                       ssm_->context.random.uuid() + "; Proxy: null)";
    return error;
  }

 private:
  std::shared_ptr<Ssm> ssm_;  // the operations are bound to it
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto ssm = std::make_shared<Ssm>(Ssm{context, ports.share<ports::Encryption>(), ports.share<ports::Secrets>()});
  // Expirations that were set before the server's last start.
  auto start = [ssm = ssm.get()] {
    storage::each_model_anywhere<Parameter>(ssm->context.store, "ssm", "parameter",
                                            [&](std::string_view, const Parameter& parameter) {
                                              ssm->expire_later({parameter.account, parameter.region}, parameter);
                                            });
  };
  return {.name = "ssm",
          .faces = {{.service = std::make_shared<SsmService>(ssm), .scopes = {"ssm"}, .targets = {"AmazonSSM"}}},
          .start = start};
}

}  // namespace millrace::ssm
