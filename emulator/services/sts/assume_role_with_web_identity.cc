// The token's signature is not verified: its keys would have to be fetched from the identity provider, and
// nothing here goes out to the network. Issuer, audience, expiry and the role's trust policy are checked.

#include "emulator/base/encoding.h"
#include "emulator/services/sts/operations.h"

namespace millrace::sts {
namespace {

/// Decodes base64url without padding.
std::optional<std::string> from_base64url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (text.size() % 4 != 0) text += '=';
  return from_base64(text);
}

/// The claims of a JWT, unverified.
std::optional<Json> claims_of(const std::string& token) {
  const size_t first = token.find('.');
  const size_t second = first == std::string::npos ? first : token.find('.', first + 1);
  if (second == std::string::npos) return std::nullopt;
  const auto payload = from_base64url(token.substr(first + 1, second - first - 1));
  if (!payload) return std::nullopt;
  auto claims = parse_json(*payload);
  if (!claims || !claims->is_object()) return std::nullopt;
  return claims;
}

/// Session tags and the source identity, which a provider may put into its token.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
void read_session_claims(const Json& claims, ports::SessionRequest& request) {
  request.source_identity = text_of(claims, "https://aws.amazon.com/source_identity");
  const Json* tags = find(claims, "https://aws.amazon.com/tags");
  if (!tags || !tags->is_object()) return;
  if (const Json* principal = find(*tags, "principal_tags"); principal && principal->is_object()) {
    for (const auto& [key, values] : principal->items()) {
      const Json& value = values.is_array() && !values.empty() ? values.front() : values;
      if (value.is_string()) request.tags.emplace_back(key, value.get<std::string>());
    }
  }
  if (const Json* keys = find(*tags, "transitive_tag_keys"); keys && keys->is_array()) {
    for (const Json& key : *keys) {
      if (key.is_string()) request.transitive_tag_keys.push_back(key.get<std::string>());
    }
  }
}

Result<Json> read_claims(const std::string& token) {
  auto claims = claims_of(token);
  if (claims) return std::move(*claims);
  return AwsError(errors::invalid_identity_token,
                  "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
}

Result<ports::WebIdentity> read_identity(const Json& claims, Millis now) {
  ports::WebIdentity identity{text_of(claims, "iss"), text_of(claims, "sub"), text_of(claims, "aud"), {}};
  if (const Json* list = find(claims, "aud"); list && list->is_array() && !list->empty() && list->front().is_string()) {
    identity.audience = list->front().get<std::string>();
  }
  // A token for several audiences says in azp which one it was issued to.
  if (const auto party = optional_text(claims, "azp"); party && identity.audience.empty()) identity.audience = *party;
  if (const Json* methods = find(claims, "amr"); methods && methods->is_array()) {
    for (const Json& method : *methods) {
      if (method.is_string()) identity.authentication_methods.push_back(method.get<std::string>());
    }
  }
  if (identity.issuer.empty() || identity.subject.empty()) {
    return AwsError(errors::invalid_identity_token, "Missing a required claim: iss or sub");  // unverified
  }
  const auto expires_s = optional_int(claims, "exp");
  if (!expires_s) return AwsError(errors::invalid_identity_token, "Missing a required claim: exp");  // unverified
  const int64_t expires = *expires_s;
  if (now / 1000 >= expires) {
    return AwsError(errors::expired_token, "Token expired: current date/time " + std::to_string(now / 1000) +
                                               " must be before the expiration date/time " + std::to_string(expires));
  }
  return identity;
}

}  // namespace

Operation assume_role_with_web_identity(State& state) {
  using protocol::any, protocol::integer, protocol::optional, protocol::required, protocol::string;
  static const protocol::Shape input = protocol::structure({
      required("RoleArn", string().length(20, 2048)),
      required("RoleSessionName", string().length(2, 64).pattern("[\\w+=,.@-]*")),
      required("WebIdentityToken", string().length(4, 20000)),
      optional("ProviderId", string().length(4, 2048)),
      optional("PolicyArns", any()),
      optional("Policy", string().length(1, 2048)),
      optional("DurationSeconds", integer().range(900, 43200)),
  });
  Operation op;
  op.name = "AssumeRoleWithWebIdentity";
  op.input = &input;
  op.handle = protocol::JsonHandler([&state](Call& call) -> Result<Json> {
    TRY(const Json claims, read_claims(text_of(call.input, "WebIdentityToken")));
    TRY(const auto identity, read_identity(claims, state.context.clock.now_ms()));
    TRY(auto request, session_request(call));
    read_session_claims(claims, request);
    request.role_arn = text_of(call.input, "RoleArn");
    request.session_name = text_of(call.input, "RoleSessionName");
    TRY(const auto session, state.sessions->assume_role_with_web_identity(identity, request));
    Json answer = Json::object();
    answer["SubjectFromWebIdentityToken"] = identity.subject;
    answer["Audience"] = identity.audience;
    answer["AssumedRoleUser"] = {{"AssumedRoleId", session.principal_id}, {"Arn", session.principal_arn}};
    answer["Credentials"] = credentials_view(session.credentials);
    answer["Provider"] = identity.issuer;
    add_session_facts(answer, session);
    return answer;
  });
  return op;
}

}  // namespace millrace::sts
