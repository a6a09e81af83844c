#pragma once
// REST APIs (version 1) as they are kept. Documents, with the members that AWS's answers have:
//
//   {"apigateway", account, region, "rest", api id}                          CreateRestApi's; `policy` is plain JSON text
//   {"apigateway", account, region, "rest-" kind, api id, id or name}        a part of an API (Part below); a resource's
//                                                                             document holds its methods in full
//   {"apigateway", account, region, "rest-snapshot", api id, deployment id}  what a deployment froze
//   {"apigateway", account, region, "key" | "plan" | "domain", id]           API keys, usage plans, domain names
//   {"apigateway", account, region, "plan-key" | "mapping", plan | domain, id]
//   {"apigateway", account, region, "account"}                               UpdateAccount's
//   {"apigateway-id", api id}                                                {"account", "region", "rest": true}
//
// Members that begin with "_" are ours and are never shown.

#include <functional>
#include <string>
#include <vector>

#include "emulator/services/apigateway/gateway.h"

namespace millrace::apigateway::rest {

// The kinds of an API's parts.
inline constexpr const char* kResource = "rest-resource";
inline constexpr const char* kAuthorizer = "rest-authorizer";
inline constexpr const char* kModel = "rest-model";
inline constexpr const char* kValidator = "rest-validator";
inline constexpr const char* kResponse = "rest-response";
inline constexpr const char* kDeployment = "rest-deployment";
inline constexpr const char* kSnapshot = "rest-snapshot";
inline constexpr const char* kStage = "rest-stage";
inline constexpr const char* kDocumentationPart = "rest-documentation-part";
inline constexpr const char* kDocumentationVersion = "rest-documentation-version";

namespace errors {
inline constexpr ErrorKind bad_request_kind{"BadRequestException"};
inline constexpr ErrorKind conflict_kind{"ConflictException", 409};
inline constexpr ErrorKind not_found_kind{"NotFoundException", 404};
inline constexpr ErrorKind validation_kind{"ValidationException"};
inline constexpr ErrorKind serialization_kind{"SerializationException"};

inline AwsError bad_request(std::string text) {
  return {bad_request_kind, std::move(text)};
}
inline AwsError conflict(std::string text) {
  return {conflict_kind, std::move(text)};
}
inline AwsError not_found(std::string text) {
  return {not_found_kind, std::move(text)};
}
/// `Invalid <what> identifier specified`
inline AwsError no_such(const std::string& what) {
  return not_found("Invalid " + what + " identifier specified");
}
}  // namespace errors

std::string rest_key(const Scope& scope, const std::string& api);
/// Of a part: as child_key of the version 2 rooms. `group` is the API, usage plan or domain name.
inline std::string part_key(const Scope& scope, const char* kind, const std::string& group, const std::string& id) {
  return child_key(scope, kind, group, id);
}
/// A thing of an account: "key", "plan", "domain".
std::string own_key(const Scope& scope, const char* kind, const std::string& id);
std::string own_prefix(const Scope& scope, const char* kind);

/// The API's document; NotFoundException `Invalid API identifier specified A:id`.
Result<Json> load_rest_api(const storage::Reader& reader, const Scope& scope, const std::string& api);
/// A part's document, after the API's; `missing` is the error's text.
Result<Json> load_part(const storage::Reader& reader, const Scope& scope, const char* kind, const std::string& api,
                       const std::string& id, const std::string& missing);
void put_part(storage::Txn& txn, const Scope& scope, const char* kind, const std::string& api, const std::string& id,
              const Json& document);

/// `{"item": [...], "position"}` of documents that are in the order of `id_member`.
Result<Json> items_of(const std::vector<Json>& documents, const char* id_member, const protocol::Call& call,
                      const std::function<Json(const Json&)>& show = shown);

/// Time as version 1 writes it: seconds since the epoch.
inline int64_t now_s(const Gateway& gateway) {
  return gateway.context.clock.now_s();
}

/// An operation of version 1, where `binding` says; `input` checks the body, and errors name members as
/// `<operation>Input.member`. `name` must stay.
using Handler = std::function<Result<Json>(Gateway&, const protocol::Call&)>;
protocol::Operation operation(Gateway& gateway, const char* name, protocol::RestBinding binding, Handler handler,
                              const protocol::Shape* input = nullptr);

/// The input's checks, for an operation that reads its body itself.
Result<void> check_input_of(const std::string& operation, const protocol::Shape& shape, const Json& input);

/// Runs `edit(txn)` as one change of the store.
Result<Json> change(Gateway& gateway, const std::function<Result<Json>(storage::Txn&)>& edit);

/// Copies the members that are given and not null; empty maps and lists are left out.
void copy_given(Json& document, const Json& input, std::initializer_list<const char*> members);

/// The methods in a resource's document: {"GET": {...}}; an empty object where there are none.
const Json& methods_of(const Json& resource);

/// Text that AWS answers for a policy: escaped once more, without the outer quotes.
std::string escaped_policy(const std::string& policy);

}  // namespace millrace::apigateway::rest
