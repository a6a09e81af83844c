#pragma once
// Queues under a customer's KMS key: it must be there and usable, and who sends or receives must be allowed to use it.

#include <optional>
#include <string>
#include <vector>

#include "emulator/encryption/envelope.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/destination.h"
#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

/// The operation, asking besides for these of KMS's actions ("GenerateDataKey") on the queue's key. Errors: KMS.NotFoundException,
/// KMS.DisabledException, KMS.InvalidStateException, KMS.InvalidKeyUsageException, KMS.AccessDeniedException.
protocol::Operation under_key(Sqs& sqs, protocol::Operation operation, std::vector<std::string> actions);

/// The same for what is delivered by a service or by a role, and for what a role receives ({"Decrypt"}).
Result<void> check_key_of_delivery(const Sqs& sqs, const Queue& queue, const ports::Destination::Sender& sender,
                                   ports::Authority& authority, const std::vector<std::string>& actions);

/// What seals the messages of a queue under a KMS key, AWS's own as well; nullopt for a queue that is under none. Not from a
/// change. KMS's errors as above. (Queues under SSE-SQS lie as they are.)
Result<std::optional<encryption::Sealer>> sealer_of(const Sqs& sqs, const Queue& queue);
/// The same for the queue that the call names, if it is there.
Result<std::optional<encryption::Sealer>> sealer_of(const Sqs& sqs, const protocol::Call& call);
/// Puts the message's body and attributes under it, with the queue's ARN, to which KMS has bound the data key.
void seal_message(const std::optional<encryption::Sealer>& sealer, const Queue& queue, NewMessage& message);
/// Brings body and attributes of a stored message back that was sealed, under whichever queue's key. False if KMS
/// doesn't open it any more.
bool open_message(const Sqs& sqs, Json& message);

}  // namespace millrace::sqs
