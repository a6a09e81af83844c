#include "emulator/services/apigateway/rest/state.h"

#include <cctype>

#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr size_t kPageDefault = 25, kPageMax = 500;  // the API reference's `limit`

/// CreateRestApi -> createRestApiInput.
std::string input_name(const std::string& operation) {
  std::string out = operation + "Input";
  out[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(out[0])));
  return out;
}

}  // namespace

std::string rest_key(const Scope& scope, const std::string& api) {
  return storage::document_key({"apigateway", scope.account, scope.region, "rest", api});
}

std::string own_key(const Scope& scope, const char* kind, const std::string& id) {
  return storage::document_key({"apigateway", scope.account, scope.region, kind, id});
}

std::string own_prefix(const Scope& scope, const char* kind) {
  return storage::document_key({"apigateway", scope.account, scope.region, kind});
}

Result<Json> load_rest_api(const storage::Reader& reader, const Scope& scope, const std::string& api) {
  auto document = storage::get_document(reader, rest_key(scope, api));
  if (!document) return errors::not_found("Invalid API identifier specified " + scope.account + ":" + api);
  return std::move(*document);
}

Result<Json> load_part(const storage::Reader& reader, const Scope& scope, const char* kind, const std::string& api,
                       const std::string& id, const std::string& missing) {
  TRY_VOID(load_rest_api(reader, scope, api));
  auto document = storage::get_document(reader, part_key(scope, kind, api, id));
  if (!document) return errors::not_found(missing);
  return std::move(*document);
}

void put_part(storage::Txn& txn, const Scope& scope, const char* kind, const std::string& api, const std::string& id,
              const Json& document) {
  storage::put_document(txn, part_key(scope, kind, api, id), document);
}

Result<Json> items_of(const std::vector<Json>& documents, const char* id_member, const Call& call,
                      const std::function<Json(const Json&)>& show) {
  const std::string wanted = query_value(call.query, "limit").value_or("");
  const std::string position = query_value(call.query, "position").value_or("");
  size_t limit = kPageDefault;
  if (!wanted.empty()) {
    limit = std::strtoul(wanted.c_str(), nullptr, 10);
    if (limit == 0 || limit > kPageMax)
      return errors::bad_request("Invalid limit parameter: " + wanted);  // unverified: the words
  }
  auto pager = Pager::open(list_name(call, call.http.raw_path()), position, limit);
  if (!pager) return errors::bad_request("Invalid position parameter: " + position);  // unverified: the words
  Json items = Json::array();
  for (const Json& document : documents) {
    if (pager->takes(text_of(document, id_member))) items.push_back(show(document));
  }
  Json out{{"item", std::move(items)}};
  if (auto next = pager->next_token()) out["position"] = std::move(*next);
  return out;
}

Result<void> check_input_of(const std::string& name, const Shape& shape, const Json& input) {
  const InputError wrong = check_input(shape, input);
  if (!wrong) return {};
  if (wrong.kind == InputError::Kind::serialization) return AwsError(errors::serialization_kind, wrong.message);
  std::string text;
  size_t from = 0;
  static constexpr std::string_view kAt = " at '";
  while (true) {
    const size_t at = wrong.message.find(kAt, from);
    if (at == std::string::npos) break;
    text += wrong.message.substr(from, at + kAt.size() - from) + input_name(name) + ".";
    from = at + kAt.size();
  }
  return AwsError(errors::validation_kind, text + wrong.message.substr(from));
}

Operation operation(Gateway& gateway, const char* name, RestBinding binding, Handler handler, const Shape* input) {
  return {.name = name,
          .rest = {std::move(binding)},
          .access = needs_of,
          .handle = JsonHandler([&gateway, handler = std::move(handler), input, name](Call& call) -> Result<Json> {
            if (input) TRY_VOID(check_input_of(name, *input, call.input));
            return handler(gateway, call);
          })};
}

Result<Json> change(Gateway& gateway, const std::function<Result<Json>(storage::Txn&)>& edit) {
  return gateway.context.store.transact(edit);
}

void copy_given(Json& document, const Json& input, std::initializer_list<const char*> members) {
  for (const char* member : members) {
    const Json* value = find(input, member);
    if (!value || (value->is_structured() && value->empty())) continue;
    document[member] = *value;
  }
}

const Json& methods_of(const Json& resource) {
  static const Json none = Json::object();
  const Json* found = find(resource, "resourceMethods");
  return found ? *found : none;
}

std::string escaped_policy(const std::string& policy) {
  const std::string quoted = to_text(Json(policy));
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace millrace::apigateway::rest
