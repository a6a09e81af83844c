#include "emulator/services/s3/buckets/acl.h"

#include "emulator/base/encoding.h"
#include "emulator/services/s3/buckets/grants.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/wire/request.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

namespace {

constexpr size_t kGrantsMax = 100;

const XmlShape& acl_shape() {
  static const XmlShape shape = xml_shape(
      "AccessControlPolicy{Owner?{ID?, DisplayName?}, AccessControlList?{Grant*{"
      "Grantee{ID?, DisplayName?, EmailAddress?, URI?, Type?}, "
      "Permission=FULL_CONTROL|READ|WRITE|READ_ACP|WRITE_ACP}}}");
  return shape;
}

bool is_group(std::string_view uri) {
  return uri == kAllUsers || uri == kAuthenticatedUsers || uri == kLogDelivery;
}

struct GrantHeader {
  const char* header;
  const char* permission;
};
constexpr GrantHeader kGrantHeaders[] = {{"x-amz-grant-full-control", "FULL_CONTROL"},
                                         {"x-amz-grant-read", "READ"},
                                         {"x-amz-grant-write", "WRITE"},
                                         {"x-amz-grant-read-acp", "READ_ACP"},
                                         {"x-amz-grant-write-acp", "WRITE_ACP"}};

/// `id="...", uri="..."`
Result<void> read_grantees(std::string_view text, const char* permission, std::vector<Grant>& out) {
  while (!text.empty()) {
    std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    while (item.starts_with(' ')) item.remove_prefix(1);
    size_t equals = item.find('=');
    if (equals == std::string_view::npos)
      return errors::invalid_argument("Argument format not recognized", permission, item);
    std::string_view kind = item.substr(0, equals), value = item.substr(equals + 1);
    while (value.ends_with(' ')) value.remove_suffix(1);
    if (value.starts_with('"') && value.ends_with('"') && value.size() >= 2) value = value.substr(1, value.size() - 2);
    if (equals_ignore_case(kind, "id")) {
      if (account_of_canonical_id(value).empty())
        return errors::invalid_argument("Invalid id", "CanonicalUser/ID", value);
      out.push_back({std::string(value), "", permission});
    } else if (equals_ignore_case(kind, "uri")) {
      if (!is_group(value)) return errors::invalid_argument("Invalid group uri", "Group/URI", value);
      out.push_back({"", std::string(value), permission});
    } else {
      return AwsError(errors::unresolvable_grant,
                      "The e-mail address you provided does not match any account on record.");
    }
  }
  return {};
}

Result<std::vector<Grant>> canned_grants(std::string_view canned, const Bucket& bucket, std::string_view owner) {
  std::vector<Grant> out = {{canonical_id(owner), "", "FULL_CONTROL"}};
  if (canned == "private" || canned == "aws-exec-read") return out;
  if (canned == "public-read")
    out.push_back({"", std::string(kAllUsers), "READ"});
  else if (canned == "public-read-write") {
    out.push_back({"", std::string(kAllUsers), "READ"});
    out.push_back({"", std::string(kAllUsers), "WRITE"});
  } else if (canned == "authenticated-read")
    out.push_back({"", std::string(kAuthenticatedUsers), "READ"});
  else if (canned == "bucket-owner-read" || canned == "bucket-owner-full-control") {
    if (owner != bucket.account)
      out.push_back({canonical_id(bucket.account), "", canned == "bucket-owner-read" ? "READ" : "FULL_CONTROL"});
  } else if (canned == "log-delivery-write") {
    out.push_back({"", std::string(kLogDelivery), "WRITE"});
    out.push_back({"", std::string(kLogDelivery), "READ_ACP"});
  } else {
    return errors::invalid_argument("", "x-amz-acl", canned);
  }
  return out;
}

Result<std::vector<Grant>> body_grants(const std::string& body) {
  auto document = parse_xml(body, acl_shape());
  // The stored form is the same, but what is sent must be whole.
  const bool whole = !document.has_error() && has_child((*document)->document_element().child("Owner"), "ID") &&
                     (*document)->document_element().child("AccessControlList");
  if (!whole) {
    return AwsError(errors::malformed_acl,
                    "The XML you provided was not well-formed or did not validate against our published schema");
  }
  std::vector<Grant> out;
  for (const pugi::xml_node& grant : (*document)->document_element().child("AccessControlList").children("Grant")) {
    pugi::xml_node grantee = grant.child("Grantee");
    Grant one{child_text(grantee, "ID"), child_text(grantee, "URI"), child_text(grant, "Permission")};
    if (one.uri.empty() && account_of_canonical_id(one.canonical_id).empty())
      return errors::invalid_argument("Invalid id", "CanonicalUser/ID", one.canonical_id);
    if (!one.uri.empty() && !is_group(one.uri))
      return errors::invalid_argument("Invalid group uri", "Group/URI", one.uri);
    out.push_back(std::move(one));
  }
  if (out.size() > kGrantsMax) return errors::malformed_xml();
  return out;
}

/// Headers say all there is to say.
AwsError no_content() {
  return {errors::unexpected_content, "This request does not support content"};
}

bool is_public(const std::vector<Grant>& grants) {
  for (const Grant& grant : grants) {
    if (grant.uri == kAllUsers || grant.uri == kAuthenticatedUsers) return true;
  }
  return false;
}

}  // namespace

std::vector<Grant> grants_of(const std::string& acl_xml) {
  std::vector<Grant> out;
  auto document = parse_xml(acl_xml, acl_shape());
  if (document.has_error()) return out;
  for (const pugi::xml_node& grant : (*document)->document_element().child("AccessControlList").children("Grant")) {
    pugi::xml_node grantee = grant.child("Grantee");
    out.push_back({child_text(grantee, "ID"), child_text(grantee, "URI"), child_text(grant, "Permission")});
  }
  return out;
}

std::string acl_xml(std::string_view owner_account, const std::vector<Grant>& grants) {
  XmlWriter xml;
  xml.open_root("AccessControlPolicy").open("Owner").text("ID", canonical_id(owner_account)).close("Owner");
  xml.open("AccessControlList");
  for (const Grant& grant : grants) {
    const char* type = grant.uri.empty() ? "CanonicalUser" : "Group";
    xml.open("Grant");
    xml.open_with("Grantee",
                  std::string("xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"") + type + "\"");
    if (grant.uri.empty())
      xml.text("ID", grant.canonical_id);
    else
      xml.text("URI", grant.uri);
    xml.close("Grantee").text("Permission", grant.permission).close("Grant");
  }
  return xml.close("AccessControlList").close("AccessControlPolicy").take();
}

std::string default_acl_xml(std::string_view owner_account) {
  return acl_xml(owner_account, {{canonical_id(owner_account), "", "FULL_CONTROL"}});
}

Result<void> check_says_acl(const protocol::Call& call) {
  if (!call.http.body.empty() || call.http.headers.has("x-amz-acl")) return {};
  for (const GrantHeader& each : kGrantHeaders) {
    if (call.http.headers.has(each.header)) return {};
  }
  return AwsError(errors::missing_security_header, "Your request was missing a required header",
                  Json{{"MissingHeaderName", "x-amz-acl"}});
}

Result<std::string> requested_acl(const storage::Reader& reader, const Bucket& bucket, const protocol::Headers& headers,
                                  std::string_view owner_account, const std::string* body) {
  std::vector<Grant> grants;
  std::string_view canned = headers.get("x-amz-acl");
  bool said = !canned.empty();
  for (const GrantHeader& each : kGrantHeaders) {
    if (!headers.has(each.header)) continue;
    if (!canned.empty()) return errors::invalid("Specifying both Canned ACLs and Header Grants is not allowed");
    TRY_VOID(read_grantees(headers.get(each.header), each.permission, grants));
    said = true;
  }
  if (!canned.empty()) {
    if (body && !body->empty()) return no_content();
    TRY(grants, canned_grants(canned, bucket, owner_account));
  } else if (body && !body->empty()) {
    if (said) return no_content();
    TRY(grants, body_grants(*body));
    said = true;
  }
  if (!said) return std::string();
  bool owners_alone = canned == "private" || canned == "bucket-owner-full-control";
  if (object_ownership(reader, bucket) == "BucketOwnerEnforced") {
    bool just_the_owner = grants.size() == 1 && grants[0].canonical_id == canonical_id(bucket.account) &&
                          grants[0].permission == "FULL_CONTROL";
    if (body ? !(just_the_owner && canned.empty()) : !owners_alone && !just_the_owner)
      return AwsError(errors::access_control_list_not_supported, "The bucket does not allow ACLs");
    return std::string();
  }
  if (is_public(grants) && public_access_block(reader, bucket).block_acls) return errors::access_denied_plainly();
  return canned == "private" ? std::string() : acl_xml(owner_account, grants);
}

}  // namespace millrace::s3
