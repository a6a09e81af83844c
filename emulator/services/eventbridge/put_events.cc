// PutEvents, and events that other services send.

#include "emulator/base/arn.h"
#include "emulator/base/epoch.h"
#include "emulator/base/lineage.h"
#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

constexpr size_t kRequestBytesMax = 256 * 1024;
constexpr size_t kEntriesMax = 10;

/// Bytes that AWS counts of an entry [doc].
size_t size_of(const Json& entry) {
  size_t size = find(entry, "Time") ? 14 : 0;
  for (const char* member : {"Source", "DetailType", "Detail"}) size += text_of(entry, member).size();
  if (const Json* resources = find(entry, "Resources")) {
    for (const Json& resource : *resources)
      size += resource.is_string() ? resource.get_ref<const std::string&>().size() : 0;
  }
  return size;
}

Json failed(const char* code, const std::string& message) {
  return {{"ErrorCode", code}, {"ErrorMessage", message}};
}

/// What is wrong with an entry; null: nothing.
Json fault_of(const Json& entry) {
  for (const char* member : {"Source", "DetailType", "Detail"}) {
    if (text_of(entry, member).empty()) {
      const std::string name = member;
      return failed("InvalidArgument",
                    "Parameter " + name + " is not valid. Reason: " + name + " is a required argument.");
    }
  }
  if (text_of(entry, "Source").starts_with("aws."))
    return failed("NotAuthorizedForSourceException", "Not authorized for the source.");
  auto detail = parse_json(text_of(entry, "Detail"));
  if (!detail || !detail->is_object()) return failed("MalformedDetail", "Detail is malformed.");
  return nullptr;
}

/// Epoch seconds, or text of older clients.
Millis time_of(const Json& entry, Millis now) {
  const Json* time = find(entry, "Time");
  if (!time) return now;
  if (time->is_number()) return millis_of_epoch(time->get<double>());
  const Millis parsed = time->is_string() ? parse_iso(time->get<std::string>()) : -1;
  return parsed < 0 ? now : parsed;
}

/// The entry's own, else that of the request, which SDKs in functions send.
std::string trace_of(const Call& call, const Json& entry) {
  constexpr size_t kTraceMax = 500;  // TraceHeader's
  const auto own = optional_text(entry, "TraceHeader");
  const std::string_view sent = call.http.headers.get("x-amzn-trace-id");
  return own ? without_lineage(*own) : sent.size() <= kTraceMax ? without_lineage(sent) : "";
}

Event event_of(Events& events, const Json& entry, const Scope& sender) {
  Event out;
  out.id = events.context.random.uuid();
  out.detail_type = text_of(entry, "DetailType");
  out.source = text_of(entry, "Source");
  out.account = sender.account;
  out.region = sender.region;
  out.time = iso_seconds(time_of(entry, events.now()));
  out.resources = to_text(entry.value("Resources", Json::array()));
  out.detail = without_blanks(text_of(entry, "Detail"));
  return out;
}

/// An entry as AWS prints it in a refusal.
std::string printed(const Json& entry) {
  auto text = [&](const char* member) { return find(entry, member) ? text_of(entry, member) : std::string("null"); };
  std::string resources = "null";
  if (const Json* given = find(entry, "Resources")) {
    resources = "[";
    for (const Json& one : *given) resources += (resources.size() > 1 ? ", " : "") + bare(one);
    resources += "]";
  }
  return "PutEventsRequestEntry(time=null, source=" + text("Source") + ", resources=" + resources +
         ", detailType=" + text("DetailType") + ", detail=" + text("Detail") +
         ", eventBusName=" + text("EventBusName") + ", traceHeader=" + text("TraceHeader") +
         ", kmsKeyIdentifier=null, internalMetadata=null)";
}

Result<void> check(const Json& entries) {
  if (entries.size() > kEntriesMax) {
    std::string all;
    for (const Json& entry : entries) all += (all.empty() ? "" : ", ") + printed(entry);
    return errors::invalid(
        "1 validation error detected: Value '[" + all +
        "]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10");
  }
  size_t size = 0;
  for (const Json& entry : entries) size += size_of(entry);
  if (size > kRequestBytesMax) return errors::invalid("Total size of the entries in the request is over the limit.");
  return {};
}

/// One need for each bus and source, so that conditions see each.
Result<AccessNeeds> put_events_needs(Events& events, const Call& call) {
  AccessNeeds out;
  const Json entries = call.input.value("Entries", Json::array());
  for (const Json& entry : entries) {
    const BusName bus = bus_named(scope_of(call), text_of(entry, "EventBusName"));
    AccessNeed need{"events:PutEvents", bus.arn()};
    need.context = {{"events:source", {text_of(entry, "Source")}},
                    {"events:detail-type", {text_of(entry, "DetailType")}},
                    {"events:eventbusinvocation", {"false"}}};
    if (auto stored = storage::get_model<Bus>(events.context.store, bus_key(bus)))
      need.resource_policy = stored->policy.value_or("");
    need.resource_account = bus.scope.account;
    const bool known = std::any_of(out.begin(), out.end(), [&](const AccessNeed& other) {
      return other.resource == need.resource && other.context == need.context;
    });
    if (!known) out.push_back(std::move(need));
  }
  return out;
}

}  // namespace

std::string bare(const Json& value) {
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

Operation put_events(Events& events) {
  static const Shape entry =
      structure({optional("Source", string()), optional("DetailType", string()), optional("Detail", string()),
                 optional("Resources", list(string())), optional("EventBusName", bus_shape()),
                 optional("TraceHeader", string().length(1, 500))});
  static const Shape input = structure({required("Entries", list(entry).length(1, -1))});
  auto handle = [&events](Call& call) -> Result<Json> {
    const Json& entries = call.input["Entries"];
    TRY_VOID(check(entries));
    Consequences consequences;
    Json results = Json::array();
    int failures = 0;
    for (const Json& one : entries) {
      Json fault = fault_of(one);
      if (fault.is_null() && events.deliveries.full()) fault = failed("ThrottlingException", "Rate exceeded");
      if (!fault.is_null()) {
        ++failures;
        results.push_back(std::move(fault));
        continue;
      }
      const BusName bus = bus_named(scope_of(call), text_of(one, "EventBusName"));
      Event event = event_of(events, one, scope_of(call));
      event.trace_header = trace_of(call, one);
      results.push_back({{"EventId", event.id}});
      // An event for a bus that isn't there is taken and dropped [rec].
      if (load_bus(events.context.store, bus).has_value()) collect(events, bus, event, {}, consequences);
    }
    if (!consequences.deliveries.empty() || !consequences.archived.empty()) {
      TRY_VOID(events.context.store.transact([&](storage::Txn& txn) -> Result<void> {
        write(events, txn, consequences);
        return {};
      }));
    }
    return Json{{"FailedEntryCount", failures}, {"Entries", std::move(results)}};
  };
  return {.name = "PutEvents",
          .input = &input,
          .access = [&events](const Call& call) { return put_events_needs(events, call); },
          .handle = JsonHandler(handle),
          .checks_root = true};
}

Result<void> accept_from_service(Events& events, const std::string& bus_arn, const ports::Message& message,
                                 const ports::Destination::Sender& sender) {
  const BusName bus = bus_named({}, bus_arn);
  TRY_VOID(load_bus(events.context.store, bus));
  auto parameter = [&](const char* name) {
    auto found = message.parameters.find(name);
    return found == message.parameters.end() ? std::string() : found->second;
  };
  std::optional<Event> event;
  if (const std::string type = parameter("DetailType"); !type.empty()) {
    auto detail = parse_json(message.body);
    if (!detail || !detail->is_object()) return errors::invalid("Detail is malformed.");
    event.emplace();
    event->id = events.context.random.uuid();
    event->detail_type = type;
    event->source = parameter("Source");
    event->account = sender.account;
    event->region = bus.scope.region;
    const std::string time = parameter("Time"), resources = parameter("Resources");
    event->time = time.empty() || parse_iso(time) < 0 ? iso_seconds(events.now()) : iso_seconds(parse_iso(time));
    if (!resources.empty()) event->resources = resources;
    event->detail = without_blanks(message.body);
  } else {
    event = parse_event(message.body);
    if (!event) return errors::invalid("The event is malformed.");
    event->hops = std::atoi(parameter("Hops").c_str());
    if (event->id.empty()) event->id = events.context.random.uuid();
  }
  if (auto trace = message.system.find("AWSTraceHeader"); trace != message.system.end())
    event->trace_header = trace->second;
  Consequences consequences;
  collect(events, bus, *event, {}, consequences);
  if (consequences.deliveries.empty() && consequences.archived.empty()) return {};
  return events.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    write(events, txn, consequences);
    return {};
  });
}

}  // namespace millrace::eventbridge
