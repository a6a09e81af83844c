// TagResource, UntagResource, ListTagsForResource.

#include "emulator/services/pipes/pipes.h"

namespace millrace::pipes {

using namespace protocol;

namespace {

std::string name_in(const Call& call) {
  const std::string arn = text_of(call.input, "resourceArn");
  const size_t slash = arn.find(":pipe/");
  return slash == std::string::npos ? arn : arn.substr(slash + 6);
}

Access needs(const char* action) {
  return [action = std::string("pipes:") + action](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{action, text_of(call.input, "resourceArn")}};
  };
}

Result<Json> change(Pipes& pipes, const Call& call, const std::function<void(Json& tags)>& edit) {
  return pipes.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Pipe pipe, load_pipe(txn, scope_of(call), name_in(call)));
    edit(pipe.tags);
    storage::put_model(txn, pipe_key(scope_of(call), name_in(call)), pipe);
    return Json::object();
  });
}

}  // namespace

Operation tag_resource(Pipes& pipes) {
  static const Shape input = structure({required("tags", map(string().length(0, 256)).length(1, 50))});
  auto handle = [&pipes](Call& call) {
    return change(pipes, call, [&](Json& tags) {
      const Json given = call.input["tags"];
      for (const auto& [name, value] : given.items()) tags[name] = value;
    });
  };
  return {.name = "TagResource",
          .input = &input,
          .rest = {{"POST", "/tags/{resourceArn}", 200}},
          .access = needs("TagResource"),
          .handle = JsonHandler(handle)};
}

Operation untag_resource(Pipes& pipes) {
  static const Shape input = structure({required("tagKeys", list(string().length(1, 128)).length(0, 50))});
  auto handle = [&pipes](Call& call) {
    return change(pipes, call, [&](Json& tags) {
      const Json keys = call.input.value("tagKeys", Json::array());
      for (const Json& key : keys) tags.erase(key.get<std::string>());
    });
  };
  return {.name = "UntagResource",
          .input = &input,
          .rest = {{"DELETE",
                    "/tags/{resourceArn}",
                    200,
                    {{"tagKeys", "tagKeys", RestParameter::In::query, RestParameter::Type::list}}}},
          .access = needs("UntagResource"),
          .handle = JsonHandler(handle)};
}

Operation list_tags_for_resource(Pipes& pipes) {
  auto handle = [&pipes](Call& call) -> Result<Json> {
    TRY(Pipe pipe, load_pipe(pipes.context.store, scope_of(call), name_in(call)));
    return Json{{"tags", pipe.tags}};
  };
  return {.name = "ListTagsForResource",
          .rest = {{"GET", "/tags/{resourceArn}", 200}},
          .access = needs("ListTagsForResource"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::pipes
