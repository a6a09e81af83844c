#pragma once
// The keys of Family::objects and Family::chunks. Grammar (see also storage/KEYS.md for parts and numbers):
//
//   'c' bucket-id key              the current version of a key, unless it is a delete marker
//   'v' bucket-id key ~sequence    every version and delete marker, newest first
//   'u' bucket-id key upload-id    a multipart upload in progress
//   'p' bucket-id upload-id number one of its parts
//   'm' body-id                    the parts of an object that was completed from an upload
//   'w' body-id                    a body is being written that nothing refers to yet; removed at start
//   'e' sequence                   an event that waits for its delivery
//   'r' sequence                   a version that is to be replicated
//   'n'                            the last sequence number given
//   chunks: body-id index          a piece of a body: kPieceBytes each, the last may be shorter
//
// bucket-id, body-id, sequence: 8 bytes; number, index: 4 bytes; the others are parts of any bytes.

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/storage/keys.h"
#include "emulator/storage/store.h"

namespace millrace::s3 {

inline constexpr size_t kPieceBytes = 1u << 20;

namespace keys {

std::string current(uint64_t bucket, std::string_view key);
/// What all current keys beginning with `prefix` begin with.
std::string currents(uint64_t bucket, std::string_view prefix = {});
std::string version(uint64_t bucket, std::string_view key, uint64_t sequence);
std::string versions_of(uint64_t bucket, std::string_view key);
std::string versions(uint64_t bucket, std::string_view prefix = {});
std::string upload(uint64_t bucket, std::string_view key, std::string_view upload_id);
std::string uploads(uint64_t bucket, std::string_view prefix = {});
std::string uploads_of(uint64_t bucket, std::string_view key);
std::string part(uint64_t bucket, std::string_view upload_id, uint32_t number);
std::string parts(uint64_t bucket, std::string_view upload_id);
std::string manifest(uint64_t body);
std::string unfinished(uint64_t body);
std::string event(uint64_t sequence);
std::string piece(uint64_t body, uint32_t index);

/// The object key inside any of 'c', 'v', 'u'; `rest` becomes what follows it.
std::string object_key_of(std::string_view stored, std::string_view& rest);
std::string object_key_of(std::string_view stored);
/// The sequence at the end of a 'v' key.
uint64_t sequence_of(std::string_view stored);

}  // namespace keys

/// The next sequence number: of versions, uploads and events alike.
uint64_t next_sequence(storage::Txn& txn);

}  // namespace millrace::s3
