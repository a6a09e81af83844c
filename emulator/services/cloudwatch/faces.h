#pragma once
// CloudWatch's three protocols over one set of operations, which speak JSON documents with times as epoch seconds: query
// (hashicorp/aws 5, older SDKs), JSON 1.0 (boto3 from 1.42.7 on) and rpc-v2-cbor (the Go SDK from 1.52 on, hashicorp/aws 6).

#include <memory>
#include <vector>

#include "emulator/protocol/service.h"

namespace millrace::cloudwatch {

class CloudWatchService final : public protocol::Service {
 public:
  /// `state` is what the operations are bound to.
  CloudWatchService(std::shared_ptr<void> state, std::vector<protocol::Operation> operations);
  ~CloudWatchService() override;

  Result<void> decode(protocol::Call& call) override;
  AwsError invalid_input(const protocol::InputError& error) const override;
  AwsError access_denied(const protocol::Denial& denial) const override;
  AwsError sign_in_failed(protocol::SignInError error, const protocol::Call& call) const override;
  protocol::HttpReply render(const protocol::Call& call, const Json& output) const override;
  protocol::HttpReply render_error(const protocol::Call& call, const AwsError& error) const override;
  void finish(const protocol::Call& call, protocol::HttpReply& reply) const override;
  bool changes_by_get(const protocol::HttpRequest& head) const override;

 private:
  class Query;
  enum class Wire { query, json, cbor };
  static Wire wire_of(const protocol::HttpRequest& request);
  Result<void> decode_named(protocol::Call& call, const std::string& name);

  std::shared_ptr<void> state_;
  std::unique_ptr<Query> query_;
};

/// True for requests by rpc-v2-cbor's paths.
bool is_cbor_request(const protocol::HttpRequest& request);

}  // namespace millrace::cloudwatch
