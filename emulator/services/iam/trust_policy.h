#pragma once
// A role's trust policy as text: what may be stored, and what happens to it when a principal goes.

#include "emulator/services/iam/directory.h"

namespace millrace::iam {

/// Whether a policy of the account may name the principal: one of the account itself must exist, those of other
/// accounts may.
bool aws_principal_exists(const Reader& reader, const std::string& account, const std::string& value);
/// Whether the text has the form of a service's principal, "lambda.amazonaws.com".
bool is_service_name(std::string_view value);

/// Grammar, size and principals: those of the account itself must exist. Principals of other accounts are
/// taken as they are, because the emulator may not know them.
Result<void> check_trust_policy(const Reader& reader, const std::string& account, const std::string& document);

/// After a role or user is deleted, trust policies of the account that name it show its unique id instead, so
/// that a new entity of the same name isn't trusted by them.
void replace_principal(Txn& txn, const std::string& account, const std::string& arn, const std::string& unique_id);

/// A permissions boundary must be a managed policy that exists.
Result<void> check_boundary(const Reader& reader, const std::string& arn);

}  // namespace millrace::iam
