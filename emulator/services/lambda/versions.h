#pragma once
// Published versions: immutable copies of $LATEST's document.

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// Publishes what $LATEST is: stores the version's document, updates `latest` (which the caller stores) and returns
/// the version's document. Without a change of code or configuration since the last publication the existing version is
/// returned, whatever the description. A new version gives $LATEST a new revision.
Json publish_document(storage::Txn& txn, const FunctionRef& ref, Json& latest, const std::string& description,
                      Random& random);

/// `PublishTo`. unverified: `$LATEST.PUBLISHED` isn't kept apart, an ordinary version is published.
protocol::Member publish_to_member();

}  // namespace millrace::lambda
