#pragma once
// Stored documents of earlier versions, read and written again.

#include <gtest/gtest.h>

#include <string>

#include "emulator/storage/document_form.h"

namespace millrace::storage {

/// What is stored when the document has been read and is written again, without its form's version; "" if it can't be read.
/// `version`: the member that holds the form's version.
template <class Model>
std::string rewritten(const char* stored, const char* version = "version") {
  const auto model = from_document<Model>(*parse_json(stored));
  if (!model) return "";
  Json document = to_document(*model);
  EXPECT_EQ(int_of(document, version), 1);
  document.erase(version);
  return to_text(document);
}

/// Whether the document is refused once a later version has written it, and without its member `needed`.
template <class Model>
bool refuses_damage(const char* stored, const char* needed, const char* version = "version") {
  Json later = *parse_json(stored), damaged = later;
  later[version] = 1'000;
  damaged.erase(needed);
  return !from_document<Model>(later) && !from_document<Model>(damaged);
}

}  // namespace millrace::storage
