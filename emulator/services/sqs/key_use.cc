#include "emulator/services/sqs/key_use.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
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
  // What sends asks for a data key itself (sealer_of).
  if (auto* async = std::get_if<AsyncHandler>(&operation.handle)) {
    operation.handle = AsyncHandler([&sqs, run = std::move(*async)](std::shared_ptr<Call> call, Responder respond) {
      if (auto usable = check_usable(sqs, *call); usable.has_error()) return respond(std::move(usable).error());
      run(std::move(call), std::move(respond));
    });
  }
  return operation;
}

Result<void> check_key_of_delivery(const Sqs& sqs, const Queue& queue, const ports::Destination::Sender& sender,
                                   ports::Authority& authority, const std::vector<std::string>& actions) {
  const encryption::KeyUser user{sqs.keys.get(), nullptr, "sqs"};
  const encryption::KeyOf key{queue.account, queue.region, text_of(queue.attributes, "KmsMasterKeyId"),
                              context_of(queue)};
  auto used = encryption::use_key_as_sender(user, key, authority, sender, actions);
  if (used.has_error()) return kms_error(used.error());
  return {};
}

Result<std::optional<encryption::Sealer>> sealer_of(const Sqs& sqs, const Queue& queue) {
  const std::string name = text_of(queue.attributes, "KmsMasterKeyId");
  if (name.empty() || !sqs.keys) return std::optional<encryption::Sealer>();
  auto key = sqs.keys->find_key(queue.account, queue.region, name);
  if (key.has_error()) return kms_error(key.error());
  auto sealer = encryption::Sealer::make(*sqs.keys, key->arn, context_of(queue));
  if (sealer.has_error()) return kms_error(sealer.error());
  return std::optional<encryption::Sealer>(std::move(*sealer));
}

Result<std::optional<encryption::Sealer>> sealer_of(const Sqs& sqs, const Call& call) {
  auto queue = named_queue(sqs.context.store, call);
  if (queue.has_error()) return std::optional<encryption::Sealer>();  // the operation itself says so
  return sealer_of(sqs, *queue);
}

void seal_message(const std::optional<encryption::Sealer>& sealer, const Queue& queue, NewMessage& message) {
  if (!sealer) return;
  const Json content{{"body", message.body}, {"attributes", message.message_attributes}};
  // A dead letter keeps the key of the queue that it comes from.
  message.sealed = queue.arn() + " " + to_base64(sealer->seal(to_text(content)));
}

bool open_message(const Sqs& sqs, Json& message) {
  const std::string sealed = text_of(message, "sealed");
  if (sealed.empty()) return true;
  const size_t blank = std::min(sealed.size(), sealed.find(' '));
  const auto arn = Arn::parse(sealed.substr(0, blank));
  const auto bytes = from_base64(std::string_view(sealed).substr(std::min(sealed.size(), blank + 1)));
  if (!arn || !bytes || !sqs.keys) return false;
  auto opened = encryption::open_sealed(*sqs.keys, arn->region, *bytes, {{"aws:sqs:arn", sealed.substr(0, blank)}});
  auto content = opened.has_error() ? std::nullopt : parse_json(*opened);
  if (!content) return false;
  message["body"] = text_of(*content, "body");
  message["attributes"] = content->value("attributes", Json::object());
  message.erase("sealed");
  return true;
}

}  // namespace millrace::sqs
