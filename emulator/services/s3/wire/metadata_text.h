#pragma once
// User metadata is text of any language; in headers it is ASCII, with encoded words of RFC 2047 for the rest.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html

#include <string>
#include <string_view>

namespace millrace::s3 {

/// The text (UTF-8) that a header's bytes mean: encoded words are decoded, bytes beyond ASCII are taken as ISO-8859-1.
std::string metadata_from_header(std::string_view bytes);

/// How a text is answered: as it is if it is ASCII, else as one encoded word.
std::string metadata_to_header(std::string_view text);

}  // namespace millrace::s3
