// DeleteParameter, DeleteParameters.

#include "emulator/services/ssm/ssm.h"

namespace millrace::ssm {

using namespace protocol;

namespace {

Operation delete_parameter(Ssm& ssm) {
  static const Shape input = structure({required("Name", string().length(1, 2048))});
  auto handle = [&ssm](Call& call) -> Result<Json> {
    const Place place = place_of(call);
    const std::string name = text_of(call.input, "Name");
    return ssm.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!read_parameter(txn, place, name, ssm.now())) return not_found();
      erase_parameter(txn, place, name);
      return Json::object();
    });
  };
  return {.name = "DeleteParameter",
          .input = &input,
          .access = parameter_access(ssm, "DeleteParameter"),
          .handle = JsonHandler(handle)};
}

Operation delete_parameters(Ssm& ssm) {
  static const Shape input = structure({required("Names", list(string().length(1, 2048)).length(1, 10))});
  auto access = [&ssm](const Call& call) -> Result<AccessNeeds> {
    AccessNeeds needs;
    for (const Json& name : call.input["Names"])
      needs.push_back(parameter_need(ssm, call, "DeleteParameters", name.get<std::string>()));
    return needs;
  };
  auto handle = [&ssm](Call& call) -> Result<Json> {
    const Place place = place_of(call);
    return ssm.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      Json deleted = Json::array(), missing = Json::array();
      for (const Json& name : call.input["Names"]) {
        const bool there = read_parameter(txn, place, name.get<std::string>(), ssm.now()).has_value();
        if (there) erase_parameter(txn, place, name.get<std::string>());
        (there ? deleted : missing).push_back(name);
      }
      return Json{{"DeletedParameters", deleted}, {"InvalidParameters", missing}};
    });
  };
  return {.name = "DeleteParameters", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace

Operations deleting_operations(Ssm& ssm) {
  return {delete_parameter(ssm), delete_parameters(ssm)};
}

}  // namespace millrace::ssm
