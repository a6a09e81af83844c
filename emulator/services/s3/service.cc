#include "emulator/services/s3/service.h"

#include "emulator/base/log.h"
#include "emulator/base/woken_thread.h"
#include "emulator/services/s3/body/body_writer.h"
#include "emulator/services/s3/buckets/grants.h"
#include "emulator/services/s3/buckets/operations.h"
#include "emulator/services/s3/control/control_service.h"
#include "emulator/services/s3/events/lifecycle_runner.h"
#include "emulator/services/s3/events/notifications.h"
#include "emulator/services/s3/events/replication.h"
#include "emulator/services/s3/multipart/uploads.h"
#include "emulator/services/s3/objects/objects_port.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/s3.h"
#include "emulator/services/s3/wire/s3_service.h"

namespace millrace::s3 {

namespace {

Operations all_operations(S3& s3) {
  Operations operations;
  for (auto* add : {add_bucket_operations,
                    add_plain_configurations,
                    add_versioning_configuration,
                    add_encryption_configuration,
                    add_lifecycle_configuration,
                    add_notification_configuration,
                    add_cors_configuration,
                    add_website_configuration,
                    add_bucket_policy_operations,
                    add_bucket_acl_operations,
                    add_bucket_tagging_operations,
                    add_object_lock_configuration,
                    add_identified_configurations,
                    add_put_object,
                    add_get_object,
                    add_delete_operations,
                    add_copy_object,
                    add_list_objects,
                    add_list_object_versions,
                    add_object_tagging,
                    add_object_acl,
                    add_object_locks,
                    add_object_attributes,
                    add_restore_object,
                    add_website_pages,
                    add_post_object,
                    add_create_multipart_upload,
                    add_upload_part,
                    add_complete_multipart_upload,
                    add_list_uploads})
    add(operations, s3);
  return operations;
}

/// What the background thread does when it is woken: lifecycle rules once midnight has passed, then events.
void start_background(S3& s3) {
  s3.lifecycle_due_ms = next_lifecycle_run(s3.clock.now_ms());
  s3.background = std::make_unique<WokenThread>([&s3] {
    Millis now = s3.clock.now_ms();
    if (now >= s3.lifecycle_due_ms) {
      run_lifecycle(s3);
      s3.lifecycle_due_ms = next_lifecycle_run(now);
      s3.lifecycle_timer = s3.timers.at(s3.lifecycle_due_ms, [&s3] { s3.background->wake(); });
    }
    replicate(s3);
    deliver_events(s3);
  });
  s3.lifecycle_timer = s3.timers.at(s3.lifecycle_due_ms, [&s3] { s3.background->wake(); });
}

}  // namespace

S3Room make_s3_room(ServiceContext context) {
  auto s3 = std::make_shared<S3>(std::move(context));
  if (size_t removed = remove_unfinished_bodies(s3->store))
    log::info("s3: removed what " + std::to_string(removed) + " interrupted uploads had left");
  start_background(*s3);
  S3Room out;
  out.service = std::make_shared<S3Service>(s3, all_operations(*s3));
  out.control = std::make_shared<ControlService>(s3);
  out.objects = std::make_shared<ObjectsPort>(s3);
  out.connect = [s3](const Ports& ports) {
    s3->destination = ports.destination;
    s3->authority = ports.authority;
    s3->identity = ports.identity;
    s3->sign_in = ports.sign_in;
    s3->target_state = ports.target_state;
    s3->principal_is_known = ports.principal_is_known;
    s3->keys = ports.keys;
    s3->names = ports.names;
    s3->background->wake();  // events that an earlier run left
  };
  out.policy = [s3](const std::string& arn) {
    auto bucket = find_bucket(s3->store, arn.substr(arn.rfind(':') + 1));
    return bucket ? effective_policy(s3->store, *bucket) : std::string();
  };
  out.resource = [s3](const std::string& arn) -> std::optional<ports::Resource> {
    std::string name = arn.substr(arn.rfind(":::") + 3);
    auto bucket = find_bucket(s3->store, name.substr(0, name.find('/')));
    if (!bucket) return std::nullopt;
    return ports::Resource{bucket->account, effective_policy(s3->store, *bucket)};
  };
  out.in_progress = &s3->background->in_progress();
  out.stop = [s3] { s3->background->stop(); };
  return out;
}

std::shared_ptr<protocol::Service> make_service(ServiceContext context) {
  return make_s3_room(std::move(context)).service;
}

}  // namespace millrace::s3
