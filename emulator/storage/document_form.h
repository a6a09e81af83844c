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
// Members are texts, numbers, booleans, JSON that is kept as it was sent, structs that are described themselves, vectors and
// maps of these, and optional ones: written where they are set, unset where they are absent or null.
//
// A document without a version is of the first. One of a later version, one that lacks a member or has it of another type,
// can't be read: it is reported, not skipped in silence.

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/storage/documents.h"

namespace millrace::storage {

class DocumentWriter;
class DocumentReader;

/// A struct whose members are listed in a describe().
template <class Value>
concept Described = requires(DocumentWriter& form, Value& value) {
  describe(form, value);
};

class DocumentWriter {
 public:
  /// `name`: of the member that holds the form's version, where documents have a "version" of another meaning.
  void version(int64_t number, const char* name = "version") { document_[name] = number; }
  template <class Value>
  void member(const char* name, const Value& value) {
    document_[name] = written(value);
  }
  template <class Value>
  void member(const char* name, const std::optional<Value>& value) {
    if (value) document_[name] = written(*value);
  }
  template <class Value>
  void added(const char* name, const Value& value) {
    member(name, value);
  }
  Json take() { return std::move(document_); }

 private:
  template <class Value>
  static Json written(const Value& value) {
    if constexpr (Described<Value>) {
      DocumentWriter form;
      describe(form, const_cast<Value&>(value));  // a writer changes nothing
      return form.take();
    } else {
      return value;
    }
  }
  template <class Value>
  static Json written(const std::vector<Value>& values) {
    Json out = Json::array();
    for (const Value& value : values) out.push_back(written(value));
    return out;
  }
  template <class Value>
  static Json written(const std::map<std::string, Value>& values) {
    Json out = Json::object();
    for (const auto& [name, value] : values) out[name] = written(value);
    return out;
  }

  Json document_ = Json::object();
};

class DocumentReader {
 public:
  explicit DocumentReader(const Json& document) : document_(document), good_(document.is_object()) {}
  void version(int64_t number, const char* name = "version") { good_ = good_ && int_of(document_, name, 1) <= number; }
  template <class Value>
  void member(const char* name, Value& into) {
    const Json* value = found(name);
    good_ = value && read(*value, into);
  }
  template <class Value>
  void member(const char* name, std::optional<Value>& into) {
    const Json* value = found(name);
    if (!value || value->is_null()) return;
    good_ = read(*value, into.emplace());
  }
  template <class Value>
  void added(const char* name, Value& into) {
    if (const Json* value = found(name)) good_ = read(*value, into);
  }
  template <class Value>
  void added(const char* name, std::optional<Value>& into) {
    member(name, into);
  }
  bool good() const { return good_; }

 private:
  /// nullptr as well when the document has been found to be unreadable.
  const Json* found(const char* name) const {
    if (!good_) return nullptr;
    const auto at = document_.find(name);
    return at == document_.end() ? nullptr : &*at;
  }
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
  static bool read(const Json& value, double& into) {
    if (value.is_number()) into = value.get<double>();
    return value.is_number();
  }
  template <std::integral Number>
  static bool read(const Json& value, Number& into) {
    if (std::unsigned_integral<Number> ? !value.is_number_unsigned() : !value.is_number_integer()) return false;
    into = value.get<Number>();
    return true;
  }
  template <Described Value>
  static bool read(const Json& value, Value& into) {
    DocumentReader form(value);
    describe(form, into);
    return form.good();
  }
  template <class Value>
  static bool read(const Json& values, std::vector<Value>& into) {
    if (!values.is_array()) return false;
    into.clear();
    for (const Json& value : values) {
      if (!read(value, into.emplace_back())) return false;
    }
    return true;
  }
  template <class Value>
  static bool read(const Json& values, std::map<std::string, Value>& into) {
    if (!values.is_object()) return false;
    into.clear();
    for (const auto& [name, value] : values.items()) {
      if (!read(value, into[name])) return false;
    }
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

/// Without the members that begin with "_": they are ours, in documents that are otherwise AWS's answers.
Json without_ours(const Json& document);
template <class Model>
Json shown(const Model& model) {
  return without_ours(to_document(model));
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

/// Those whose keys begin with `prefix` (whole parts), in byte order of the keys, behind the key `after` unless that is empty.
/// `visit` returns false to stop.
template <class Model, class Visit>
void each_model(const Reader& reader, std::string_view prefix, std::string_view after, Visit visit) {
  each_document(reader, prefix, after, [&](std::string_view key, const Json& document) {
    if (auto model = from_document<Model>(document)) return static_cast<bool>(visit(std::move(*model)));
    report_unreadable(key);
    return true;
  });
}

/// All of them.
template <class Model>
std::vector<Model> list_models(const Reader& reader, std::string_view prefix) {
  std::vector<Model> out;
  each_model<Model>(reader, prefix, "", [&](Model model) {
    out.push_back(std::move(model));
    return true;
  });
  return out;
}

/// Whether the key is of (room, account, region, kind, ...).
bool is_of_kind(std::string_view key, std::string_view kind);

/// Those of all accounts and regions whose keys are (room, account, region, kind, ...): visit(key, model).
template <class Model, class Visit>
void each_model_anywhere(const Reader& reader, std::string_view room, std::string_view kind, Visit visit) {
  each_document(reader, document_key({room}), "", [&](std::string_view key, const Json& document) {
    if (!is_of_kind(key, kind)) return true;
    if (auto model = from_document<Model>(document))
      visit(key, std::move(*model));
    else
      report_unreadable(key);
    return true;
  });
}

template <class Model>
void put_model(Txn& txn, std::string_view key, const Model& model) {
  put_document(txn, key, to_document(model));
}

}  // namespace millrace::storage
