#pragma once
// An invocation's event as Python objects: what json.loads makes of it, in a third of its time. A batch of a stream's records
// is up to 6 MB of it.

#include <Python.h>

#include <string_view>

namespace millrace::worker {

/// A new reference; nullptr, without a Python error set, if json.loads shall judge: what isn't JSON in UTF-8, NaN and its
/// like, halves of surrogate pairs, deep nesting.
PyObject* parse_event(std::string_view text);

}  // namespace millrace::worker
