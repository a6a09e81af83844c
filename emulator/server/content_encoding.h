#pragma once
// Content-Encoding of requests and Accept-Encoding of answers, for the services that speak JSON or the query protocol.
// (S3 keeps the header with the object; Lambda and function URLs pass it on.)

#include <string>
#include <string_view>

#include "emulator/protocol/http.h"
#include "emulator/protocol/service.h"

namespace millrace::server {

/// True if the body is packed in a way that the service unpacks: Content-Encoding names gzip or deflate, and the service
/// speaks JSON or query. Other encodings are ignored, as AWS does.
bool is_packed(const protocol::HttpRequest& request, const protocol::Service& service);

enum class Unpacked { done, malformed, too_large };
/// Unpacks the body in place, in the reverse order of the header's encodings; at most `bytes_max` bytes. What is
/// malformed stays as it was sent.
Unpacked unpack_body(protocol::HttpRequest& request, uint64_t bytes_max);

/// Packs an answer's body of more than 1 KiB as Accept-Encoding asks (gzip before deflate) and says so in
/// Content-Encoding. Before checksums are made: they are over the bytes as sent.
void pack_body(const protocol::HttpRequest& request, const protocol::Service& service, protocol::HttpReply& reply);

}  // namespace millrace::server
