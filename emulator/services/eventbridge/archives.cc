// CreateArchive, DescribeArchive, UpdateArchive, ListArchives, DeleteArchive.

#include "emulator/services/eventbridge/archive_events.h"
#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

AwsError no_archive(const std::string& name) {
  return {errors::not_found, "Archive " + name + " does not exist."};
}

Json answer(const Archive& archive, const Scope& scope) {
  return {{"ArchiveArn", arn_of(scope, "archive/" + archive.name)},
          {"CreationTime", archive.created_s},
          {"State", "ENABLED"}};
}

/// The archive, and the bus whose events it keeps: another account's bus isn't kept.
Access needs_on_source() {
  return [on_archive =
              needs_on_named("CreateArchive", "archive", "ArchiveName")](const Call& call) -> Result<AccessNeeds> {
    TRY(AccessNeeds out, on_archive(call));
    out.push_back({"events:CreateArchive", bus_of(call, "EventSourceArn").arn()});
    return out;
  };
}

}  // namespace

std::string archive_prefix(uint64_t archive_id) {
  std::string key = "a";
  storage::append_u64(key, archive_id);
  return key;
}

Operation create_archive(Events& events) {
  static const Shape input = structure(
      {required("ArchiveName", name_shape(48)), required("EventSourceArn", string().length(1, 1600)),
       optional("Description", string().length(0, 512)), optional("EventPattern", string().length(0, 4096)),
       optional("RetentionDays", integer().at_least(0)), optional("KmsKeyIdentifier", string().length(0, 2048))});
  auto handle = [&events](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "ArchiveName"), source = text_of(call.input, "EventSourceArn");
    const BusName bus = bus_named(scope, source);
    const std::string pattern = text_of(call.input, "EventPattern");
    if (!pattern.empty()) TRY_VOID(compile_pattern(pattern));
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(load_bus(txn, bus));
      if (storage::get_model<Archive>(txn, named_key(scope, "archive", name)))
        return AwsError(errors::already_exists, "Archive " + name + " already exists.");
      Archive archive{.name = name, .source_arn = bus.arn()};
      archive.description = optional_text(call.input, "Description");
      archive.pattern = optional_text(call.input, "EventPattern");
      if (const std::string key = text_of(call.input, "KmsKeyIdentifier"); !key.empty()) archive.kms_key = key;
      archive.retention_days = int_of(call.input, "RetentionDays");
      archive.created_s = seconds_of(events.now());
      archive.id = static_cast<int64_t>(events.context.random.next() >> 1);
      storage::put_model(txn, named_key(scope, "archive", name), archive);
      events.changes_listeners(txn, bus);
      return answer(archive, scope);
    });
  };
  return {.name = "CreateArchive", .input = &input, .access = needs_on_source(), .handle = JsonHandler(handle)};
}

Operation describe_archive(Events& events) {
  static const Shape input = structure({required("ArchiveName", name_shape(48))});
  auto handle = [&events](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "ArchiveName");
    const auto archive = storage::get_model<Archive>(events.context.store, named_key(scope, "archive", name));
    if (!archive) return no_archive(name);
    Json out{{"ArchiveArn", arn_of(scope, "archive/" + name)}};
    out.update(shown(*archive));
    return out;
  };
  return {.name = "DescribeArchive",
          .input = &input,
          .access = needs_on_named("DescribeArchive", "archive", "ArchiveName"),
          .handle = JsonHandler(handle)};
}

Operation update_archive(Events& events) {
  static const Shape input =
      structure({required("ArchiveName", name_shape(48)), optional("Description", string().length(0, 512)),
                 optional("EventPattern", string().length(0, 4096)), optional("RetentionDays", integer().at_least(0)),
                 optional("KmsKeyIdentifier", string().length(0, 2048))});
  auto handle = [&events](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "ArchiveName"), pattern = text_of(call.input, "EventPattern");
    if (!pattern.empty()) TRY_VOID(compile_pattern(pattern));
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      auto archive = storage::get_model<Archive>(txn, named_key(scope, "archive", name));
      if (!archive) return no_archive(name);
      const Json& in = call.input;
      if (auto text = optional_text(in, "Description")) archive->description = text;
      if (auto text = optional_text(in, "EventPattern")) archive->pattern = text;
      if (auto days = optional_int(in, "RetentionDays")) archive->retention_days = *days;
      if (auto key = optional_text(in, "KmsKeyIdentifier")) archive->kms_key = key->empty() ? std::nullopt : key;
      const auto members = {"Description", "EventPattern", "RetentionDays", "KmsKeyIdentifier"};
      if (std::none_of(members.begin(), members.end(), [&](const char* member) { return find(in, member); }))
        return errors::invalid("At least one of EventPattern, RetentionDays or Description must be provided.");
      storage::put_model(txn, named_key(scope, "archive", name), *archive);
      events.changes_listeners(txn, bus_named(scope, archive->source_arn));
      return answer(*archive, scope);
    });
  };
  return {.name = "UpdateArchive",
          .input = &input,
          .access = needs_on_named("UpdateArchive", "archive", "ArchiveName"),
          .handle = JsonHandler(handle)};
}

Operation list_archives(Events& events) {
  static const Shape input = structure(
      {optional("NamePrefix", name_shape(48)), optional("EventSourceArn", string().length(1, 1600)),
       optional("State",
                string().one_of({"ENABLED", "DISABLED", "CREATING", "UPDATING", "CREATE_FAILED", "UPDATE_FAILED"})),
       token_member(), limit_member()});
  auto handle = [&events](Call& call) -> Result<Json> {
    const std::string source = text_of(call.input, "EventSourceArn"), state = text_of(call.input, "State");
    auto show = [&](const Archive& archive) -> Json {
      if (!source.empty() && archive.source_arn != source) return nullptr;
      if (!state.empty() && archive.state != state) return nullptr;
      Json item = shown(archive);
      for (const char* member : {"Description", "EventPattern", "KmsKeyIdentifier"}) item.erase(member);
      return item;
    };
    return page_of_models<Archive>(events.context.store, call, named_prefix(scope_of(call), "archive"), "Archives",
                                   show);
  };
  return {.name = "ListArchives",
          .input = &input,
          .access = needs("ListArchives", [](const Call&) { return std::string("*"); }),
          .handle = JsonHandler(handle)};
}

Operation delete_archive(Events& events) {
  static const Shape input = structure({required("ArchiveName", name_shape(48))});
  auto handle = [&events](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "ArchiveName"), key = named_key(scope_of(call), "archive", name);
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      const auto archive = storage::get_model<Archive>(txn, key);
      if (!archive) return no_archive(name);
      const std::string prefix = archive_prefix(static_cast<uint64_t>(archive->id));
      txn.erase_range(storage::Family::queues, prefix, storage::prefix_end(prefix));
      txn.erase(storage::Family::meta, key);
      events.changes_listeners(txn, bus_named(scope_of(call), archive->source_arn));
      return Json::object();
    });
  };
  return {.name = "DeleteArchive",
          .input = &input,
          .access = needs_on_named("DeleteArchive", "archive", "ArchiveName"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::eventbridge
