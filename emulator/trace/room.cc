#include "emulator/trace/room.h"

#include <algorithm>

#include "emulator/ports/explainers.h"

#include "emulator/trace/told.h"

namespace millrace::trace {

using protocol::HttpReply;
using protocol::HttpRequest;

namespace {

constexpr size_t kTreesMax = 200;

struct Teller {
  Teller(const RoomContext& context, const ports::Ports& all)
      : clock(dynamic_cast<const EmulatorClock*>(&context.clock)),
        streams(all.get<ports::StreamReader>()),
        mappings(all.get<ports::MappingEngine>()),
        explainers(all.get<ports::Explainers>()),
        calls(all) {}

  const EmulatorClock* clock;
  ports::StreamReader& streams;
  ports::MappingEngine& mappings;
  const ports::Explainers& explainers;
  ports::Late<ports::ServiceCalls> calls;

  HttpReply tell(const HttpRequest& request) const;
  std::vector<std::string> sources_of(const std::string& name) const;
  /// How it stands, then what became of it, in short.
  HttpReply why(const HttpRequest& request) const;
};

std::string text_of_query(const protocol::QueryParameters& query, const char* name) {
  return protocol::query_value(query, name).value_or("");
}

HttpReply text_reply(std::string text) {
  HttpReply reply;
  reply.headers.set("Content-Type", "text/plain; charset=utf-8");
  reply.body = std::move(text);
  return reply;
}

std::string nothing_known(const Wanted& wanted) {
  return "Nothing is known of " + wanted.of + (wanted.item.empty() ? "" : ", item " + wanted.item) +
         ": no request has named it since the server's start, or it is longer ago than what is kept (the newest 10,000 "
         "requests and 20,000 steps). millrace why NAME tells how a table's, queue's or function's mappings are.\n";
}

/// What the mappings read that have this function or UUID: records that a filter kept from it name it nowhere.
std::vector<std::string> Teller::sources_of(const std::string& name) const {
  std::vector<std::string> out;
  for (const ports::MappingReport& mapping : mappings.reports()) {
    const auto& config = mapping.config;
    if (name == config.uuid || name == config.function_name || name == config.function_arn ||
        config.function_name == "pipe/" + name)
      out.push_back(config.event_source_arn);
  }
  return out;
}

HttpReply Teller::tell(const HttpRequest& request) const {
  const auto query = protocol::parse_query(request.raw_query());
  Wanted wanted{.of = text_of_query(query, "of"), .item = text_of_query(query, "item")};
  if (wanted.of.empty())
    return json_reply(
        400, {{"message", "needs ?of=<table, item, queue, topic, bucket, function, rule, URL or request id>"}});
  if (!on()) return json_reply(409, {{"message", "The server was started with --no-trace: nothing is kept."}});
  const std::string last = text_of_query(query, "last");
  if (!last.empty()) wanted.last = std::clamp<size_t>(std::strtoull(last.c_str(), nullptr, 10), 1, kTreesMax);
  wanted.also = sources_of(wanted.of);
  const uint64_t after = std::strtoull(text_of_query(query, "after").c_str(), nullptr, 10);
  const std::string form = text_of_query(query, "form");
  Story story(everything(), {streams, mappings, calls.get(), clock && clock->frozen()});
  const std::vector<Node> trees = story.trees(wanted);
  const uint64_t number = std::max(after, newest(trees));
  if (form == "lines") {
    HttpReply reply = text_reply(in_order(trees, after));
    reply.headers.set("X-Millrace-Newest", std::to_string(number));
    return reply;
  }
  if (form == "text") {
    if (!trees.empty()) return text_reply(in_lines(trees));
    HttpReply reply = text_reply(nothing_known(wanted));
    reply.status = 404;
    return reply;
  }
  return json_reply(200, {{"of", wanted.of}, {"trees", in_json(trees)}, {"newest", number}});
}

HttpReply Teller::why(const HttpRequest& request) const {
  constexpr size_t kBriefTrees = 20;
  Wanted wanted{.of = text_of_query(protocol::parse_query(request.raw_query()), "of"), .last = kBriefTrees};
  if (wanted.of.empty())
    return json_reply(400, {{"message", "needs ?of=<table, queue, topic, bucket, function, rule, schedule, alarm>"}});
  wanted.also = sources_of(wanted.of);
  std::string out = explainers.tell(wanted.of);
  if (on()) {
    const std::string story =
        in_brief(Story(everything(), {streams, mappings, calls.get(), clock && clock->frozen()}).trees(wanted));
    if (!story.empty()) out += (out.empty() ? "" : "\n") + story;
  }
  if (!out.empty()) return text_reply(out);
  std::string all;
  for (const ports::MappingReport& mapping : mappings.reports())
    all += (all.empty() ? "; there are mappings of " : ", ") + mapping.config.function_name;
  return json_reply(404, {{"message", "No event source mapping reads " + wanted.of +
                                          " or calls it, no rule, bus, schedule or alarm is called so, and nothing "
                                          "came of a request that names it" +
                                          all}});
}

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto teller = std::make_shared<Teller>(context, ports);
  auto route = [teller](const HttpRequest& request, const AdminRespond& respond) { respond(teller->tell(request)); };
  auto brief = [teller](const HttpRequest& request, const AdminRespond& respond) { respond(teller->why(request)); };
  return {.name = "trace", .state = teller, .admin_routes = {{"GET trace", route, true}, {"GET why", brief, true}}};
}

}  // namespace millrace::trace
