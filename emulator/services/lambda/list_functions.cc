#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/variables.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 50;  // AWS returns no more, whatever MaxItems asks

/// One page's entries: the scan begins at the marker's function and ends when the page is full, so that its cost grows
/// with the page, not with the functions there are. A position is "name", or "name 0000000012" for a version: a
/// blank comes before all that names are made of.
class Listing {
 public:
  Listing(const Lambda& lambda, const Call& call, Pager& page)
      : lambda_(lambda), call_(call), page_(page), all_versions_(text_of(call.input, "FunctionVersion") == "ALL") {}

  Json read() {
    const storage::Reader& store = lambda_.context.store;
    std::string after;
    if (!page_.after().empty()) {
      after = function_key(function_named(page_.after().substr(0, page_.after().find(' '))));
      auto document = all_versions_ ? storage::get_document(store, after) : std::nullopt;
      if (document) add(*document);
    }
    storage::each_document(store, functions_prefix(call_.caller.account, call_.caller.region), after,
                           [&](std::string_view, Json document) {
                             add(document);
                             return !page_.is_full();
                           });
    return std::move(items_);
  }

 private:
  FunctionRef function_named(std::string name) const {
    return {call_.caller.account, call_.caller.region, std::move(name), ""};
  }

  void add(Json& document) {
    settle(document, lambda_.now());
    FunctionRef ref = function_named(text_of(document["config"], "FunctionName"));
    if (page_.takes(ref.name))
      items_.push_back(shown_configuration(lambda_, call_, document, ref, {all_versions_ ? kLatest : "", true}));
    if (!all_versions_) return;
    for (Json& version : storage::list_documents(lambda_.context.store, parts_prefix(ref, "version"))) {
      std::string number = text_of(version, "version");
      std::string position = ref.name + " " + std::string(10 - number.size(), '0') + number;
      if (page_.takes(position)) items_.push_back(shown_configuration(lambda_, call_, version, ref, {number, true}));
    }
  }

  const Lambda& lambda_;
  const Call& call_;
  Pager& page_;
  const bool all_versions_;
  Json items_ = Json::array();
};

Result<Json> handle(Lambda& lambda, const Call& call) {
  TRY(Pager page, page_in(call, kPageMax));
  Json out{{"Functions", Listing(lambda, call, page).read()}};
  if (auto next = page.next_token()) out["NextMarker"] = std::move(*next);
  return out;
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
