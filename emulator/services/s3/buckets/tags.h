#pragma once
// Tag sets: in XML, and in the x-amz-tagging header.

#include "emulator/base/result.h"
#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/wire/xml.h"
#include "emulator/storage/store.h"

namespace millrace::s3 {

/// Whose limits and words: PutBucketTagging's, CreateBucket's, S3 Control's TagResource's, objects'.
enum class TagRules { bucket, new_bucket, resource, object };

/// The <Tag> children. Errors: InvalidTag, and BadRequest for too many.
Result<Pairs> read_tags(const pugi::xml_node& tag_set, TagRules rules);
/// `a=b&c=d`, URL-encoded. Errors: InvalidArgument, InvalidTag.
Result<Pairs> read_tagging_header(std::string_view header);
/// A whole Tagging document. Errors: MalformedXML too.
Result<Pairs> read_tagging(std::string_view body, TagRules rules);
/// The limits and the characters of tags as they are.
Result<void> check_tags(const Pairs& tags, TagRules rules);
/// A bucket's own tags: what every API of tags shows.
Pairs bucket_tags(const storage::Reader& reader, std::string_view bucket);
/// Replaces them.
void put_bucket_tags(storage::Txn& txn, std::string_view bucket, const Pairs& tags);
std::string tagging_xml(const Pairs& tags);

}  // namespace millrace::s3
