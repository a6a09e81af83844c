#pragma once
// A method inside its resource's document, and changes of it.

#include <functional>

#include "emulator/services/apigateway/rest/operations.h"

namespace millrace::apigateway::rest {

/// The document of the path's resource; NotFoundException.
inline Result<Json> load_resource(const storage::Reader& reader, const protocol::Call& call) {
  return load_part(reader, scope_of(call), kResource, text_of(call.input, "restApiId"),
                   text_of(call.input, "resourceId"), "Invalid Resource identifier specified");
}

/// The path's method ({verb}) in a resource's document; nullptr where there is none.
inline Json* method_in(Json& resource, const protocol::Call& call) {
  if (!find(resource, "resourceMethods")) return nullptr;
  auto found = resource["resourceMethods"].find(text_of(call.input, "verb"));
  return found == resource["resourceMethods"].end() ? nullptr : &*found;
}

/// Runs `edit(txn, method)` on the path's method and keeps the resource; answers what `edit` does.
inline Result<Json> change_method(Gateway& gateway, const protocol::Call& call,
                                  const std::function<Result<Json>(storage::Txn&, Json& method)>& edit) {
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json resource, load_resource(txn, call));
    Json* method = method_in(resource, call);
    if (!method) return errors::no_such("Method");
    TRY(Json answer, edit(txn, *method));
    put_part(txn, scope, kResource, text_of(call.input, "restApiId"), text_of(resource, "id"), resource);
    return answer;
  });
}

/// Answers `show(method)` of the path's method.
inline Result<Json> read_method(Gateway& gateway, const protocol::Call& call,
                                const std::function<Result<Json>(const Json& method)>& show) {
  TRY(Json resource, load_resource(gateway.context.store, call));
  Json* method = method_in(resource, call);
  if (!method) return errors::no_such("Method");
  return show(*method);
}

}  // namespace millrace::apigateway::rest
