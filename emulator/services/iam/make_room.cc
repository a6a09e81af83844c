#include "emulator/services/iam/make_room.h"

#include "emulator/ports/principals.h"
#include "emulator/ports/resources.h"
#include "emulator/services/iam/admin_routes.h"
#include "emulator/services/iam/service.h"

namespace millrace::iam {

namespace {

class KnownPrincipals final : public ports::Principals {
 public:
  explicit KnownPrincipals(const Room& iam) : is_known_(iam.principal_is_known) {}
  bool is_known(const std::string& account, const std::string& kind, const std::string& principal) override {
    return is_known_(account, kind, principal);
  }

 private:
  decltype(Room::principal_is_known) is_known_;
};

class OthersResources final : public ports::Resources {
 public:
  explicit OthersResources(const Room& iam) : resources_(iam.resources) {}
  void add(const std::string& service, ports::FindResource find) override { resources_->add(service, std::move(find)); }

 private:
  std::shared_ptr<iam::Resources> resources_;
};

Mode mode_of(IamMode mode) {
  switch (mode) {
    case IamMode::on: break;
    case IamMode::audit: return Mode::audit;
    case IamMode::off: return Mode::off;
  }
  return Mode::on;
}

}  // namespace

millrace::Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto iam = std::make_shared<Room>(make_room(static_cast<const ServiceContext&>(context), mode_of(context.iam)));
  ports.offer<protocol::Identity>(*iam->identity);
  ports.offer<ports::Authority>(*iam->authority);
  ports.offer<ports::Sessions>(*iam->sessions);
  ports.offer<ports::Principals>(std::make_shared<KnownPrincipals>(*iam));
  ports.offer<ports::Resources>(std::make_shared<OthersResources>(*iam));
  return {.name = "iam",
          .state = iam,
          .faces = {{.service = iam->service, .scopes = {"iam"}, .versions = {"2010-05-08"}}},
          .admin_routes = admin_routes(*iam->audit)};
}

}  // namespace millrace::iam
