#pragma once
// What the room keeps and is given. Documents, with the members that AWS's answers have:
//
//   {"apigateway", account, region, "api", api id}                             CreateApi's
//   {"apigateway", account, region, kind, api id, id}                          a route, an integration, ... (resources.h)
//   {"apigateway", account, region, "response", api id, parent id, id}         responses of routes and integrations
//   {"apigateway", account, region, "snapshot", api id, deployment id}         what a deployment froze
//   {"apigateway-id", api id}                                                  {"account", "region"}: the way back
//
// Members that begin with "_" are ours and are never shown.

#include <functional>
#include <string>

#include "emulator/protocol/operation.h"
#include "emulator/services/apigateway/errors.h"
#include "emulator/storage/documents.h"

namespace millrace::apigateway {

/// Whose API, and where.
struct Scope {
  std::string account, region;
};
inline Scope scope_of(const protocol::Call& call) {
  return {call.caller.account, call.caller.region};
}

std::string api_key(const Scope& scope, const std::string& api);
std::string child_key(const Scope& scope, const char* kind, const std::string& api, const std::string& id);
std::string children_prefix(const Scope& scope, const char* kind, const std::string& api);
std::string way_back_key(const std::string& api);

/// The API's document; NotFoundException.
Result<Json> load_api(const storage::Reader& reader, const Scope& scope, const std::string& api);

/// Without the members that are ours.
Json shown(const Json& document);

/// Moves given members of `input` into `document`; an empty text or list clears a member (PATCH), and an
/// empty text an entry of parameters or models.
void merge(Json& document, const Json& input, const std::vector<std::string>& members);

/// `{"items": [...], "nextToken"}` of documents in the order of their ids. The token is a position in that order.
Result<Json> page_of(const std::vector<Json>& documents, const char* id_member, const protocol::Call& call);

/// Runs `edit` on the tags of the document under the key, and stores it; `missing` where there is none.
Result<Json> edit_tags_of(storage::Txn& txn, const std::string& key,
                          const std::function<Result<void>(Json& tags)>& edit, AwsError missing);

/// The need that every operation has: apigateway:<verb> on the ARN of the path.
Result<protocol::AccessNeeds> needs_of(const protocol::Call& call);

}  // namespace millrace::apigateway
