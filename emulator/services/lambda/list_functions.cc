#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 50;  // AWS returns no more, whatever MaxItems asks

Result<Json> handle(Lambda& lambda, const Call& call) {
  const storage::Reader& store = lambda.context.store;
  bool all_versions = text_of(call.input, "FunctionVersion") == "ALL";
  std::vector<std::pair<std::string, Json>> items;
  for (Json& document : storage::list_documents(store, functions_prefix(call.caller.account, call.caller.region))) {
    settle(document, lambda.now());
    FunctionRef ref{call.caller.account, call.caller.region, text_of(document["config"], "FunctionName"), ""};
    items.emplace_back(ref.name, configuration_view(document, ref, {all_versions ? kLatest : "", true}));
    if (!all_versions) continue;
    for (Json& version : storage::list_documents(store, parts_prefix(ref, "version"))) {
      std::string number = text_of(version, "version");
      items.emplace_back(ref.name + ":" + std::string(10 - number.size(), '0') + number,
                         configuration_view(version, ref, {number, true}));
    }
  }
  return page_of("Functions", items, call.input, kPageMax);
}

Shape input_shape() {
  std::vector<Member> members = {optional("MasterRegion", string()),
                                 optional("FunctionVersion", string().one_of({"ALL"}))};
  for (Member& member : paging_members()) members.push_back(std::move(member));
  return structure(std::move(members));
}

}  // namespace

Operation list_functions(Lambda& lambda) {
  static const Shape input = input_shape();
  return {.name = "ListFunctions",
          .input = &input,
          .rest = {{"GET", "/2015-03-31/functions", 200,
                    paging_parameters({{"FunctionVersion", "FunctionVersion"}, {"MasterRegion", "MasterRegion"}})}},
          .access = on_everything("lambda:ListFunctions"),
          .handle = JsonHandler([&lambda](Call& call) { return handle(lambda, call); })};
}

}  // namespace millrace::lambda
