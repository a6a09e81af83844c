// DescribeLimits and DescribeEndpoints: facts about the account and the region, not about a table.

#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

using namespace protocol;

Operation describe_limits(TableService&) {
  static const Shape input = structure({});
  auto handle = [](Call&) -> Result<Json> {
    return Json{{"AccountMaxReadCapacityUnits", 80000},
                {"AccountMaxWriteCapacityUnits", 80000},
                {"TableMaxReadCapacityUnits", 40000},
                {"TableMaxWriteCapacityUnits", 40000}};
  };
  return {.name = "DescribeLimits",
          .input = &input,
          .access = account_access("DescribeLimits"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

Operation describe_endpoints(TableService& service) {
  static const Shape input = structure({});
  auto handle = [&service](Call&) -> Result<Json> {
    // Clients that discover endpoints must come back here, not go to AWS.
    std::string url = service.context.endpoint_url;
    size_t scheme = url.find("://");
    std::string address = scheme == std::string::npos ? url : url.substr(scheme + 3);
    return Json{{"Endpoints", Json::array({{{"Address", address}, {"CachePeriodInMinutes", 1440}}})}};
  };
  return {.name = "DescribeEndpoints",
          .input = &input,
          .access = account_access("DescribeEndpoints"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

}  // namespace millrace::dynamodb
