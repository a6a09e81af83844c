#pragma once
// The forms in which a function is named: `f`, `f:1`, `function:f`, `123456789012:function:f`, and the full ARN,
// each with or without a qualifier (a version's number, an alias or $LATEST).

#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/protocol/operation.h"
#include "emulator/protocol/shape.h"

namespace millrace::lambda {

struct FunctionRef {
  std::string account;
  std::string region;
  std::string name;
  std::string qualifier;  // empty: none given

  /// `arn:aws:lambda:R:A:function:name`
  std::string arn() const;
  /// The same with `:qualifier` where one was given.
  std::string qualified_arn() const;
};

/// Takes a name apart; what it doesn't say comes from the defaults.
FunctionRef parse_function_name(std::string_view text, const std::string& default_account,
                                const std::string& default_region);

/// The function that a request's `FunctionName` and `Qualifier` name together. Errors: the two qualifiers differ
/// (InvalidParameterValueException), another region (ResourceNotFoundException).
Result<FunctionRef> function_of(const protocol::Call& call);
/// Without the qualifier, for what holds for all its versions.
Result<FunctionRef> whole_function_of(const protocol::Call& call);
/// The same for a text that isn't the path's.
Result<FunctionRef> function_of(const protocol::Call& call, const std::string& name, const std::string& qualifier);

/// `Function not found: <arn>[:<qualifier>]`
AwsError function_not_found(const FunctionRef& ref);

bool is_version_number(std::string_view qualifier);

/// EventSourceArn of mappings.
const protocol::Shape& event_source_arn_shape();
/// FunctionName as most operations take it, as CreateFunction does, and Qualifier.
const protocol::Shape& function_name_shape();
const protocol::Shape& new_function_name_shape();
const protocol::Shape& qualifier_shape();
/// The two, in the order in which AWS reports their errors (the qualifier's first).
protocol::Member function_name_member();
/// FunctionName of the operations that take no more of it than CreateFunction does.
protocol::Member short_function_name_member();
protocol::Member qualifier_member();

inline constexpr const char* kLatest = "$LATEST";

}  // namespace millrace::lambda
