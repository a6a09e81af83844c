// StartReplay, DescribeReplay, ListReplays, CancelReplay; and the replaying, piece by piece on the deliveries' thread.

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/base/epoch.h"
#include "emulator/base/log.h"
#include "emulator/services/eventbridge/archive_events.h"
#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

constexpr size_t kPiece = 100;  // events of one change
constexpr size_t kRunningMax = 10;

AwsError no_replay(const std::string& name) {
  return {errors::not_found, "Replay " + name + " does not exist."};
}

bool is_under_way(const Replay& replay) {
  return replay.state == "STARTING" || replay.state == "RUNNING" || replay.state == "CANCELLING";
}

Json answer(const Replay& replay, const Scope& scope) {
  return {{"ReplayArn", arn_of(scope, "replay/" + replay.name)},
          {"State", replay.state},
          {"ReplayStartTime", replay.begun_s}};
}

Millis ms_of(const Json& input, const char* member) {
  const Json* time = find(input, member);
  if (!time) return 0;
  return time->is_number() ? millis_of_epoch(time->get<double>()) : parse_iso(bare(*time));
}

std::string position_key(uint64_t archive_id, Millis at) {
  std::string key = archive_prefix(archive_id);
  storage::append_u64(key, static_cast<uint64_t>(std::max<Millis>(at, 0)));
  return key;
}

struct Piece {
  std::vector<std::string> texts;
  std::string after;  // the last one's key
};

Piece next_piece(Events& events, const Replay& replay) {
  Piece out;
  const auto id = static_cast<uint64_t>(replay.archive_id);
  const std::string from = position_key(id, replay.from_ms), to = position_key(id, replay.to_ms);
  const std::string after = from_hex(replay.after).value_or("");
  events.context.store.scan(storage::Family::queues, after.empty() ? from : after + '\0', to,
                            [&](std::string_view key, std::string_view text) {
                              out.texts.emplace_back(text);
                              out.after = key;
                              return out.texts.size() < kPiece;
                            });
  return out;
}

/// Sends the next piece; true if there is more to do.
bool replay_piece(Events& events, const std::string& key) {
  const auto replay = storage::get_model<Replay>(events.context.store, key);
  if (!replay || !is_under_way(*replay)) return false;
  const bool cancelled = replay->state == "CANCELLING";
  const Json& destination = replay->destination;
  const BusName bus = bus_named({}, text_of(destination, "Arn"));
  std::vector<std::string> only;
  if (const Json* arns = find(destination, "FilterArns")) {
    for (const Json& arn : *arns) only.push_back(bare(arn));
  }
  const Piece piece = cancelled ? Piece() : next_piece(events, *replay);
  Consequences consequences;
  std::string last_time;
  for (const std::string& text : piece.texts) {
    auto event = parse_event(text);
    if (!event) continue;
    event->replay_name = replay->name;
    last_time = event->time;
    collect(events, bus, *event, only, consequences);
  }
  const bool done = piece.texts.size() < kPiece;
  auto stored = events.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    auto current = storage::get_model<Replay>(txn, key);
    if (!current) return {};
    write(events, txn, consequences);
    current->after = to_hex(piece.after);
    if (!last_time.empty()) current->last_replayed_s = seconds_of(parse_iso(last_time));
    if (done) {
      current->state = cancelled ? "CANCELLED" : "COMPLETED";
      current->ended_s = seconds_of(events.now());
    } else if (current->state == "STARTING") {
      current->state = "RUNNING";
    }
    storage::put_model(txn, key, *current);
    return {};
  });
  if (stored.has_error()) log::error("a replay: " + stored.error().message);
  return !done && stored.has_value();
}

void go_on(Events& events, const std::string& key) {
  events.deliveries.post([&events, key] {
    if (replay_piece(events, key)) go_on(events, key);
  });
}

Result<Replay> new_replay(Events& events, const Call& call, const Archive& archive) {
  const Json& destination = call.input["Destination"];
  const Scope scope = scope_of(call);
  if (bus_named(scope, text_of(destination, "Arn")).arn() != archive.source_arn)
    return errors::invalid("Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.");
  const Millis start = ms_of(call.input, "EventStartTime"), end = ms_of(call.input, "EventEndTime");
  if (start >= end)
    return errors::invalid("Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.");
  Replay replay{.name = text_of(call.input, "ReplayName")};
  replay.description = optional_text(call.input, "Description");
  replay.destination = destination;
  replay.source_arn = text_of(call.input, "EventSourceArn");
  replay.from_s = seconds_of(start);
  replay.to_s = seconds_of(end);
  replay.begun_s = seconds_of(events.now());
  replay.archive_id = archive.id;
  replay.from_ms = start;
  replay.to_ms = end;
  return replay;
}

}  // namespace

Operation start_replay(Events& events) {
  static const Shape input = structure(
      {required("ReplayName", name_shape()), optional("Description", string().length(0, 512)),
       required("EventSourceArn", string().length(1, 1600)), required("EventStartTime", any()),
       required("EventEndTime", any()),
       required("Destination",
                structure({required("Arn", string().length(1, 1600)), optional("FilterArns", list(string()))}))});
  auto handle = [&events](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "ReplayName"), key = named_key(scope, "replay", name);
    const std::string source = text_of(call.input, "EventSourceArn");
    const auto arn = Arn::parse(source);
    const std::string archive_name = arn && arn->resource.starts_with("archive/") ? arn->resource.substr(8) : source;
    TRY(Json started, events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      const auto archive = storage::get_model<Archive>(txn, named_key(scope, "archive", archive_name));
      if (!archive)
        return errors::invalid("Parameter EventSourceArn is not valid. Reason: Archive " + archive_name +
                               " does not exist.");
      if (storage::get_model<Replay>(txn, key))
        return AwsError(errors::already_exists, "Replay " + name + " already exists.");
      const auto all = storage::list_models<Replay>(txn, named_prefix(scope, "replay"));
      if (static_cast<size_t>(std::count_if(all.begin(), all.end(), is_under_way)) >= kRunningMax)
        return errors::limit();
      TRY(Replay replay, new_replay(events, call, *archive));
      storage::put_model(txn, key, replay);
      return answer(replay, scope);
    }));
    go_on(events, key);
    return started;
  };
  return {.name = "StartReplay",
          .input = &input,
          .access = needs_on_named("StartReplay", "replay", "ReplayName"),
          .handle = JsonHandler(handle)};
}

Operation describe_replay(Events& events) {
  static const Shape input = structure({required("ReplayName", name_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const std::string name = text_of(call.input, "ReplayName");
    const auto replay = storage::get_model<Replay>(events.context.store, named_key(scope_of(call), "replay", name));
    if (!replay) return no_replay(name);
    Json out = shown(*replay);
    out["ReplayArn"] = arn_of(scope_of(call), "replay/" + name);
    return out;
  };
  return {.name = "DescribeReplay",
          .input = &input,
          .access = needs_on_named("DescribeReplay", "replay", "ReplayName"),
          .handle = JsonHandler(handle)};
}

Operation list_replays(Events& events) {
  static const Shape input = structure(
      {optional("NamePrefix", name_shape()),
       optional("State", string().one_of({"STARTING", "RUNNING", "CANCELLING", "COMPLETED", "CANCELLED", "FAILED"})),
       optional("EventSourceArn", string().length(1, 1600)), token_member(), limit_member()});
  auto handle = [&events](Call& call) -> Result<Json> {
    const std::string source = text_of(call.input, "EventSourceArn"), state = text_of(call.input, "State");
    auto show = [&](const Replay& replay) -> Json {
      if (!source.empty() && replay.source_arn != source) return nullptr;
      if (!state.empty() && replay.state != state) return nullptr;
      Json item = shown(replay);
      item.erase("Destination");
      item.erase("Description");
      return item;
    };
    return page_of_models<Replay>(events.context.store, call, named_prefix(scope_of(call), "replay"), "Replays", show);
  };
  return {.name = "ListReplays",
          .input = &input,
          .access = needs("ListReplays", [](const Call&) { return std::string("*"); }),
          .handle = JsonHandler(handle)};
}

Operation cancel_replay(Events& events) {
  static const Shape input = structure({required("ReplayName", name_shape())});
  auto handle = [&events](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "ReplayName"), key = named_key(scope, "replay", name);
    return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      auto replay = storage::get_model<Replay>(txn, key);
      if (!replay) return no_replay(name);
      if (!is_under_way(*replay))
        return AwsError(errors::illegal_status, "Replay " + name + " is not in a valid state for this operation.");
      replay->state = "CANCELLING";
      storage::put_model(txn, key, *replay);
      return Json{{"ReplayArn", arn_of(scope, "replay/" + name)}, {"State", "CANCELLING"}};
    });
  };
  return {.name = "CancelReplay",
          .input = &input,
          .access = needs_on_named("CancelReplay", "replay", "ReplayName"),
          .handle = JsonHandler(handle)};
}

void resume_replays(Events& events) {
  storage::each_model_anywhere<Replay>(events.context.store, "events", "replay",
                                       [&](std::string_view key, const Replay& replay) {
                                         if (is_under_way(replay)) go_on(events, std::string(key));
                                       });
}

}  // namespace millrace::eventbridge
