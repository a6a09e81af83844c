#include "emulator/services/sts/operations.h"

namespace millrace::sts {

// Needs no permission, and no policy can deny it.
Operation get_caller_identity(State&) {
  static const protocol::Shape input = protocol::structure({});
  Operation op;
  op.name = "GetCallerIdentity";
  op.input = &input;
  op.runs = protocol::Runs::inlined;
  op.handle = protocol::JsonHandler([](Call& call) -> Result<Json> {
    TRY(const auto caller, signed_caller(call));
    return Json{{"UserId", caller.user_id}, {"Account", caller.account}, {"Arn", caller.principal_arn}};
  });
  return op;
}

}  // namespace millrace::sts
