#pragma once
// Tag sets: in XML, and in the x-amz-tagging header.

#include "emulator/base/result.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

enum class TagRules { bucket, object };

/// The <Tag> children. Errors: InvalidTag, and BadRequest for too many.
Result<Pairs> read_tags(const pugi::xml_node& tag_set, TagRules rules);
/// `a=b&c=d`, URL-encoded. Errors: InvalidArgument, InvalidTag.
Result<Pairs> read_tagging_header(std::string_view header);
/// A whole Tagging document. Errors: MalformedXML too.
Result<Pairs> read_tagging(std::string_view body, TagRules rules);
std::string tagging_xml(const Pairs& tags);

}  // namespace millrace::s3
