#pragma once
// Environment variables under a customer's KMS key: they lie in the function's document encrypted, bound to the function's ARN,
// and are opened for whoever may decrypt them, and with the execution role for each new environment. In a document's
// configuration `Environment` is then {"Sealed": base64} instead of {"Variables": {...}}; what an earlier version stored in
// clear beside a KMSKeyArn is read as it is. Source: developer guide, "Securing environment variables".

#include "emulator/services/lambda/function_document.h"
#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// Before a changed document is stored, not from the change: variables come under the document's key, or out of one that it
/// no longer has; the execution role gets a grant to decrypt them. `input` is the request's.
/// InvalidParameterValueException for a key that can't be used, AccessDeniedException where the caller may not.
Result<void> seal_variables(const Lambda& lambda, const protocol::Call& call, const FunctionRef& ref, Json& document);

/// configuration_view, with the variables; or, for a caller who may not decrypt them, an Error in their place.
Json shown_configuration(const Lambda& lambda, const protocol::Call& call, const Json& document, const FunctionRef& ref,
                         const View& view);

}  // namespace millrace::lambda
