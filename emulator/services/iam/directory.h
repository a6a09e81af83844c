#pragma once
// Everything IAM stores, as JSON documents by account, kind and name, and what all its operations share: ids,
// ARNs, names, tags, pages, policy documents.
//
// Members of every document: Name, Path, Id, Created (ms). Further ones, where they apply:
//   role              Trust (text), Description, MaxSession (s), Boundary (ARN), Tags, Inline {name: text}, Attached [ARN]
//   user              Boundary, Tags, Inline, Attached, Groups [name], Keys [access key id], Login {...}, and the lists
//                     of its other credentials (user_credentials.cc)
//   group             Inline, Attached
//   policy            Description, Updated, Default ("v1"), NextVersion, Versions [{VersionId, Document, Created}], Tags
//   instance-profile  Roles [name], Tags
// Names are unique without regard to case: documents are keyed by the lower-case name.

#include <atomic>
#include <deque>
#include <functional>
#include <string>

#include "emulator/base/page_token.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/iam/errors.h"
#include "emulator/services/iam/last_uses.h"
#include "emulator/services/iam/service.h"
#include "emulator/storage/documents.h"

namespace millrace::iam {

using protocol::AccessNeed;
using protocol::Call;
using protocol::Member;
using protocol::Operation;
using storage::Reader;
using storage::Txn;

enum class Kind {
  user,
  group,
  role,
  policy,
  instance_profile,
  server_certificate,
  oidc_provider,
  saml_provider,
  mfa_device
};

/// The words of a kind.
struct KindWords {
  const char* stored;     // part of the key
  const char* arn_type;   // "role"
  const char* id_prefix;  // "AROA"
  const char* member;     // "Role": RoleName, RoleId
  size_t name_length_max;
};
const KindWords& words(Kind kind);

/// What the whole room shares.
struct State {
  State(ServiceContext c, Mode m) : context(std::move(c)), mode(m), uses(context.store, context.clock) {}
  ServiceContext context;
  const Mode mode;
  LastUses uses;
  /// Grows with every change; what was gathered or parsed under an older number is gathered again.
  std::atomic<uint64_t> generation{1};
  /// The operations' inputs live here (they are built once, at the start).
  std::deque<protocol::Shape> shapes;

  storage::Store& store() { return context.store; }
  Millis now() const { return context.clock.now_ms(); }

  /// Runs a change on the writer thread: Result<T> change(Txn&).
  template <class Change>
  auto write(Change change) -> std::invoke_result_t<Change, Txn&> {
    return context.store.transact([&](Txn& txn) -> std::invoke_result_t<Change, Txn&> {
      txn.after_commit([this] { ++generation; });
      return change(txn);
    });
  }
};

// Documents.
std::optional<Json> find_entity(const Reader& reader, const std::string& account, Kind kind, std::string_view name);
/// The same, with NoSuchEntity as AWS words it for the kind.
Result<Json> get_entity(const Reader& reader, const std::string& account, Kind kind, std::string_view name);
void put_entity(Txn& txn, const std::string& account, Kind kind, const Json& document);
void erase_entity(Txn& txn, const std::string& account, Kind kind, std::string_view name);
/// In order of the lower-case names.
void each_entity(const Reader& reader, const std::string& account, Kind kind, const std::function<bool(Json)>& visit);
size_t count_entities(const Reader& reader, const std::string& account, Kind kind);
AwsError no_such(Kind kind, std::string_view name);

/// A new document with Name, Path, Id, Created, after checking name and path and that the name is free.
Result<Json> new_entity(State& state, Txn& txn, const std::string& account, Kind kind, const Json& input);

/// `arn:aws:iam::<account>:role<path><name>`
std::string arn_of(const std::string& account, Kind kind, const Json& document);
/// The ARN of what the call names, for its access check: its path is looked up, "/" if it doesn't exist yet.
std::string arn_named(State& state, const Call& call, Kind kind, std::string_view name, std::string_view path = {});

std::string new_id(Random& random, std::string_view prefix);
bool valid_name(std::string_view name);
Result<void> check_path(const Json& input, const char* member);

// Inputs. Query-protocol values are texts.
int64_t number_in(const Json& input, std::string_view member, int64_t fallback);
bool flag_in(const Json& input, std::string_view member, bool fallback);
/// A list member, also where the client sends an empty text for an empty list.
std::vector<Json> list_in(const Json& input, std::string_view member);
std::vector<std::string> texts_in(const Json& input, std::string_view member);

// Tags: [{Key, Value}].
Result<Json> tags_in(const Json& input);
void add_tag_context(const Json& input, AccessNeed& need);
void set_tags(Json& document, const Json& tags);
/// The merged tags, or LimitExceeded beyond 50.
Result<void> merge_tags(Json& document, const Json& tags);

// Policy documents.
/// As answers carry them: percent-encoded by RFC 3986.
std::string encoded(const std::string& document);
/// Characters that count for IAM's quotas: all but white space.
int64_t policy_size(std::string_view document);
/// Parses an identity policy for storing.
Result<void> check_identity_policy(const std::string& document);
/// The same of a managed policy, which must say that it is of version 2012-10-17.
Result<void> check_managed_policy(const std::string& document);

// Pages.
/// The page that Marker and MaxItems (100) ask for; ValidationError for a marker of another list.
Result<Pager> page_in(const Call& call);
/// {member: [the page's items], IsTruncated[, Marker]}; `items` in ascending order of their positions.
Json paged(const char* member, const std::vector<std::pair<std::string, Json>>& items, Pager page);
/// IsTruncated and Marker.
void end_page(const Pager& page, Json& answer);

// Operations as data.
using Handler = std::function<Result<Json>(State&, Call&)>;
using Needs = std::function<AccessNeed(State&, const Call&)>;  // without the action
Operation operation(State& state, std::string name, std::vector<Member> input, Needs needs, Handler handler);
/// Needs: the entity named by the input's member; "*".
Needs on_entity(Kind kind);
Needs on_anything();

protocol::Shape name_shape(Kind kind);
Member page_marker();
Member page_size();
Member path_prefix();
std::string name_in(const Call& call, Kind kind);
std::string name_member(Kind kind);

}  // namespace millrace::iam
