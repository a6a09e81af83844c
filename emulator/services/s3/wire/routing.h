#pragma once
// Which bucket, key and operation a request means: by host, path, method, sub-resource and a few headers.

#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/protocol/http.h"
#include "emulator/protocol/own_names.h"

namespace millrace::s3 {

struct Address {
  std::string bucket;  // empty: the service itself
  std::string key;     // empty: the bucket; any bytes, never normalised
  bool virtual_host = false;
  bool website = false;  // <bucket>.s3-website.<region>...
};

/// The bucket is in the host (`b.s3.eu-west-1.amazonaws.com`, `b.s3.localhost:4566`, `b.localhost:4566`,
/// `b.127.0.0.1:4566`) or first in the path.
Address address_of(std::string_view host, std::string_view raw_path,
                   const protocol::OwnNames& names = protocol::OwnNames());

/// The operation's name, "" if S3 has none of that form.
std::string_view operation_name(const protocol::HttpRequest& head, const Address& address,
                                const protocol::QueryParameters& query);

/// The `bucket/key` of an x-amz-copy-source without its version: form-encoded ('+' is a blank), or a whole URL.
std::string copy_source_path(std::string_view source, const protocol::OwnNames& names);

/// True for the operations whose bodies are read as they arrive.
bool reads_stream(std::string_view operation);

}  // namespace millrace::s3
