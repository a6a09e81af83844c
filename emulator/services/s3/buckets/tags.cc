#include "emulator/services/s3/buckets/tags.h"

#include "emulator/base/encoding.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr size_t kBucketTagsMax = 50;
constexpr size_t kObjectTagsMax = 10;
constexpr size_t kTagKeyMax = 128;  // characters
constexpr size_t kTagValueMax = 256;

size_t characters(std::string_view text) {
  size_t n = 0;
  for (char c : text) n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return n;
}

/// Letters, digits and blanks of any language, and + - = . _ : / @
bool is_tag_text(std::string_view text) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || isalnum(byte)) continue;
    if (std::string_view("+-=._:/@ ").find(c) == std::string_view::npos) return false;
  }
  return true;
}

constexpr const char* kReservedKey =
    "User-defined tag keys can't start with \"aws:\". This prefix is reserved for system tags. Remove \"aws:\" from "
    "your tag keys and try again.";
constexpr const char* kBadResourceTag =
    "This request contains a tag key or value that isn't valid. Valid characters include the following: "
    "[a-zA-Z+-=._:/]. Tag keys can contain up to 128 characters. Tag values can contain up to 256 characters.";

AwsError invalid_tag(const char* message, Json extra = Json::object()) {
  return {errors::invalid_tag, message, std::move(extra)};
}

AwsError reserved_key(const std::string& key, TagRules rules) {
  if (rules == TagRules::new_bucket || rules == TagRules::resource) return invalid_tag(kReservedKey);
  return invalid_tag(rules == TagRules::bucket ? "System tags cannot be added/updated by requester"
                                               : "Your TagKey cannot be prefixed with aws:",
                     {{"TagKey", key}});
}

AwsError repeated_key(const std::string& key, TagRules rules) {
  if (rules == TagRules::resource)
    return invalid_tag("There are duplicate tag keys in your request. Remove the duplicate tag keys and try again.");
  // CreateBucket fails with 500 on AWS; SDKs would try that again for minutes.
  return invalid_tag("Cannot provide multiple Tags with the same key", {{"TagKey", key}});
}

}  // namespace

Result<void> check_tags(const Pairs& tags, TagRules rules) {
  const bool of_object = rules == TagRules::object;
  if (tags.size() > (of_object ? kObjectTagsMax : kBucketTagsMax)) {  // unverified: TagResource's words
    return AwsError(errors::bad_request,
                    of_object ? "Object tags cannot be greater than 10" : "Bucket tag count cannot be greater than 50");
  }
  for (size_t i = 0; i < tags.size(); ++i) {
    const auto& [key, value] = tags[i];
    for (size_t j = 0; j < i; ++j) {
      if (tags[j].first == key) return repeated_key(key, rules);
    }
    if (protocol::is_reserved_tag_key(key)) return reserved_key(key, rules);
    const bool good_key = !key.empty() && characters(key) <= kTagKeyMax && is_tag_text(key);
    const bool good_value = characters(value) <= kTagValueMax && is_tag_text(value);
    if (good_key && good_value) continue;
    if (rules == TagRules::resource) return invalid_tag(kBadResourceTag);
    if (!good_key) return invalid_tag("The TagKey you have provided is invalid", {{"TagKey", key}});
    return invalid_tag("The TagValue you have provided is invalid", {{"TagKey", key}, {"TagValue", value}});
  }
  return {};
}

Result<Pairs> read_tags(const pugi::xml_node& tag_set, TagRules rules) {
  Pairs tags;
  for (const pugi::xml_node& tag : tag_set.children("Tag"))
    tags.emplace_back(child_text(tag, "Key"), child_text(tag, "Value"));
  TRY_VOID(check_tags(tags, rules));
  return tags;
}

Result<Pairs> read_tagging(std::string_view body, TagRules rules) {
  static const XmlShape shape = xml_shape("Tagging{TagSet{Tag*{Key, Value}}}");
  TRY(auto document, parse_xml(body, shape));
  return read_tags(document->document_element().child("TagSet"), rules);
}

namespace {
/// What separates and what isn't allowed in a tag must have been encoded: `a=b,c=d` isn't one tag.
bool is_query(std::string_view text) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.find(',') != std::string_view::npos || pair.find('=') != pair.rfind('=')) return false;
  }
  return true;
}
}  // namespace

Result<Pairs> read_tagging_header(std::string_view header) {
  Pairs tags = protocol::parse_query(header);
  const bool encoded = is_query(header);
  for (size_t i = 0; i < tags.size(); ++i) {
    bool repeated = !encoded;
    for (size_t j = 0; j < i; ++j) repeated |= tags[i].first == tags[j].first;
    if (repeated || !is_valid_utf8(tags[i].first) || !is_valid_utf8(tags[i].second)) {
      return errors::invalid_argument(
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without "
          "tag name "
          "duplicates.",
          "x-amz-tagging", header);
    }
  }
  TRY_VOID(check_tags(tags, TagRules::object));
  return tags;
}

Pairs bucket_tags(const storage::Reader& reader, std::string_view bucket) {
  auto text = setting(reader, bucket, "tagging");
  if (!text) return {};
  auto tags = read_tagging(*text, TagRules::bucket);
  return tags.has_error() ? Pairs() : std::move(*tags);
}

void put_bucket_tags(storage::Txn& txn, std::string_view bucket, const Pairs& tags) {
  if (tags.empty())
    erase_setting(txn, bucket, "tagging");
  else
    put_setting(txn, bucket, "tagging", tagging_xml(tags));
}

std::string tagging_xml(const Pairs& tags) {
  XmlWriter xml;
  xml.open_root("Tagging").open("TagSet");
  for (const auto& [key, value] : tags) xml.open("Tag").text("Key", key).text("Value", value).close("Tag");
  return xml.close("TagSet").close("Tagging").take();
}

}  // namespace millrace::s3
