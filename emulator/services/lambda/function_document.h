#pragma once
// A function as it is stored: one JSON document for $LATEST and one per published version, in Family::meta under
// {"lambda", account, region, "function", name} and {"lambda", account, region, "version", name, <10 digits>}.
//
//   config     what CreateFunction and UpdateFunctionConfiguration set, by the API's member names
//   code       {id, size, sha256 (base64), layer-like pieces are under the id in Family::chunks} or {folder}
//   version    "$LATEST" or the number
//   modified_ms, revision
//   change     {kind: create|update, until_ms, revision}: while `until_ms` lies ahead the function is Pending or
//              InProgress; from then on it is settled and has that revision. No timer: readers look at the clock.
// and for $LATEST also
//   next_version, published (number of the newest version), published_key (what it was published from)
//   tags       name to value
//   reserved   reserved concurrency
//   settings   recursion, runtime management, scaling: by the API's member names

#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/random.h"
#include "emulator/services/lambda/function_name.h"
#include "emulator/storage/document_form.h"

namespace millrace::lambda {

std::string function_key(const FunctionRef& ref);
std::string functions_prefix(const std::string& account, const std::string& region);
std::string version_key(const FunctionRef& ref, const std::string& version);
/// All documents of one kind that belong to a function ("version", "alias", "policy", "event-invoke", "url",
/// "provisioned").
std::string parts_prefix(const FunctionRef& ref, std::string_view kind);
std::string part_key(const FunctionRef& ref, std::string_view kind, std::string_view name);

/// The document of $LATEST as of `now`, a due change settled. Function not found if there is none; the text shows
/// the reference as it is.
Result<Json> load_function(const storage::Reader& reader, const FunctionRef& ref, Millis now);
/// The document that the qualifier leads to: $LATEST, a version, or an alias's (main) version.
Result<Json> load_qualified(const storage::Reader& reader, const FunctionRef& ref, Millis now);
/// The error where a reference leads nowhere: AWS has words of its own for an alias that an existing function lacks.
AwsError qualified_not_found(const storage::Reader& reader, const FunctionRef& ref);

/// An alias, under ("lambda", account, region, "alias", function, name), by the member names of AWS's answers.
struct Alias {
  std::string name, function_version, description;
  std::optional<Json> routing;  // {"AdditionalVersionWeights": {version: weight}}
  std::string revision_id;
  /// {version: weight}; nullptr without a routing configuration.
  const Json* weights() const { return routing ? find(*routing, "AdditionalVersionWeights") : nullptr; }
};
template <class Form>
void describe(Form& form, Alias& alias) {
  form.version(1, "_form");
  form.member("Name", alias.name);
  form.member("FunctionVersion", alias.function_version);
  form.added("Description", alias.description);
  form.member("RoutingConfig", alias.routing);
  form.added("RevisionId", alias.revision_id);
}
std::optional<Alias> load_alias(const storage::Reader& reader, const FunctionRef& ref, const std::string& name);

/// Applies a change whose time has come.
void settle(Json& document, Millis now);
bool is_pending(const Json& document);      // being created
bool is_in_progress(const Json& document);  // being updated
/// Begins a change that is settled after `takes_ms`: a revision for now, another for afterwards.
void begin_change(Json& document, const char* kind, Millis now, Millis takes_ms, Random& random);
/// A new revision without a change of state (tags, policy).
void touch(Json& document, Random& random);

/// Whether an ARN is that of a version of AWS's Parameters and Secrets extension, of whichever region's account: the runtime has
/// it built in (runtime/pool/secrets_extension.h), nothing is unpacked.
bool is_secrets_extension(std::string_view layer_version_arn);
/// Whether it is among a configuration's `Layers`.
bool has_secrets_extension(const Json& config);

/// How a FunctionConfiguration is shown.
struct View {
  std::string qualifier;  // the ARN ends in `:qualifier` unless it is empty
  bool in_list = false;   // without states and RuntimeVersionConfig
};
/// FunctionConfiguration in AWS's order of members.
Json configuration_view(const Json& document, const FunctionRef& ref, const View& view);

}  // namespace millrace::lambda
