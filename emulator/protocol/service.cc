#include "emulator/protocol/service.h"

namespace millrace::protocol {

AwsError Service::body_too_large(const Call&) const {
  static const ErrorKind kind{"RequestEntityTooLarge", 413};
  return {kind, "Request body is too large"};
}

OperationTable::OperationTable(std::vector<Operation> operations) : operations_(std::move(operations)) {
  for (const Operation& operation : operations_) by_name_.emplace(operation.name, &operation);
}

const Operation* OperationTable::find(std::string_view name) const {
  auto it = by_name_.find(std::string(name));
  return it == by_name_.end() ? nullptr : it->second;
}

}  // namespace millrace::protocol
