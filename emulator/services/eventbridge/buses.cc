// CreateEventBus, DescribeEventBus, UpdateEventBus, ListEventBuses, DeleteEventBus.

#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

constexpr size_t kBusesMax = 100;

/// Members that are kept and shown: where a bus's logs and failed events go, and its key.
constexpr const char* kKept[] = {"Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig"};

Shape bus_name_shape() {
  return string().length(1, 256).pattern(R"([/\.\-_A-Za-z0-9]+)");
}

Json shown_bus(const Json& bus) {
  Json out = shown(bus);
  out.erase("Tags");
  return out;
}

/// Takes over what is given; an empty text clears.
void merge(Json& bus, const Json& input) {
  for (const char* member : kKept) {
    const Json* value = find(input, member);
    if (!value) continue;
    if (value->is_string() && value->get_ref<const std::string&>().empty()) {
      bus.erase(member);
    } else {
      bus[member] = *value;
    }
  }
}

}  // namespace

Operation create_event_bus(Events& events) {
  static const Shape input =
      structure({required("Name", bus_name_shape()), optional("EventSourceName", string().length(1, 256)),
                 optional("Description", string().length(0, 512)), optional("Tags", tags_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const BusName bus{scope_of(call), text_of(call.input, "Name")};
    if (find(call.input, "EventSourceName"))
      return AwsError(errors::not_implemented, "Partner event sources are not implemented.");
    if (bus.name.find('/') != std::string::npos) return errors::invalid("Event bus name must not contain '/'.");
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (bus.name == kDefaultBus || storage::get_document(txn, bus_key(bus)))
        return AwsError(errors::already_exists, "Event bus " + bus.name + " already exists.");
      if (storage::list_documents(txn, buses_prefix(bus.scope)).size() >= kBusesMax) return errors::limit();
      Json document{{"Name", bus.name}, {"Arn", bus.arn()}};
      merge(document, call.input);
      document["CreationTime"] = seconds_of(events.now());
      document["LastModifiedTime"] = seconds_of(events.now());
      document["_tags"] = call.input.value("Tags", Json::array());
      storage::put_document(txn, bus_key(bus), document);
      Json out{{"EventBusArn", bus.arn()}};
      for (const char* member : kKept) {
        if (document.contains(member)) out[member] = document[member];
      }
      return out;
    });
  };
  return {.name = "CreateEventBus",
          .input = &input,
          .access = needs_on_bus("CreateEventBus", "Name"),
          .handle = JsonHandler(handle)};
}

Operation describe_event_bus(Events& events) {
  static const Shape input = structure({optional("Name", bus_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    TRY(Json bus, load_bus(events.context.store, bus_of(call, "Name")));
    return shown_bus(bus);
  };
  return {.name = "DescribeEventBus",
          .input = &input,
          .access = needs_on_bus("DescribeEventBus", "Name"),
          .handle = JsonHandler(handle)};
}

Operation update_event_bus(Events& events) {
  static const Shape input =
      structure({optional("Name", bus_shape()), optional("Description", string().length(0, 512))});
  auto handle = [&events](Call& call) -> Result<Json> {
    const BusName bus = bus_of(call, "Name");
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Json document, load_bus(txn, bus));
      merge(document, call.input);
      document["LastModifiedTime"] = seconds_of(events.now());
      storage::put_document(txn, bus_key(bus), document);
      Json out{{"Arn", bus.arn()}, {"Name", bus.name}};
      for (const char* member : kKept) {
        if (document.contains(member)) out[member] = document[member];
      }
      return out;
    });
  };
  return {.name = "UpdateEventBus",
          .input = &input,
          .access = needs_on_bus("UpdateEventBus", "Name"),
          .handle = JsonHandler(handle)};
}

Operation list_event_buses(Events& events) {
  static const Shape input = structure({optional("NamePrefix", bus_name_shape()), token_member(), limit_member()});
  auto handle = [&events](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string prefix = text_of(call.input, "NamePrefix");
    std::map<std::string, Json> by_name;
    for (Json& bus : storage::list_documents(events.context.store, buses_prefix(scope)))
      by_name[text_of(bus, "Name")] = shown_bus(bus);
    if (!by_name.contains(kDefaultBus)) by_name[kDefaultBus] = {{"Name", kDefaultBus}, {"Arn", BusName{scope}.arn()}};
    std::vector<Json> all;
    for (auto& [name, bus] : by_name) {
      if (name.starts_with(prefix)) all.push_back(std::move(bus));
    }
    return page_of(call, "EventBuses", all, "Name");
  };
  return {.name = "ListEventBuses",
          .input = &input,
          .access = needs("ListEventBuses", [](const Call&) { return std::string("*"); }),
          .handle = JsonHandler(handle)};
}

Operation delete_event_bus(Events& events) {
  static const Shape input = structure({required("Name", bus_name_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const BusName bus{scope_of(call), text_of(call.input, "Name")};
    if (bus.name == kDefaultBus) return errors::invalid("Cannot delete event bus default.");
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!storage::list_documents(txn, rules_prefix(bus)).empty())
        return errors::invalid("Event bus can't be deleted since it has rules.");  // unverified: the words
      txn.erase(storage::Family::meta, bus_key(bus));
      events.changes_listeners(txn, bus);
      return Json();
    });
  };
  return {.name = "DeleteEventBus",
          .input = &input,
          .access = needs_on_bus("DeleteEventBus", "Name"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::eventbridge
