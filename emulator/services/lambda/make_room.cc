#include "emulator/services/lambda/make_room.h"

#include "emulator/ports/destinations.h"
#include "emulator/ports/environments.h"
#include "emulator/ports/resources.h"
#include "emulator/services/lambda/service.h"

namespace millrace::lambda {

namespace {

Ports neighbours(const ports::Ports& ports, const FunctionOptions& options) {
  auto* environments = &ports.get<ports::Environments>();
  return {ports.get<ports::Authority>(),
          ports.get<ports::Objects>(),
          ports.get<ports::Invoker>(),
          ports.get<ports::MappingEngine>(),
          ports.get<ports::StreamReader>(),
          ports.get<ports::QueueReader>(),
          ports.get<ports::Destination>(),
          [environments](const std::string& function_arn) { environments->retire(function_arn); },
          [environments](const std::string& key, std::shared_ptr<const ports::FunctionVersion> function, int wanted) {
            environments->provision(key, std::move(function), wanted);
          },
          [environments](const std::string& key) {
            const ports::Provisioned state = environments->provisioned(key);
            return ProvisionedState{state.kept, state.ready, state.failed};
          },
          [environments] { environments->expect_python(); },
          {options.retired_runtimes, options.layers_folder},
          ports.find<ports::Encryption>().get(),
          ports.find<protocol::Identity>().get(),
          ports.find<ports::Metrics>().get()};
}

/// Functions as targets of other services' messages: an asynchronous event.
ports::Destinations::Target target(const Services& functions) {
  auto deliver = [accept = functions.invoke_async](const std::string& arn, const ports::Message& message,
                                                   const ports::Destination::Sender&) {
    auto trace = message.system.find("AWSTraceHeader");
    return accept(arn, message.body, trace == message.system.end() ? "" : trace->second);
  };
  return {.action = "lambda:InvokeFunction", .deliver = deliver, .policy = functions.function_policy};
}

/// The API's paths begin with its date: /2015-03-31/...
bool has_dated_path(const protocol::HttpRequest& request) {
  std::string_view path = request.raw_path();
  return path.size() > 11 && path[0] == '/' && path[5] == '-' && path[8] == '-' && path[11] == '/' &&
         path.substr(1, 4).find_first_not_of("0123456789") == std::string_view::npos;
}

std::vector<Face> faces(const Services& functions) {
  return {{.service = functions.api, .scopes = {"lambda"}, .claims = has_dated_path},
          {.service = functions.function_urls,
           .scopes = {"lambda"},
           .owns = is_function_url,
           .owns_host = [](const protocol::HostParts& host) { return host.has("lambda-url"); }}};
}

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto catalog = std::make_shared<Functions>(
      context, VariableOpener{ports.find<ports::Encryption>().get(), ports.find<ports::Authority>().get()});
  ports.offer<ports::FunctionCatalog>(*catalog);
  Services functions = make_services(context, *catalog, neighbours(ports, context.functions));
  ports.offer<ports::FunctionCaller>(*functions.caller);
  ports.get<ports::Destinations>().add("lambda", target(functions));
  ports.get<ports::Resources>().add_policies("lambda", functions.function_policy);
  return {.name = "lambda",
          .state = std::make_shared<std::pair<std::shared_ptr<Functions>, std::shared_ptr<ports::FunctionCaller>>>(
              catalog, functions.caller),
          .faces = faces(functions),
          .in_progress = {{"asynchronous invocations", functions.events}},
          .stop = [functions = catalog.get()] { functions->background().stop(); }};
}

}  // namespace millrace::lambda
