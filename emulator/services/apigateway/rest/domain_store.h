#pragma once
// Custom domain names as both versions' operations keep them.

#include "emulator/services/apigateway/rest/state.h"

namespace millrace::apigateway::rest {

/// The name's document; NotFoundException.
Result<Json> load_domain(const storage::Reader& reader, const Scope& scope, const std::string& name);
/// A new name inside a change, from version 1's members. The caller adds it to Gateway::domains once that is committed.
Result<Json> create_domain_in(Gateway& gateway, storage::Txn& txn, const Scope& scope, const Json& input);
/// The name and its mappings go; the caller takes it out of Gateway::domains.
Result<void> remove_domain_in(storage::Txn& txn, const Scope& scope, const std::string& name);

}  // namespace millrace::apigateway::rest
