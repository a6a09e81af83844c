#include "emulator/services/s3/buckets/tags.h"

#include "emulator/base/encoding.h"
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

AwsError invalid_tag(const char* message, const char* member, std::string_view value) {
  return {errors::invalid_tag, message, Json{{member, value}}};
}

Result<void> check_tags(const Pairs& tags, TagRules rules) {
  size_t most = rules == TagRules::bucket ? kBucketTagsMax : kObjectTagsMax;
  if (tags.size() > most) {
    return AwsError(errors::bad_request, rules == TagRules::bucket ? "Bucket tag count cannot be greater than 50"
                                                                   : "Object tags cannot be greater than 10");
  }
  for (size_t i = 0; i < tags.size(); ++i) {
    const auto& [key, value] = tags[i];
    for (size_t j = 0; j < i; ++j) {
      if (tags[j].first == key) return invalid_tag("Cannot provide multiple Tags with the same key", "TagKey", key);
    }
    if (to_lower(key).starts_with("aws:")) {
      return invalid_tag(rules == TagRules::bucket ? "System tags cannot be added/updated by requester"
                                                   : "Your TagKey cannot be prefixed with aws:",
                         "TagKey", key);
    }
    if (key.empty() || characters(key) > kTagKeyMax || !is_tag_text(key))
      return invalid_tag("The TagKey you have provided is invalid", "TagKey", key);
    if (characters(value) > kTagValueMax || !is_tag_text(value))
      return invalid_tag("The TagValue you have provided is invalid", "TagValue", value);
  }
  return {};
}

}  // namespace

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

Result<Pairs> read_tagging_header(std::string_view header) {
  Pairs tags = protocol::parse_query(header);
  for (size_t i = 0; i < tags.size(); ++i) {
    bool repeated = false;
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

std::string tagging_xml(const Pairs& tags) {
  XmlWriter xml;
  xml.open_root("Tagging").open("TagSet");
  for (const auto& [key, value] : tags) xml.open("Tag").text("Key", key).text("Value", value).close("Tag");
  return xml.close("TagSet").close("Tagging").take();
}

}  // namespace millrace::s3
