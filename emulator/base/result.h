#pragma once
// Errors are values: an operation returns Result<T>, which holds a T or an AwsError.
//
// An AwsError names an ErrorKind (a constant that a service declares once: the code a client matches on and
// the HTTP status), the message exactly as AWS words it, and extra members of the error document.

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/base/json.h"

namespace millrace {

/// Who is at fault; query-protocol documents print it (`Sender` / `Receiver`).
enum class Fault { client, server };

/// One error code of one service. Declare these as namespace-scope constants in the service's errors.h.
struct ErrorKind {
  const char* code;  // e.g. "ResourceNotFoundException"
  int http_status = 400;
  const char* prefix = "";              // what precedes the code in `__type`, e.g. "com.amazonaws.dynamodb.v20120810#"
  const char* message_key = "message";  // "Message" for the few documents that spell it so
  Fault fault = Fault::client;
};

struct AwsError {
  const ErrorKind* kind;
  std::string message;
  Json extra = Json::object();  // further members of the error document (CancellationReasons, Item, BucketName)

  /// No real error: the shape that boost::system::result wants for "none".
  AwsError() : kind(&kNone) {}
  AwsError(const ErrorKind& k, std::string text) : kind(&k), message(std::move(text)) {}
  AwsError(const ErrorKind& k, std::string text, Json more)
      : kind(&k), message(std::move(text)), extra(std::move(more)) {}

  /// The same code; kinds are compared by text, because each translation unit may hold its own constant.
  bool is(const ErrorKind& other) const { return std::string_view(kind->code) == other.code; }

 private:
  static constexpr ErrorKind kNone{"None", 200};
};

/// Called by value() on an error: a bug in our code, never a client's doing.
[[noreturn]] void throw_exception_from_error(const AwsError& error, const boost::source_location& where);

template <class T>
class [[nodiscard]] Result : public boost::system::result<T, AwsError> {
 public:
  using boost::system::result<T, AwsError>::result;
};

template <>
class [[nodiscard]] Result<void> : public boost::system::result<void, AwsError> {
 public:
  using boost::system::result<void, AwsError>::result;
  Result() = default;
};

}  // namespace millrace

#define MILLRACE_JOIN_INNER(a, b) a##b
#define MILLRACE_JOIN(a, b) MILLRACE_JOIN_INNER(a, b)

/// TRY(auto x, f()): x is f()'s value; an error is returned to the caller at once.
#define TRY(declaration, expression) TRY_INNER(MILLRACE_JOIN(try_result_, __LINE__), declaration, expression)
#define TRY_INNER(name, declaration, expression)        \
  auto name = (expression);                             \
  if (name.has_error()) return std::move(name).error(); \
  declaration = std::move(name).value()

/// TRY_VOID(f()): the same for a Result whose value isn't needed.
#define TRY_VOID(expression)                                                    \
  do {                                                                          \
    auto try_void_result = (expression);                                        \
    if (try_void_result.has_error()) return std::move(try_void_result).error(); \
  } while (false)
