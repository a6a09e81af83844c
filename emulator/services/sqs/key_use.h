#pragma once
// Queues under a customer's KMS key: it must be there and usable, and who sends or receives must be allowed to use it.

#include <string>
#include <vector>

#include "emulator/ports/authority.h"
#include "emulator/ports/destination.h"
#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

/// The operation, asking besides for these of KMS's actions ("GenerateDataKey") on the queue's key. Errors: KMS.NotFoundException,
/// KMS.DisabledException, KMS.InvalidStateException, KMS.InvalidKeyUsageException, KMS.AccessDeniedException.
protocol::Operation under_key(Sqs& sqs, protocol::Operation operation, std::vector<std::string> actions);

/// The same for what is delivered by a service or by a role.
Result<void> check_key_of_delivery(const Sqs& sqs, const Queue& queue, const ports::Destination::Sender& sender,
                                   ports::Authority& authority);

}  // namespace millrace::sqs
