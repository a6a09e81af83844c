#pragma once
// Multipart uploads in progress. An upload's record is the object it will become, without bytes: modified_ms
// is when it was begun, checksum its algorithm and type.

#include <string>

#include "emulator/services/s3/objects/object_version.h"
#include "emulator/services/s3/wire/request.h"

namespace millrace::s3 {

inline constexpr uint64_t kPartBytesMin = 5u << 20;  // but for the last
inline constexpr uint32_t kPartNumberMax = 10'000;

/// The upload that ?uploadId= names for the key. Error: NoSuchUpload.
Result<ObjectVersion> require_upload(const storage::Reader& reader, const Bucket& bucket, const protocol::Call& call);
std::string upload_id_of(const protocol::Call& call);
/// Begins with the time, so that a key's uploads are listed in the order in which they were begun, then names the key.
std::string make_upload_id(S3& s3, Millis begun_ms, std::string_view key);
/// Whether an id was made for that key, whether or not the upload is still there.
bool is_upload_id_of(std::string_view id, std::string_view key);
/// ?partNumber=. Error: InvalidArgument.
Result<uint32_t> part_number_of(const protocol::Call& call);

/// The upload's parts by number.
std::vector<Part> parts_of(const storage::Reader& reader, const Bucket& bucket, const std::string& upload_id);
/// Erases the upload, its parts' records, and the bytes of all parts but those in `kept`.
void erase_upload(storage::Txn& txn, const Bucket& bucket, const std::string& key, const std::string& upload_id,
                  const std::vector<Part>& kept);

void add_create_multipart_upload(Operations& operations, S3& s3);    // create_multipart_upload.cc
void add_upload_part(Operations& operations, S3& s3);                // upload_part.cc
void add_complete_multipart_upload(Operations& operations, S3& s3);  // complete_multipart_upload.cc
void add_list_uploads(Operations& operations, S3& s3);               // list_uploads.cc: uploads and parts, abort

}  // namespace millrace::s3
