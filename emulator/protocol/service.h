#pragma once
// A service: how its requests are recognised and decoded, its operations, and how it words what the pipeline has to
// refuse. The four protocols but rest-xml are served by the classes below; S3 has its own.

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "emulator/base/random.h"
#include "emulator/protocol/operation.h"

namespace millrace::protocol {

/// Why a caller was refused (emulator/access words the reason).
struct Denial {
  std::string principal_arn;
  std::string action;
  std::string resource;
  std::string reason;  // "because no identity-based policy allows the x action"
};

/// What is wrong with a request's credentials.
enum class SignInError {
  missing_token,
  incomplete_signature,
  invalid_token,
  wrong_signature,
  expired_token,
  expired_request
};

class Service {
 public:
  virtual ~Service() = default;

  /// Finds the operation and decodes the input into the call; the error words what is unknown or malformed.
  virtual Result<void> decode(Call& call) = 0;

  virtual AwsError invalid_input(const InputError& error) const = 0;
  virtual AwsError access_denied(const Denial& denial) const = 0;
  virtual AwsError sign_in_failed(SignInError error, const Call& call) const = 0;

  virtual HttpReply render(const Call& call, const Json& output) const = 0;
  virtual HttpReply render_error(const Call& call, const AwsError& error) const = 0;
  /// The id of a request, as this service's look.
  virtual std::string new_request_id(Random& random) const { return random.uuid(); }
  /// The last touch on every answer: request ids, checksums.
  virtual void finish(const Call& call, HttpReply& reply) const = 0;

  /// True if the body must not be collected first: the operation reads it as it arrives.
  virtual bool streams_body(const HttpRequest& head) const {
    (void)head;
    return false;
  }
  /// The largest body that is collected, in bytes; beyond it body_too_large() is answered.
  virtual uint64_t body_bytes_max() const { return 16u << 20; }
  virtual AwsError body_too_large(const Call& call) const;
  /// True if a web page of this request's Origin may ask, though it isn't one of ours.
  virtual bool admits_origin(const HttpRequest& head) const {
    (void)head;
    return false;
  }
  /// True for what other sites' pages may link to: plain GETs of pages and objects.
  virtual bool admits_link(const HttpRequest& head) const {
    (void)head;
    return false;
  }
  /// True if a GET (or HEAD) would change something: never done for a browser's links and images.
  virtual bool changes_by_get(const HttpRequest& head) const {
    (void)head;
    return false;
  }
};

/// The words of a service that aren't an operation's own.
struct ServiceErrors {
  ErrorKind serialization;    // malformed body, wrong type
  ErrorKind validation;       // constraint violated
  ErrorKind not_implemented;  // 501, naming the operation
  ErrorKind access_denied;
  ErrorKind missing_token;
  ErrorKind incomplete_signature;
  ErrorKind invalid_token;
  ErrorKind wrong_signature;
  ErrorKind expired_token;
  /// For names that aren't the service's, where all that are have been built; `not_implemented` otherwise.
  std::optional<ErrorKind> unknown_operation = std::nullopt;
};

/// Holds the operations by name.
class OperationTable {
 public:
  explicit OperationTable(std::vector<Operation> operations);
  const Operation* find(std::string_view name) const;
  const std::vector<Operation>& all() const { return operations_; }

 private:
  std::vector<Operation> operations_;
  std::unordered_map<std::string, const Operation*> by_name_;
};

/// AWS JSON 1.0 and 1.1: `X-Amz-Target: <prefix>.<Operation>`.
class JsonService : public Service {
 public:
  struct Profile {
    std::string target_prefix;  // "DynamoDB_20120810"
    std::string content_type;   // "application/x-amz-json-1.0"
    /// DynamoDB's front: x-amz-crc32, request ids of 52 capital letters and digits instead of UUIDs, and 404 with
    /// <UnknownOperationException/> for what isn't a POST of JSON.
    bool dynamodb_front = false;
    ServiceErrors errors;
  };
  JsonService(Profile profile, std::vector<Operation> operations);

  Result<void> decode(Call& call) override;
  AwsError invalid_input(const InputError& error) const override;
  AwsError access_denied(const Denial& denial) const override;
  AwsError sign_in_failed(SignInError error, const Call& call) const override;
  HttpReply render(const Call& call, const Json& output) const override;
  HttpReply render_error(const Call& call, const AwsError& error) const override;
  std::string new_request_id(Random& random) const override;
  void finish(const Call& call, HttpReply& reply) const override;
  const OperationTable& operations() const { return operations_; }

 protected:
  Profile profile_;
  OperationTable operations_;
};

/// AWS query: form parameters in, XML out.
class QueryService : public Service {
 public:
  struct Profile {
    std::string version;  // "2010-05-08"
    std::string xmlns;    // "https://iam.amazonaws.com/doc/2010-05-08/"
    ServiceErrors errors;
    /// Members that are rendered as flat lists or maps by this service (SQS), by "<Operation>.<Member>".
    std::vector<std::string> flat_members = {};
  };
  QueryService(Profile profile, std::vector<Operation> operations);

  Result<void> decode(Call& call) override;
  AwsError invalid_input(const InputError& error) const override;
  AwsError access_denied(const Denial& denial) const override;
  AwsError sign_in_failed(SignInError error, const Call& call) const override;
  HttpReply render(const Call& call, const Json& output) const override;
  HttpReply render_error(const Call& call, const AwsError& error) const override;
  void finish(const Call& call, HttpReply& reply) const override;
  bool changes_by_get(const HttpRequest& head) const override;
  const OperationTable& operations() const { return operations_; }

 protected:
  Profile profile_;
  OperationTable operations_;
};

/// Lambda's protocol: method and path choose the operation; path, query, headers and a JSON body are its input.
class RestJsonService : public Service {
 public:
  struct Profile {
    ServiceErrors errors;
    uint64_t body_bytes_max = 70'167'211;
  };
  RestJsonService(Profile profile, std::vector<Operation> operations);

  Result<void> decode(Call& call) override;
  AwsError invalid_input(const InputError& error) const override;
  AwsError access_denied(const Denial& denial) const override;
  AwsError sign_in_failed(SignInError error, const Call& call) const override;
  HttpReply render(const Call& call, const Json& output) const override;
  HttpReply render_error(const Call& call, const AwsError& error) const override;
  void finish(const Call& call, HttpReply& reply) const override;
  uint64_t body_bytes_max() const override { return profile_.body_bytes_max; }
  const OperationTable& operations() const { return operations_; }

 protected:
  Profile profile_;
  OperationTable operations_;
  struct Route {
    std::string method;
    std::vector<std::string> segments;  // "{Name}" binds one segment
    const Operation* operation;
    const RestBinding* binding;
  };
  std::vector<Route> routes_;
  const Route* match(Call& call) const;
  const RestBinding* binding_of(const Call& call) const;
};

/// Query-protocol form fields as a document: `Tags.member.1.Key=a` becomes {"Tags":[{"Key":"a"}]}; with flattened
/// lists `Attribute.1.Name=a` becomes {"Attribute":[{"Name":"a"}]}.
Json form_to_json(const QueryParameters& fields);
/// A document as XML elements: objects nest, lists are <member> elements, null is left out.
void append_xml(std::string& out, const std::string& name, const Json& value);
void append_xml_text(std::string& out, std::string_view text);  // escaped

}  // namespace millrace::protocol
