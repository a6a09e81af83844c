#pragma once
// The operations on objects, by file.

#include "emulator/services/s3/wire/request.h"

namespace millrace::s3 {

void add_put_object(Operations& operations, S3& s3);            // put_object.cc
void add_get_object(Operations& operations, S3& s3);            // get_object.cc
void add_delete_operations(Operations& operations, S3& s3);     // delete_objects.cc
void add_copy_object(Operations& operations, S3& s3);           // copy_object.cc
void add_list_objects(Operations& operations, S3& s3);          // list_objects.cc
void add_list_object_versions(Operations& operations, S3& s3);  // list_object_versions.cc
void add_object_tagging(Operations& operations, S3& s3);        // object_tagging.cc
void add_object_acl(Operations& operations, S3& s3);            // object_acl.cc
void add_object_locks(Operations& operations, S3& s3);          // object_locks.cc
void add_object_attributes(Operations& operations, S3& s3);     // object_attributes.cc
void add_restore_object(Operations& operations, S3& s3);        // restore_object.cc
void add_post_object(Operations& operations, S3& s3);           // post_object.cc
void add_website_pages(Operations& operations, S3& s3);         // website_pages.cc

}  // namespace millrace::s3
