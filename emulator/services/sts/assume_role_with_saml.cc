// AssumeRoleWithSAML. The assertion's signature is not verified: what it says is taken as the identity provider's
// word, and the provider, the role it names, its audience, its expiry and the role's trust policy are checked.

#include <pugixml.hpp>
#include <string_view>

#include "emulator/base/encoding.h"
#include "emulator/services/sts/operations.h"

namespace millrace::sts {
namespace {

constexpr std::string_view kRoleAttribute = "https://aws.amazon.com/SAML/Attributes/Role";
constexpr std::string_view kNameAttribute = "https://aws.amazon.com/SAML/Attributes/RoleSessionName";
constexpr std::string_view kDurationAttribute = "https://aws.amazon.com/SAML/Attributes/SessionDuration";
constexpr std::string_view kTagAttributes = "https://aws.amazon.com/SAML/Attributes/PrincipalTag:";
constexpr std::string_view kTransitiveAttribute = "https://aws.amazon.com/SAML/Attributes/TransitiveTagKeys";
constexpr std::string_view kIdentityAttribute = "https://aws.amazon.com/SAML/Attributes/SourceIdentity";
constexpr size_t kDepthMax = 32;

AwsError invalid_assertion(const char* why) {
  return {errors::invalid_identity_token, why};
}

/// The name without its prefix: responses call the same element saml2:Assertion, saml:Assertion or Assertion.
std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
}

/// The first descendant of that name.
pugi::xml_node descendant(const pugi::xml_node& node, std::string_view name, size_t depth = 0) {
  if (depth > kDepthMax) return {};
  for (const pugi::xml_node& child : node.children()) {
    if (local_name(child) == name) return child;
    if (pugi::xml_node found = descendant(child, name, depth + 1)) return found;
  }
  return {};
}

std::string text_in(const pugi::xml_node& node) {
  std::string text = node.text().get();
  const size_t from = text.find_first_not_of(" \t\r\n"), to = text.find_last_not_of(" \t\r\n");
  return from == std::string::npos ? "" : text.substr(from, to - from + 1);
}

/// The values of the attributes; nothing else of an AttributeStatement matters.
std::vector<std::pair<std::string, std::vector<std::string>>> attributes_of(const pugi::xml_node& assertion) {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  for (const pugi::xml_node& attribute : descendant(assertion, "AttributeStatement").children()) {
    if (local_name(attribute) != "Attribute") continue;
    out.emplace_back(attribute.attribute("Name").value(), std::vector<std::string>{});
    for (const pugi::xml_node& value : attribute.children()) {
      if (local_name(value) == "AttributeValue") out.back().second.push_back(text_in(value));
    }
  }
  return out;
}

/// "role ARN,provider ARN", in either order.
bool names_pair(const std::string& value, const std::string& role, const std::string& provider) {
  const size_t comma = value.find(',');
  if (comma == std::string::npos) return false;
  const auto trim = [](std::string text) {
    std::erase(text, ' ');
    return text;
  };
  const std::string first = trim(value.substr(0, comma)), second = trim(value.substr(comma + 1));
  return (first == role && second == provider) || (first == provider && second == role);
}

Result<ports::SamlIdentity> read_subject(const pugi::xml_node& assertion, Millis now) {
  ports::SamlIdentity identity;
  identity.issuer = text_in(descendant(assertion, "Issuer"));
  const pugi::xml_node name_id = descendant(assertion, "NameID");
  identity.subject = text_in(name_id);
  const std::string format = name_id.attribute("Format").value();
  const size_t colon = format.rfind(':');
  identity.subject_type = colon == std::string::npos ? format : format.substr(colon + 1);
  const pugi::xml_node confirmation = descendant(assertion, "SubjectConfirmationData");
  identity.audience = confirmation.attribute("Recipient").value();
  if (identity.issuer.empty() || identity.subject.empty())
    return invalid_assertion("Missing required elements in the SAML assertion: Issuer or NameID");  // unverified
  const Millis until = parse_iso(confirmation.attribute("NotOnOrAfter").value());
  if (until > 0 && now >= until)
    return AwsError(errors::expired_token, "Token must be redeemed within 5 minutes of issuance");
  return identity;
}

/// Session name, duration, tags and source identity, from the attributes.
Result<void> read_attributes(const pugi::xml_node& assertion, const ports::SamlIdentity& identity,
                             ports::SessionRequest& request) {
  bool names_role = false;
  for (const auto& [name, values] : attributes_of(assertion)) {
    if (values.empty()) continue;
    if (name == kRoleAttribute) {
      for (const std::string& value : values)
        names_role = names_role || names_pair(value, request.role_arn, identity.provider_arn);
    } else if (name == kNameAttribute) {
      request.session_name = values[0];
    } else if (name == kDurationAttribute && request.duration_s == 0) {
      request.duration_s = std::strtoll(values[0].c_str(), nullptr, 10);
    } else if (name == kIdentityAttribute) {
      request.source_identity = values[0];
    } else if (name == kTransitiveAttribute) {
      request.transitive_tag_keys = values;
    } else if (name.starts_with(kTagAttributes)) {
      request.tags.emplace_back(name.substr(kTagAttributes.size()), values[0]);
    }
  }
  if (!names_role) {
    return AwsError(errors::access_denied, "Not authorized to perform sts:AssumeRoleWithSAML");
  }
  if (request.session_name.empty()) return invalid_assertion("RoleSessionName is required in AuthnResponse");
  return {};
}

}  // namespace

Operation assume_role_with_saml(State& state) {
  using protocol::any, protocol::integer, protocol::optional, protocol::required, protocol::string;
  static const protocol::Shape input = protocol::structure({
      required("RoleArn", string().length(20, 2048)),
      required("PrincipalArn", string().length(20, 2048)),
      required("SAMLAssertion", string().length(4, 100000)),
      optional("PolicyArns", any()),
      optional("Policy", string().length(1, 2048)),
      optional("DurationSeconds", integer().range(900, 43200)),
  });
  Operation op;
  op.name = "AssumeRoleWithSAML";
  op.input = &input;
  op.handle = protocol::JsonHandler([&state](Call& call) -> Result<Json> {
    const auto text = from_base64(text_of(call.input, "SAMLAssertion"));
    pugi::xml_document document;  // takes no entities of the document's own
    if (!text || !document.load_buffer(text->data(), text->size()))
      return invalid_assertion("Invalid base64 SAMLResponse");
    const pugi::xml_node assertion = descendant(document, "Assertion");
    if (!assertion) return invalid_assertion("Missing Assertion element in the SAML response");  // unverified
    TRY(ports::SamlIdentity identity, read_subject(assertion, state.context.clock.now_ms()));
    identity.provider_arn = text_of(call.input, "PrincipalArn");
    TRY(ports::SessionRequest request, session_request(call));
    request.role_arn = text_of(call.input, "RoleArn");
    TRY_VOID(read_attributes(assertion, identity, request));
    TRY(const auto session, state.sessions->assume_role_with_saml(identity, request));
    const std::string account = session.principal_arn.substr(std::string_view("arn:aws:sts::").size(), 12);
    const std::string provider = identity.provider_arn.substr(identity.provider_arn.rfind('/') + 1);
    Json answer = Json::object();
    answer["Issuer"] = identity.issuer;
    answer["AssumedRoleUser"] = {{"AssumedRoleId", session.principal_id}, {"Arn", session.principal_arn}};
    answer["Credentials"] = credentials_view(session.credentials);
    answer["Subject"] = identity.subject;
    answer["SubjectType"] = identity.subject_type;
    answer["Audience"] = identity.audience;
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
    answer["NameQualifier"] = to_base64(sha1(identity.issuer + account + "/" + provider));
    add_session_facts(answer, session);
    return answer;
  });
  return op;
}

}  // namespace millrace::sts
