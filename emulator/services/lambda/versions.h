#pragma once
// Published versions: immutable copies of $LATEST's document.

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// Publishes what $LATEST is: stores the version's document, updates `latest` (which the caller stores) and returns
/// the version's document. Without a change since the last publication the existing version is returned.
Json publish_document(storage::Txn& txn, const FunctionRef& ref, Json& latest, const std::string& description,
                      Random& random);

}  // namespace millrace::lambda
