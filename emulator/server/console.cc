#include "emulator/server/console.h"

#include <string_view>

#include "emulator/server/admin_guard.h"

// The files of emulator/console/dist as they are.
#define MILLRACE_EMBED(name, file)                  \
  __asm__(                                          \
      ".pushsection .rodata\n"                      \
      "millrace_" #name                             \
      ":\n"                                         \
      ".incbin \"" MILLRACE_CONSOLE_FOLDER "/" file \
      "\"\n"                                        \
      "millrace_" #name                             \
      "_end:\n"                                     \
      ".byte 0\n"                                   \
      ".popsection\n");                             \
  extern "C" __attribute__((visibility("hidden"))) const char millrace_##name[], millrace_##name##_end[]

MILLRACE_EMBED(console_page, "index.html");
MILLRACE_EMBED(console_script, "console.js");
MILLRACE_EMBED(console_style, "console.css");

namespace millrace::server {

namespace {

// Nothing but its own two files, and requests to where it came from: what a table or a log holds can't become code.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src "
    "'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Admin::Handler file(std::string_view content, std::string_view type) {
  return [content, type](const protocol::HttpRequest&, const Admin::Respond& respond) {
    protocol::HttpReply reply;
    reply.headers.set("Content-Type", type);
    reply.headers.set("Content-Security-Policy", kPolicy);
    reply.headers.set("X-Content-Type-Options", "nosniff");
    reply.headers.set("Referrer-Policy", "no-referrer");
    reply.headers.set("Cache-Control", "no-cache");
    reply.body = content;
    respond(std::move(reply));
  };
}

/// The page: gives the session, and puts a token that came by its address out of sight.
void page(std::string_view content, const protocol::HttpRequest& request, const Admin::Respond& respond) {
  const std::string session(request.headers.get(kSessionHeader));
  auto with_session = [&respond, session](protocol::HttpReply reply) {
    if (!session.empty()) reply.headers.set("Set-Cookie", session);
    respond(std::move(reply));
  };
  if (protocol::query_value(protocol::parse_query(request.raw_query()), "token")) {
    protocol::HttpReply reply;
    reply.status = 303;
    reply.headers.set("Location", kPagePath);
    reply.headers.set("Referrer-Policy", "no-referrer");
    return with_session(std::move(reply));
  }
  file(content, "text/html; charset=utf-8")(request, with_session);
}

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

void add_console_routes(Admin& admin) {
  const std::string_view content = between(millrace_console_page, millrace_console_page_end);
  admin.add_open("GET ", [content](const protocol::HttpRequest& request, const Admin::Respond& respond) {
    page(content, request, respond);
  });
  admin.add_open("GET console/console.js",
                 file(between(millrace_console_script, millrace_console_script_end), "text/javascript; charset=utf-8"));
  admin.add_open("GET console/console.css",
                 file(between(millrace_console_style, millrace_console_style_end), "text/css; charset=utf-8"));
}

}  // namespace millrace::server
