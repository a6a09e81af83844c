#include "emulator/services/s3/objects/keys.h"

namespace millrace::s3 {

using storage::append_part;
using storage::append_u32;
using storage::append_u64;

namespace keys {

namespace {

std::string tagged(char tag, uint64_t number) {
  std::string out(1, tag);
  append_u64(out, number);
  return out;
}

/// A part without its end, so that it is a prefix of all parts that begin with it.
std::string open_ended(char tag, uint64_t bucket, std::string_view prefix) {
  std::string out = tagged(tag, bucket);
  append_part(out, prefix);
  out.resize(out.size() - 2);
  return out;
}

std::string with_part(char tag, uint64_t bucket, std::string_view part) {
  std::string out = tagged(tag, bucket);
  append_part(out, part);
  return out;
}

}  // namespace

std::string current(uint64_t bucket, std::string_view key) {
  return with_part('c', bucket, key);
}
std::string currents(uint64_t bucket, std::string_view prefix) {
  return open_ended('c', bucket, prefix);
}
std::string versions_of(uint64_t bucket, std::string_view key) {
  return with_part('v', bucket, key);
}
std::string versions(uint64_t bucket, std::string_view prefix) {
  return open_ended('v', bucket, prefix);
}
std::string uploads(uint64_t bucket, std::string_view prefix) {
  return open_ended('u', bucket, prefix);
}
std::string uploads_of(uint64_t bucket, std::string_view key) {
  return with_part('u', bucket, key);
}
std::string parts(uint64_t bucket, std::string_view upload_id) {
  return with_part('p', bucket, upload_id);
}

std::string version(uint64_t bucket, std::string_view key, uint64_t sequence) {
  std::string out = versions_of(bucket, key);
  append_u64(out, ~sequence);
  return out;
}

std::string upload(uint64_t bucket, std::string_view key, std::string_view upload_id) {
  std::string out = with_part('u', bucket, key);
  append_part(out, upload_id);
  return out;
}

std::string part(uint64_t bucket, std::string_view upload_id, uint32_t number) {
  std::string out = parts(bucket, upload_id);
  append_u32(out, number);
  return out;
}

std::string manifest(uint64_t body) {
  return tagged('m', body);
}
std::string unfinished(uint64_t body) {
  return tagged('w', body);
}
std::string event(uint64_t sequence) {
  return tagged('e', sequence);
}

std::string piece(uint64_t body, uint32_t index) {
  std::string out;
  append_u64(out, body);
  append_u32(out, index);
  return out;
}

std::string object_key_of(std::string_view stored, std::string_view& rest) {
  rest = stored.substr(9);
  return storage::take_part(rest).value_or("");
}

std::string object_key_of(std::string_view stored) {
  std::string_view rest;
  return object_key_of(stored, rest);
}

uint64_t sequence_of(std::string_view stored) {
  std::string_view tail = stored.substr(stored.size() - 8);
  return ~storage::take_u64(tail).value_or(0);
}

}  // namespace keys

uint64_t next_sequence(storage::Txn& txn) {
  uint64_t last = 0;
  if (auto stored = txn.get(storage::Family::objects, "n")) {
    std::string_view view = *stored;
    last = storage::take_u64(view).value_or(0);
  }
  std::string next;
  append_u64(next, last + 1);
  txn.put(storage::Family::objects, "n", next);
  return last + 1;
}

}  // namespace millrace::s3
