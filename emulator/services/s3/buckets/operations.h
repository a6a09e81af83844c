#pragma once
// The operations on buckets, by file.

#include "emulator/services/s3/wire/request.h"

namespace millrace::s3 {

void add_bucket_operations(Operations& operations, S3& s3);           // create_bucket.cc, buckets.cc
void add_create_bucket(Operations& operations, S3& s3);               // create_bucket.cc
void add_plain_configurations(Operations& operations, S3& s3);        // plain_configurations.cc
void add_versioning_configuration(Operations& operations, S3& s3);    // versioning.cc
void add_encryption_configuration(Operations& operations, S3& s3);    // encryption.cc
void add_lifecycle_configuration(Operations& operations, S3& s3);     // lifecycle.cc
void add_notification_configuration(Operations& operations, S3& s3);  // notification.cc
void add_cors_configuration(Operations& operations, S3& s3);          // cors.cc
void add_website_configuration(Operations& operations, S3& s3);       // website.cc
void add_bucket_policy_operations(Operations& operations, S3& s3);    // policy.cc
void add_bucket_acl_operations(Operations& operations, S3& s3);       // bucket_acl.cc
void add_bucket_tagging_operations(Operations& operations, S3& s3);   // bucket_tagging.cc
void add_object_lock_configuration(Operations& operations, S3& s3);   // object_lock.cc
void add_identified_configurations(Operations& operations, S3& s3);   // identified_configurations.cc

}  // namespace millrace::s3
