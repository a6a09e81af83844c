#pragma once
// SQS's two protocols over one set of operations: JSON 1.0 (current SDKs, Terraform) and query (older SDKs). The
// handlers speak the JSON protocol's documents.

#include <memory>
#include <vector>

#include "emulator/protocol/service.h"

namespace millrace::sqs {

/// JSON 1.0; errors carry the shape's name in `__type` and the query code in x-amzn-query-error, as on AWS.
class SqsJsonService final : public protocol::JsonService {
 public:
  explicit SqsJsonService(std::vector<protocol::Operation> operations);
  AwsError access_denied(const protocol::Denial& denial) const override;
  protocol::HttpReply render_error(const protocol::Call& call, const AwsError& error) const override;
};

/// Query: flattened lists in and out (`Attribute.1.Name`, `<Attribute><Name>`).
class SqsQueryService final : public protocol::QueryService {
 public:
  explicit SqsQueryService(std::vector<protocol::Operation> operations);
  AwsError access_denied(const protocol::Denial& denial) const override;
  Result<void> decode(protocol::Call& call) override;
  protocol::HttpReply render(const protocol::Call& call, const Json& output) const override;
};

/// A decoded form as the JSON protocol's document: `Attribute: [{Name, Value}]` becomes `Attributes: {name: value}`.
Json from_query_form(const Json& form);

}  // namespace millrace::sqs
