#pragma once
// Which services make roles for themselves, and how those are called.

#include <string>
#include <string_view>

namespace millrace::iam {

struct ServiceLinkedService {
  std::string_view service;  // without .amazonaws.com
  std::string_view word;     // behind AWSServiceRoleFor
  std::string_view policy;   // of arn:aws:iam::aws:policy/aws-service-role/
  bool takes_suffix = false;
};

/// nullptr for a service that isn't in the table.
const ServiceLinkedService* find_service_linked_service(std::string_view principal);

}  // namespace millrace::iam
