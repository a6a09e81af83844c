#pragma once
// How platform applications and their endpoints are found.

#include <optional>
#include <string>

#include "emulator/services/sns/sns.h"

namespace millrace::sns {

/// ("sns", account, region, "application", "GCM/name"), ("sns", account, region, "endpoint", "GCM/name/uuid")
std::string push_key(const Arn& arn);
/// The one that the call's member names; NotFound, InvalidParameter. `kind`: "app", "endpoint".
Result<PushTarget> called_push_target(const storage::Reader& reader, const protocol::Call& call, const char* member,
                                      const char* kind);
std::vector<PushTarget> endpoints_of(const storage::Reader& reader, const Arn& application);
std::vector<PushTarget> applications_of(const storage::Reader& reader, const protocol::Caller& caller);
void put_push_target(storage::Txn& txn, const PushTarget& target);
/// The caller needs `sns:<action>` on what the member names.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> push_access(const char* action, const char* member);

// push_endpoints.cc
void add_endpoint_operations(std::vector<protocol::Operation>& operations, Sns& sns);

}  // namespace millrace::sns
