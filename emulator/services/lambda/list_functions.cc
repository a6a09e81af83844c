#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 50;  // AWS returns no more, whatever MaxItems asks

/// One page's entries: the scan begins at the marker and ends when there is one more than the page holds, so that its
/// cost grows with the page, not with the functions there are.
class Listing {
 public:
  Listing(const Lambda& lambda, const Call& call)
      : lambda_(lambda), call_(call), all_versions_(text_of(call.input, "FunctionVersion") == "ALL") {}

  std::vector<std::pair<std::string, Json>> read() {
    const storage::Reader& store = lambda_.context.store;
    std::string marker = text_of(call_.input, "Marker"), after;
    if (!marker.empty()) {  // "name", or "name:0000000012"
      FunctionRef ref = function_named(marker.substr(0, marker.find(':')));
      after = function_key(ref);
      auto document = all_versions_ ? storage::get_document(store, after) : std::nullopt;
      if (document) add(*document, marker);
    }
    if (items_.size() > kPageMax) return std::move(items_);
    storage::each_document(store, functions_prefix(call_.caller.account, call_.caller.region), after,
                           [&](std::string_view, Json document) {
                             add(document, "");
                             return items_.size() <= kPageMax;
                           });
    return std::move(items_);
  }

 private:
  FunctionRef function_named(std::string name) const {
    return {call_.caller.account, call_.caller.region, std::move(name), ""};
  }

  /// The function's entries after the marker.
  void add(Json& document, const std::string& marker) {
    settle(document, lambda_.now());
    FunctionRef ref = function_named(text_of(document["config"], "FunctionName"));
    if (marker.empty())
      items_.emplace_back(ref.name, configuration_view(document, ref, {all_versions_ ? kLatest : "", true}));
    if (!all_versions_) return;
    for (Json& version : storage::list_documents(lambda_.context.store, parts_prefix(ref, "version"))) {
      std::string number = text_of(version, "version");
      std::string id = ref.name + ":" + std::string(10 - number.size(), '0') + number;
      if (id > marker) items_.emplace_back(id, configuration_view(version, ref, {number, true}));
    }
  }

  const Lambda& lambda_;
  const Call& call_;
  const bool all_versions_;
  std::vector<std::pair<std::string, Json>> items_;
};

Result<Json> handle(Lambda& lambda, const Call& call) {
  auto items = Listing(lambda, call).read();
  Json from_here = call.input;  // the marker has done its work; page_of would compare across functions
  from_here.erase("Marker");
  return page_of("Functions", items, from_here, kPageMax);
}

Shape input_shape() {
  std::vector<Member> members = {optional("MasterRegion", string().pattern(R"(ALL|[a-z]{2}(-gov)?-[a-z]+-\d{1})")),
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
