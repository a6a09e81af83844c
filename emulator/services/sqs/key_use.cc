#include "emulator/services/sqs/key_use.h"

#include "emulator/encryption/key_use.h"

namespace millrace::sqs {

using namespace protocol;

namespace {

/// KMS's errors under SQS's codes.
AwsError kms_error(const AwsError& error) {
  static const std::pair<const char*, ErrorKind> kinds[] = {
      {"NotFoundException", {"KMS.NotFoundException"}},
      {"DisabledException", {"KMS.DisabledException"}},
      {"KMSInvalidStateException", {"KMS.InvalidStateException"}},
      {"InvalidKeyUsageException", {"KMS.InvalidKeyUsageException"}},
      {"AccessDeniedException", errors::kms_access_denied}};
  for (const auto& [code, kind] : kinds) {
    if (std::string_view(code) == error.kind->code) return {kind, error.message};
  }
  return {kinds[0].second, error.message};
}

/// The customer's key of a queue, usable now; without one, or under AWS's own, nothing.
Result<std::optional<ports::KeyFacts>> key_of(const Sqs& sqs, const Queue& queue) {
  const std::string name = text_of(queue.attributes, "KmsMasterKeyId");
  if (name.empty() || !sqs.keys) return std::optional<ports::KeyFacts>();
  auto key = sqs.keys->find_key(queue.account, queue.region, name);
  if (key.has_error()) return kms_error(key.error());
  if (key->aws_managed) return std::optional<ports::KeyFacts>();
  if (auto usable = sqs.keys->check_usable(key->arn); usable.has_error()) return kms_error(usable.error());
  return std::optional<ports::KeyFacts>(*key);
}

ports::EncryptionContext context_of(const Queue& queue) {
  return {{"aws:sqs:arn", queue.arn()}};
}

Result<void> check_usable(const Sqs& sqs, const Call& call) {
  auto queue = named_queue(sqs.context.store, call);
  if (queue.has_error()) return {};  // the operation itself says so
  TRY_VOID(key_of(sqs, *queue));
  return {};
}

}  // namespace

Operation under_key(Sqs& sqs, Operation operation, std::vector<std::string> actions) {
  auto asked = std::move(operation.access);
  operation.access = [&sqs, asked, actions](const Call& call) -> Result<AccessNeeds> {
    TRY(AccessNeeds needs, asked(call));
    auto queue = named_queue(sqs.context.store, call);
    auto key = queue.has_value() ? key_of(sqs, *queue) : Result<std::optional<ports::KeyFacts>>(std::nullopt);
    if (key.has_error() || !*key) return needs;
    for (const std::string& action : actions) {
      AccessNeed need{"kms:" + action, (*key)->arn};
      need.context = ports::key_use_context("sqs", queue->region, call.caller.account, context_of(*queue));
      needs.push_back(std::move(need));
    }
    return needs;
  };
  operation.checks_root = true;
  if (auto* json = std::get_if<JsonHandler>(&operation.handle)) {
    operation.handle = JsonHandler([&sqs, run = std::move(*json)](Call& call) -> Result<Json> {
      TRY_VOID(check_usable(sqs, call));
      return run(call);
    });
  } else if (auto* async = std::get_if<AsyncHandler>(&operation.handle)) {
    operation.handle = AsyncHandler([&sqs, run = std::move(*async)](std::shared_ptr<Call> call, Responder respond) {
      if (auto usable = check_usable(sqs, *call); usable.has_error()) return respond(std::move(usable).error());
      run(std::move(call), std::move(respond));
    });
  }
  return operation;
}

Result<void> check_key_of_delivery(const Sqs& sqs, const Queue& queue, const ports::Destination::Sender& sender,
                                   ports::Authority& authority) {
  const encryption::KeyUser user{sqs.keys.get(), nullptr, "sqs"};
  const encryption::KeyOf key{queue.account, queue.region, text_of(queue.attributes, "KmsMasterKeyId"),
                              context_of(queue)};
  auto used = encryption::use_key_as_sender(user, key, authority, sender, {"GenerateDataKey", "Decrypt"});
  if (used.has_error()) return kms_error(used.error());
  return {};
}

}  // namespace millrace::sqs
