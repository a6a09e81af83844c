// CreateArchive, DescribeArchive, UpdateArchive, ListArchives, DeleteArchive.

#include "emulator/services/eventbridge/archive_events.h"
#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

AwsError no_archive(const std::string& name) {
  return {errors::not_found, "Archive " + name + " does not exist."};
}

Json answer(const Json& archive, const Scope& scope) {
  return {{"ArchiveArn", arn_of(scope, "archive/" + text_of(archive, "ArchiveName"))},
          {"CreationTime", archive.at("CreationTime")},
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
      if (storage::get_document(txn, named_key(scope, "archive", name)))
        return AwsError(errors::already_exists, "Archive " + name + " already exists.");
      Json archive{{"ArchiveName", name}, {"EventSourceArn", bus.arn()}};
      for (const char* member : {"Description", "EventPattern"}) {
        if (find(call.input, member)) archive[member] = call.input[member];
      }
      if (const std::string key = text_of(call.input, "KmsKeyIdentifier"); !key.empty())
        archive["KmsKeyIdentifier"] = key;
      archive["RetentionDays"] = int_of(call.input, "RetentionDays");
      archive["State"] = "ENABLED";
      archive["SizeBytes"] = 0;
      archive["EventCount"] = 0;
      archive["CreationTime"] = seconds_of(events.now());
      archive["_id"] = static_cast<int64_t>(events.context.random.next() >> 1);
      storage::put_document(txn, named_key(scope, "archive", name), archive);
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
    auto archive = storage::get_document(events.context.store, named_key(scope, "archive", name));
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
      auto archive = storage::get_document(txn, named_key(scope, "archive", name));
      if (!archive) return no_archive(name);
      bool given = false;
      for (const char* member : {"Description", "EventPattern", "RetentionDays", "KmsKeyIdentifier"}) {
        const Json* value = find(call.input, member);
        if (!value) continue;
        given = true;
        (*archive)[member] = *value;
      }
      if (text_of(*archive, "KmsKeyIdentifier").empty()) archive->erase("KmsKeyIdentifier");
      if (!given)
        return errors::invalid("At least one of EventPattern, RetentionDays or Description must be provided.");
      storage::put_document(txn, named_key(scope, "archive", name), *archive);
      events.changes_listeners(txn, bus_named(scope, text_of(*archive, "EventSourceArn")));
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
    return page_of(events.context.store, call, named_prefix(scope_of(call), "archive"), "Archives",
                   [&](const Json& archive) -> Json {
                     if (!source.empty() && text_of(archive, "EventSourceArn") != source) return nullptr;
                     if (!state.empty() && text_of(archive, "State") != state) return nullptr;
                     Json item = shown(archive);
                     item.erase("Description");
                     item.erase("EventPattern");
                     item.erase("KmsKeyIdentifier");
                     return item;
                   });
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
      auto archive = storage::get_document(txn, key);
      if (!archive) return no_archive(name);
      const std::string prefix = archive_prefix(static_cast<uint64_t>(int_of(*archive, "_id")));
      txn.erase_range(storage::Family::queues, prefix, storage::prefix_end(prefix));
      txn.erase(storage::Family::meta, key);
      events.changes_listeners(txn, bus_named(scope_of(call), text_of(*archive, "EventSourceArn")));
      return Json::object();
    });
  };
  return {.name = "DeleteArchive",
          .input = &input,
          .access = needs_on_named("DeleteArchive", "archive", "ArchiveName"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::eventbridge
