#pragma once
// The stored form of a struct as one list of members, which serves both directions:
//
//   template <class Form>
//   void describe(Form& form, Topic& topic) {
//     form.version(1);
//     form.member("name", topic.name);
//     form.added("tags", topic.tags);  // not in what earlier versions wrote: then as the struct has it
//   }
//
// A document without a version is of the first. One of a later version, one that lacks a member or has it of another type,
// can't be read: it is reported, not skipped in silence.

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/storage/documents.h"

namespace millrace::storage {

class DocumentWriter {
 public:
  void version(int64_t number) { document_["version"] = number; }
  template <class Value>
  void member(const char* name, const Value& value) {
    document_[name] = value;
  }
  template <class Value>
  void added(const char* name, const Value& value) {
    document_[name] = value;
  }
  Json take() { return std::move(document_); }

 private:
  Json document_ = Json::object();
};

class DocumentReader {
 public:
  explicit DocumentReader(const Json& document) : document_(document), good_(document.is_object()) {}
  void version(int64_t number) { good_ = good_ && int_of(document_, "version", 1) <= number; }
  template <class Value>
  void member(const char* name, Value& into) {
    good_ = good_ && document_.contains(name) && read(document_[name], into);
  }
  template <class Value>
  void added(const char* name, Value& into) {
    if (good_ && document_.contains(name)) good_ = read(document_[name], into);
  }
  bool good() const { return good_; }

 private:
  static bool read(const Json& value, Json& into) {
    into = value;
    return true;
  }
  static bool read(const Json& value, std::string& into) {
    if (value.is_string()) into = value.get_ref<const std::string&>();
    return value.is_string();
  }
  static bool read(const Json& value, bool& into) {
    if (value.is_boolean()) into = value.get<bool>();
    return value.is_boolean();
  }
  template <std::integral Number>
  static bool read(const Json& value, Number& into) {
    if (std::unsigned_integral<Number> ? !value.is_number_unsigned() : !value.is_number_integer()) return false;
    into = value.get<Number>();
    return true;
  }

  const Json& document_;
  bool good_;
};

template <class Model>
Json to_document(const Model& model) {
  DocumentWriter form;
  describe(form, const_cast<Model&>(model));  // a writer changes nothing
  return form.take();
}

/// nullopt if the document can't be read.
template <class Model>
std::optional<Model> from_document(const Json& document) {
  DocumentReader form(document);
  Model model;
  describe(form, model);
  return form.good() ? std::optional<Model>(std::move(model)) : std::nullopt;
}

/// Says in the log that what is stored under the key can't be read.
void report_unreadable(std::string_view key);

/// nullopt if there is none, or none that can be read.
template <class Model>
std::optional<Model> get_model(const Reader& reader, std::string_view key) {
  const auto document = get_document(reader, key);
  if (!document) return std::nullopt;
  auto model = from_document<Model>(*document);
  if (!model) report_unreadable(key);
  return model;
}

/// Those whose keys begin with `prefix` (whole parts), in byte order of the keys.
template <class Model>
std::vector<Model> list_models(const Reader& reader, std::string_view prefix) {
  std::vector<Model> out;
  each_document(reader, prefix, "", [&](std::string_view key, const Json& document) {
    if (auto model = from_document<Model>(document))
      out.push_back(std::move(*model));
    else
      report_unreadable(key);
    return true;
  });
  return out;
}

template <class Model>
void put_model(Txn& txn, std::string_view key, const Model& model) {
  put_document(txn, key, to_document(model));
}

}  // namespace millrace::storage
