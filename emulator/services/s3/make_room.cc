#include "emulator/services/s3/make_room.h"

#include "emulator/base/arn.h"
#include "emulator/ports/destinations.h"
#include "emulator/ports/principals.h"
#include "emulator/ports/resources.h"
#include "emulator/services/s3/service.h"

namespace millrace::s3 {

namespace {

/// Buckets as targets of other services' messages: each becomes an object.
ports::Destinations::Target target(const S3Room& s3) {
  using Sender = ports::Destination::Sender;
  auto deliver = [objects = s3.objects.get()](const std::string& arn, const ports::Message& message,
                                              const Sender& sender) {
    ports::OnBehalfOf whose(sender.account);
    whose.role_arn = sender.role_arn;
    if (!sender.service_principal.empty()) whose.service_principals = {sender.service_principal};
    return objects->put({whose, Arn::parse(arn)->resource, message.s3_key, ""}, message.body, "application/json");
  };
  return {.action = "s3:PutObject", .deliver = deliver, .policy = s3.policy, .resource_suffix = "/*"};
}

TargetCheck target_check(const ports::Destinations& destinations) {
  return [&destinations](const std::string& target, const std::string& bucket, const std::string& account) {
    if (!destinations.exists(target)) return TargetState::missing;
    const bool refused = destinations.check(target, {"", "s3.amazonaws.com", bucket, account}).has_error();
    return refused ? TargetState::denied : TargetState::ready;
  };
}

/// All that stands behind S3 has been made.
void connect(const S3Room& s3, const ports::Ports& ports, const std::vector<std::string>& allowed_hosts) {
  auto& destinations = ports.get<ports::Destinations>();
  s3.connect({&destinations, &ports.get<ports::Authority>(), &ports.get<protocol::Identity>(),
              target_check(destinations),
              [known = ports.share<ports::Principals>()](const std::string& account, const std::string& kind,
                                                         const std::string& principal) {
                return known->is_known(account, kind, principal);
              },
              ports.share<ports::Keys>(), protocol::OwnNames(allowed_hosts), &ports.get<protocol::SignIn>()});
}

std::vector<Face> faces(const S3Room& s3) {
  return {{.service = s3.service, .scopes = {"s3"}, .takes_the_rest = true, .owns_host = is_bucket_host},
          {.service = s3.control, .scopes = {"s3"}, .owns = is_control_request}};
}

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto made = std::make_shared<S3Room>(make_s3_room(context));
  S3Room* s3 = made.get();
  ports.offer<ports::Objects>(*s3->objects);
  ports.get<ports::Destinations>().add("s3", target(*s3));
  ports.get<ports::Resources>().add("s3", s3->resource);
  return {.name = "s3",
          .state = made,
          .faces = faces(*s3),
          .in_progress = {{"S3 events and replication", s3->in_progress}},
          .start = [s3, &ports, hosts = context.allowed_hosts] { connect(*s3, ports, hosts); },
          .stop_sending = s3->stop};
}

}  // namespace millrace::s3
