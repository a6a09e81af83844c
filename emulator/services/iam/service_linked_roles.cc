// Roles that a service makes for itself, under /aws-service-role/<service>/. Only these operations change
// them.

#include "emulator/base/arn.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/service_linked_services.h"

namespace millrace::iam {
namespace {

/// The name behind AWSServiceRoleFor. unverified: that a service which isn't in the table is named by its first label.
std::string service_word(const std::string& service) {
  if (const auto* known = find_service_linked_service(service)) return std::string(known->word);
  std::string word = service.substr(0, service.find('.'));
  if (!word.empty() && word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] - 32);
  return word;
}

Result<Json> create(State& state, Call& call) {
  const std::string service = text_of(call.input, "AWSServiceName"), suffix = text_of(call.input, "CustomSuffix");
  if (!service.ends_with(".amazonaws.com")) {
    return AwsError(errors::invalid_input, "Service Role name was not found for " + service);  // unverified
  }
  const ServiceLinkedService* known = find_service_linked_service(service);
  if (!suffix.empty() && !(known && known->takes_suffix)) {
    return AwsError(errors::invalid_input, "Custom suffix is not allowed for " + service);
  }
  const std::string name = "AWSServiceRoleFor" + service_word(service) + (suffix.empty() ? "" : "_" + suffix);
  return state.write([&](Txn& txn) -> Result<Json> {
    if (find_entity(txn, call.caller.account, Kind::role, name)) {
      return AwsError(errors::invalid_input,
                      "Service role name " + name + " has been taken in this account, please try a different suffix.");
    }
    const Json input = {{"RoleName", name}, {"Path", "/aws-service-role/" + service + "/"}};
    TRY(Json role, new_entity(state, txn, call.caller.account, Kind::role, input));
    role["Trust"] = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":")" + service +
                    R"("},"Action":"sts:AssumeRole"}]})";
    if (known) role["Attached"] = {"arn:aws:iam::aws:policy/aws-service-role/" + std::string(known->policy)};
    if (const auto description = optional_text(call.input, "Description"); description && !description->empty()) {
      role["Description"] = *description;
    }
    put_entity(txn, call.caller.account, Kind::role, role);
    return Json{{"Role", role_view(call.caller.account, role)}};
  });
}

Result<Json> remove(State& state, Call& call) {
  const std::string name = name_in(call, Kind::role);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(const Json role, get_entity(txn, call.caller.account, Kind::role, name));
    const std::string path = text_of(role, "Path");
    if (!path.starts_with("/aws-service-role/")) return no_such(Kind::role, name);
    erase_entity(txn, call.caller.account, Kind::role, name);
    return Json{{"DeletionTaskId", "task" + path + name + "/" + state.context.random.uuid()}};
  });
}

// Deletion is done when the operation answers, so every task has succeeded.
Result<Json> deletion_status(State&, Call& call) {
  const std::string id = text_of(call.input, "DeletionTaskId");
  if (!id.starts_with("task/aws-service-role/")) {
    return AwsError(errors::no_such_entity, "Deletion Task with id " + id + " doesn't exist.");  // unverified
  }
  return Json{{"Status", "SUCCEEDED"}};
}

}  // namespace

Operations service_linked_role_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string;
  const Needs on_service_role = [](State&, const Call& call) {
    AccessNeed need;
    const std::string service = text_of(call.input, "AWSServiceName");
    need.resource = make_arn("iam", "", call.caller.account,
                             "role/aws-service-role/" + service + "/AWSServiceRoleFor" + service_word(service));
    need.context["iam:awsservicename"] = {service};
    return need;
  };
  return {
      operation(state, "CreateServiceLinkedRole",
                {required("AWSServiceName", string().length(1, 128)), optional("Description", string().length(0, 1000)),
                 optional("CustomSuffix", string().length(1, 64).pattern("[\\w+=,.@-]+"))},
                on_service_role, create),
      operation(state, "DeleteServiceLinkedRole", {required("RoleName", name_shape(Kind::role))}, on_entity(Kind::role),
                remove),
      operation(state, "GetServiceLinkedRoleDeletionStatus", {required("DeletionTaskId", string().length(1, 1000))},
                on_anything(), deletion_status),
  };
}

}  // namespace millrace::iam
