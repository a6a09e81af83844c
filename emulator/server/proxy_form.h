#pragma once
// Requests that came because a client takes us for its HTTP proxy. That spares name resolution where clients put labels
// before the endpoint's host: `GET http://000000000000.127.0.0.1:4566/... HTTP/1.1`. Only our own names are served;
// nothing here ever connects anywhere.

#include <optional>

#include "emulator/protocol/http.h"
#include "emulator/protocol/own_names.h"

namespace millrace::server {

/// Gives a request in absolute form (RFC 9112 3.2.2) its ordinary one: the target loses scheme and authority and is else
/// kept byte for byte, the authority becomes the Host. The answer, where it can't be served: 421 for another's name (not
/// 5xx, which SDKs try again for minutes), 405 for CONNECT.
std::optional<protocol::HttpReply> take_proxy_form(protocol::HttpRequest& head, const protocol::OwnNames& names);

/// The reason phrase of the answer to CONNECT: all that clients show of it.
inline constexpr const char* kNoTunnel = "millrace does not tunnel HTTPS, unset HTTPS_PROXY";

}  // namespace millrace::server
