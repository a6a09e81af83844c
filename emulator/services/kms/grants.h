#pragma once
// Grants: who else may use a key, for what, with which encryption context. Also what rotation and replicas share with the rest.

#include "emulator/services/kms/keys.h"

namespace millrace::kms {

struct Grant {
  std::string id, token, name, grantee;
  std::optional<std::string> retiring;
  std::string issuer;
  std::vector<std::string> operations;
  Json constraints = Json::object();  // as sent
  Millis created_ms = 0;
};

template <class Form>
void describe(Form& form, Grant& grant) {
  form.version(1);
  form.member("id", grant.id);
  form.member("token", grant.token);
  form.added("name", grant.name);
  form.member("grantee", grant.grantee);
  form.member("retiring", grant.retiring);
  form.member("issuer", grant.issuer);
  form.member("operations", grant.operations);
  form.member("constraints", grant.constraints);
  form.member("created_ms", grant.created_ms);
}

std::string grant_key(const Key& key, const std::string& id);
std::vector<Grant> grants_of(const storage::Reader& reader, const Key& key);
void put_grant(storage::Txn& txn, const Key& key, const Grant& grant);
void erase_grant(storage::Txn& txn, const Key& key, const std::string& id);

/// A rotation whose time has come: the material becomes the current one. rotation.cc
void rotate_if_due(Key& key, Material material, Millis now);
/// The primary key doesn't list a replica any more that is gone. multi_region.cc
void forget_replica(storage::Txn& txn, const Key& replica);

}  // namespace millrace::kms
