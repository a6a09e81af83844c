// GetBucketWebsite, PutBucketWebsite, DeleteBucketWebsite. Pages are served by objects/website_pages.cc.

#include "emulator/services/s3/buckets/website.h"

#include "emulator/services/s3/buckets/configuration.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr const char* kShape =
    "WebsiteConfiguration{ErrorDocument?{Key}, IndexDocument?{Suffix}, RedirectAllRequestsTo?{HostName, "
    "Protocol?=http|https},"
    "RoutingRules?{RoutingRule*{Condition?{HttpErrorCodeReturnedEquals?:int, KeyPrefixEquals?},"
    "Redirect{HostName?, HttpRedirectCode?:int, Protocol?=http|https, ReplaceKeyPrefixWith?, "
    "ReplaceKeyWith?}}}}";

AwsError invalid(const char* message) {
  return {errors::invalid_argument_kind, message};
}

Result<void> check_website(storage::Txn&, const protocol::Call&, const Bucket&, pugi::xml_node root) {
  if (has_child(root, "RedirectAllRequestsTo")) {
    if (has_child(root, "IndexDocument") || has_child(root, "ErrorDocument") || has_child(root, "RoutingRules"))
      return invalid("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.");
    return {};
  }
  if (!has_child(root, "IndexDocument"))
    return invalid("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty");
  std::string suffix = child_text(root.child("IndexDocument"), "Suffix");
  if (suffix.empty() || suffix.find('/') != std::string::npos)
    return invalid("The IndexDocument Suffix is not well formed");
  for (const pugi::xml_node& rule : root.child("RoutingRules").children("RoutingRule")) {
    pugi::xml_node condition = rule.child("Condition");
    // unverified: the words, which are those that S3's console shows for it.
    if (condition && !has_child(condition, "KeyPrefixEquals") && !has_child(condition, "HttpErrorCodeReturnedEquals"))
      return errors::invalid(
          "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be "
          "present.");
    if (has_child(rule.child("Redirect"), "ReplaceKeyWith") &&
        has_child(rule.child("Redirect"), "ReplaceKeyPrefixWith"))
      return invalid("You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
  }
  return {};
}

WebsiteRedirect read_redirect(const pugi::xml_node& node) {
  WebsiteRedirect out;
  out.protocol = child_text(node, "Protocol");
  out.host = child_text(node, "HostName");
  out.replaces_key = has_child(node, "ReplaceKeyWith");
  out.replaces_prefix = has_child(node, "ReplaceKeyPrefixWith");
  out.replace_key = child_text(node, "ReplaceKeyWith");
  out.replace_prefix = child_text(node, "ReplaceKeyPrefixWith");
  if (has_child(node, "HttpRedirectCode")) out.status = node.child("HttpRedirectCode").text().as_int();
  return out;
}

const Configuration kWebsite = {
    .kind = "website",
    .operation = "BucketWebsite",
    .action = "BucketWebsite",
    .removable = true,
    .remove_action = "s3:DeleteBucketWebsite",
    .shape = kShape,
    .missing = &errors::no_such_website,
    .missing_message = "The specified bucket does not have a website configuration",
    .check = check_website,
};

}  // namespace

std::optional<Website> website_of(const storage::Reader& reader, const Bucket& bucket) {
  static const XmlShape shape = xml_shape(kShape);
  auto text = setting(reader, bucket.name, "website");
  if (!text) return std::nullopt;
  auto document = parse_xml(*text, shape);
  if (document.has_error()) return std::nullopt;
  pugi::xml_node root = (*document)->document_element();
  Website out;
  out.index_suffix = child_text(root.child("IndexDocument"), "Suffix");
  out.error_key = child_text(root.child("ErrorDocument"), "Key");
  if (has_child(root, "RedirectAllRequestsTo")) out.redirect_all = read_redirect(root.child("RedirectAllRequestsTo"));
  for (const pugi::xml_node& node : root.child("RoutingRules").children("RoutingRule")) {
    WebsiteRule rule;
    rule.prefix = child_text(node.child("Condition"), "KeyPrefixEquals");
    rule.error_status = node.child("Condition").child("HttpErrorCodeReturnedEquals").text().as_int();
    rule.redirect = read_redirect(node.child("Redirect"));
    out.rules.push_back(std::move(rule));
  }
  return out;
}

void add_website_configuration(Operations& operations, S3& s3) {
  add_configuration(operations, s3, kWebsite);
}

}  // namespace millrace::s3
