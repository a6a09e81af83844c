// PutDestination, DescribeDestinations, DeleteDestination, PutDestinationPolicy. A destination hands events to a Kinesis
// or Firehose stream, and there are none here: nothing can be made, and each operation answers as AWS does where the
// stream or the destination doesn't exist.

#include "emulator/base/arn.h"
#include "emulator/services/logs/logs.h"

namespace millrace::logs {

using namespace protocol;

namespace {

Shape destination_name_shape() {
  return string().length(1, 512).pattern("[^:*]*");
}

std::function<Result<AccessNeeds>(const Call&)> destination_access(std::string action) {
  return [action = "logs:" + action](const Call& call) -> Result<AccessNeeds> {
    Place place = place_of(call);
    return AccessNeeds{{action, make_arn("logs", place.region, place.account,
                                         "destination:" + text_of(call.input, "destinationName", "*"))}};
  };
}

Result<Json> missing(Call&) {
  return AwsError(errors::resource_not_found, "The specified destination does not exist.");
}

}  // namespace

AwsError no_such_stream(const std::string& service) {
  bool kinesis = service == "kinesis";
  return {errors::invalid_parameter, std::string("Could not deliver test message to specified ") +
                                         (kinesis ? "Kinesis" : "Firehose") + " stream. Check if the given " +
                                         (kinesis ? "kinesis" : "firehose") + " stream is in ACTIVE state. "};
}

Operation put_destination(Logs&) {
  static const Shape input = structure({
      required("destinationName", destination_name_shape()),
      required("targetArn", string().length(1, -1)),
      required("roleArn", string().length(1, -1)),
      protocol::optional("tags", map(string().length(0, 256)).length(1, 50).keys(string().length(1, 128))),
  });
  auto handle = [](Call& call) -> Result<Json> {
    std::string target = text_of(call.input, "targetArn");
    auto arn = Arn::parse(target);
    // unverified: the wording.
    if (!arn || (arn->service != "kinesis" && arn->service != "firehose"))
      return AwsError(errors::invalid_parameter, "Invalid targetArn: " + target);
    return no_such_stream(arn->service);
  };
  return {.name = "PutDestination",
          .input = &input,
          .access = destination_access("PutDestination"),
          .handle = JsonHandler(handle)};
}

Operation describe_destinations(Logs&) {
  static const Shape input = structure({
      protocol::optional("DestinationNamePrefix", destination_name_shape()),
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("limit", integer().range(1, 50)),
  });
  auto handle = [](Call&) -> Result<Json> { return Json{{"destinations", Json::array()}}; };
  return {.name = "DescribeDestinations",
          .input = &input,
          .access = destination_access("DescribeDestinations"),
          .handle = JsonHandler(handle)};
}

Operation delete_destination(Logs&) {
  static const Shape input = structure({required("destinationName", destination_name_shape())});
  return {.name = "DeleteDestination",
          .input = &input,
          .access = destination_access("DeleteDestination"),
          .handle = JsonHandler(missing)};
}

Operation put_destination_policy(Logs&) {
  static const Shape input = structure({
      required("destinationName", destination_name_shape()),
      required("accessPolicy", string().length(1, 5120)),
      protocol::optional("forceUpdate", boolean()),
  });
  return {.name = "PutDestinationPolicy",
          .input = &input,
          .access = destination_access("PutDestinationPolicy"),
          .handle = JsonHandler(missing)};
}

}  // namespace millrace::logs
