#pragma once
// The actions and condition keys that a bucket policy may name.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html

#include <string_view>

namespace millrace::s3 {

/// What the actions that a text stands for (it may hold wildcards) can be allowed on. Neither: it stands for
/// none.
struct ActionKinds {
  bool of_bucket = false;
  bool of_object = false;
};
ActionKinds action_kinds(std::string_view action);

/// "aws:..." or one of S3's own.
bool is_condition_key(std::string_view key);

}  // namespace millrace::s3
