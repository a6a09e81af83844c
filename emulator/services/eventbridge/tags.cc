// TagResource, UntagResource, ListTagsForResource: of rules and buses.

#include <variant>

#include "emulator/base/arn.h"
#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;

/// The key of what an ARN names, checked to be there.
struct Tagged {
  std::string key;
  std::variant<Bus, Rule> what;

  Json& tags() {
    return std::visit([](auto& one) -> Json& { return one.tags; }, what);
  }
};

Result<Tagged> tagged(const storage::Reader& reader, const Call& call) {
  const std::string text = text_of(call.input, "ResourceARN");
  const auto arn = Arn::parse(text);
  if (!arn || arn->service != "events")
    return errors::invalid("Parameter " + text + " is not valid. Reason: Provided Arn is not in correct format.");
  const Scope scope{arn->account, arn->region};
  const std::string& resource = arn->resource;
  if (resource.starts_with("event-bus/")) {
    const BusName bus{scope, resource.substr(10)};
    TRY(Bus found, load_bus(reader, bus));
    return Tagged{bus_key(bus), std::move(found)};
  }
  if (!resource.starts_with("rule/"))
    return errors::invalid("Parameter " + text + " is not valid. Reason: Provided Arn is not in correct format.");
  const std::string path = resource.substr(5);
  const size_t slash = path.rfind('/');
  const BusName bus{scope, slash == std::string::npos ? kDefaultBus : path.substr(0, slash)};
  const std::string rule = slash == std::string::npos ? path : path.substr(slash + 1);
  TRY(Rule found, load_rule(reader, bus, rule));
  return Tagged{rule_key(bus, rule), std::move(found)};
}

Result<Json> change(Events& events, const Call& call, const std::function<Result<void>(Json& tags)>& edit) {
  return events.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Tagged found, tagged(txn, call));
    TRY_VOID(edit(found.tags()));
    std::visit([&](const auto& one) { storage::put_model(txn, found.key, one); }, found.what);
    return Json::object();
  });
}

Access on_the_resource(const char* action) {
  return needs(action, [](const Call& call) { return text_of(call.input, "ResourceARN"); });
}

void remove_tag(Json& tags, const std::string& key) {
  tags.erase(std::remove_if(tags.begin(), tags.end(), [&](const Json& tag) { return text_of(tag, "Key") == key; }),
             tags.end());
}

}  // namespace

Operation tag_resource(Events& events) {
  static const Shape input =
      structure({required("ResourceARN", string().length(1, 1600)), required("Tags", tags_shape())});
  auto handle = [&events](Call& call) {
    return change(events, call, [&](Json& tags) -> Result<void> {
      for (const Json& tag : call.input["Tags"]) {
        remove_tag(tags, text_of(tag, "Key"));
        tags.push_back(tag);
      }
      return tags.size() > kTagsMax ? Result<void>(errors::limit()) : Result<void>();
    });
  };
  return {
      .name = "TagResource", .input = &input, .access = on_the_resource("TagResource"), .handle = JsonHandler(handle)};
}

Operation untag_resource(Events& events) {
  static const Shape input = structure(
      {required("ResourceARN", string().length(1, 1600)), required("TagKeys", list(string().length(1, 128)))});
  auto handle = [&events](Call& call) {
    return change(events, call, [&](Json& tags) -> Result<void> {
      for (const Json& key : call.input["TagKeys"]) remove_tag(tags, bare(key));
      return {};
    });
  };
  return {.name = "UntagResource",
          .input = &input,
          .access = on_the_resource("UntagResource"),
          .handle = JsonHandler(handle)};
}

Operation list_tags_for_resource(Events& events) {
  static const Shape input = structure({required("ResourceARN", string().length(1, 1600))});
  auto handle = [&events](Call& call) -> Result<Json> {
    TRY(Tagged found, tagged(events.context.store, call));
    return Json{{"Tags", found.tags()}};
  };
  return {.name = "ListTagsForResource",
          .input = &input,
          .access = on_the_resource("ListTagsForResource"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::eventbridge
