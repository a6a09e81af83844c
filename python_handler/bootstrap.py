"""Runs inside every Python execution environment: loads the handler, calls it once per invocation, words its
errors and formats its log as the Lambda Python runtime does. Built into millrace-python; `_millrace` is the C++
side (the Runtime API client and the log pipe)."""
import decimal
import importlib
import importlib.machinery
import json
import json.encoder
import logging
import os
import sys
import time
import traceback
import types

import _millrace

HERE = "/var/runtime/bootstrap.py"
TASK_ROOT = "/var/task"


class Fault(Exception):
    """An error that the runtime itself reports, not the user's code."""

    def __init__(self, error_type, message, trace=()):
        super().__init__(message)
        self.error_type = "Runtime." + error_type
        self.trace = list(trace)


# --- the environment -------------------------------------------------------------------------------------------

_host_folders = [p for p in sys.path if p.endswith("-packages")]
_base_path = [p for p in sys.path if p not in _host_folders]
_preloaded = set()    # third-party packages that the parent imported before the fork
_shown_as = []        # (real folder, what AWS calls it): used where the folders can't be mounted
_request_id = ""


# What AWS's runtimes carry, beside the standard library.
_carried = frozenset(["boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six"])
# What Debian's builds of them import besides: there while they are being imported, and then out of sight.
_carried_need = frozenset(["requests", "chardet", "charset_normalizer", "idna", "certifi"])


def use_packages(folder):
    """In the parent: which boto3 functions get. A folder made by `pip install --target`; or "", and then Debian's, of
    whose other packages functions see nothing."""
    _package_folders[:] = [folder] if folder else _host_folders
    sys.path[:] = _base_path
    if folder:
        _base_path.append(folder)
        sys.path.append(folder)
    else:
        # Behind the endpoint's hook, which passes what it finds through.
        sys.meta_path.insert(sys.meta_path.index(importlib.machinery.PathFinder), _CarriedPackages())


_package_folders = []


class _CarriedPackages:
    """Finds the carried packages, and no others, among the host's. A function's own win."""

    def __init__(self):
        self._depth = 0  # of carried modules that are being imported

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        carried = top in _carried
        if not carried and not (self._depth and top in _carried_need):
            return None
        if path is None:
            if importlib.machinery.PathFinder.find_spec(name) is not None:
                return None
            spec = importlib.machinery.PathFinder.find_spec(name, _host_folders)
        elif any(folder.startswith(host + "/") for folder in path for host in _host_folders):
            spec = importlib.machinery.PathFinder.find_spec(name, path)
        else:
            return None
        if spec is not None and spec.loader is not None and carried:
            self._watch(spec.loader)
        return spec

    def _watch(self, loader):
        run = loader.exec_module

        def exec_module(module):
            self._depth += 1
            try:
                run(module)
            finally:
                self._depth -= 1
                if self._depth == 0:
                    for name in [name for name in sys.modules if name.partition(".")[0] in _carried_need]:
                        if self._is_the_hosts(sys.modules[name]):
                            del sys.modules[name]
        loader.exec_module = exec_module

    @staticmethod
    def _is_the_hosts(module):
        origin = getattr(module, "__file__", None) or ""
        return any(origin.startswith(host + "/") for host in _host_folders)


def prepare(env, task_folder, opt_folders):
    """After the fork: makes os.environ, sys.path and the time zone those of the function. The folders are the
    real ones: /var/task and /opt where they are mounted."""
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    # Layers are built for the version that the function names; the one that really runs may differ.
    versions = dict.fromkeys([env.get("AWS_EXECUTION_ENV", "").rpartition("_")[2], "python%d.%d" % sys.version_info[:2]])
    path = [task_folder]
    for opt in opt_folders:
        path += [opt + "/python/lib/" + version + "/site-packages" for version in versions if version] + [opt + "/python"]
    path += [p for p in env.get("PYTHONPATH", "").split(":") if p]
    sys.path[:] = path + [p for p in _base_path if p not in path]
    if task_folder != TASK_ROOT:
        _shown_as.append((task_folder.rstrip("/") + "/", TASK_ROOT + "/"))
        _shown_as.extend((opt.rstrip("/") + "/", "/opt/") for opt in opt_folders)
    _forget_shadowed_packages(path)
    # The file system of the function is read-only on AWS; here the folder may be the user's own.
    sys.dont_write_bytecode = True


def _forget_shadowed_packages(path):
    """A package that brings its own boto3, urllib3, ... must get that one, not the parent's."""
    brought = set()
    for folder in path:
        try:
            brought.update(name.partition(".")[0] for name in os.listdir(folder))
        except OSError:  # most of the places where a layer may have packages don't exist
            pass
    if not brought & _preloaded:
        return
    for name in list(sys.modules):
        if name.partition(".")[0] in _preloaded:
            del sys.modules[name]
    sys.meta_path.insert(0, _EndpointHook())


# --- boto3 reaches the emulator ----------------------------------------------------------------------------------

class _EndpointHook:
    """botocore before 1.31 doesn't know AWS_ENDPOINT_URL: when botocore.session is imported, its create_client
    learns AWS_ENDPOINT_URL_<SERVICE> and AWS_ENDPOINT_URL. Newer versions are left alone."""

    def find_spec(self, name, path=None, target=None):
        if name != "botocore.session":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None:
            run_module = spec.loader.exec_module

            def exec_module(module):
                run_module(module)
                _teach_endpoint_url(module)
            spec.loader.exec_module = exec_module
        return spec


def _teach_endpoint_url(session_module):
    version = tuple(int(n) for n in session_module.__version__.split(".")[:2])
    if version >= (1, 31):
        return
    session_class = session_module.Session
    create_client = session_class.create_client

    def create_client_with_endpoint(self, service_name, *args, **kwargs):
        if kwargs.get("endpoint_url") is None and len(args) < 5:
            url = os.environ.get("AWS_ENDPOINT_URL")
            if any(key.startswith("AWS_ENDPOINT_URL_") for key in os.environ):
                service_id = self.get_service_model(service_name).service_id
                key = "AWS_ENDPOINT_URL_" + str(service_id).replace(" ", "_").upper()
                url = os.environ.get(key, url)
            ignored = os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"
            if url and not ignored:
                kwargs["endpoint_url"] = url
        return create_client(self, service_name, *args, **kwargs)
    session_class.create_client = create_client_with_endpoint


sys.meta_path.insert(0, _EndpointHook())

# What the parent does while it has nothing else to do, one entry at a time, so that no start waits for more than
# one of them: it imports modules, in order of use, and has botocore read the services' models that functions are
# likely to want. What isn't installed is skipped.
_to_preload = ["datetime", "email.parser", "http.client", "ssl", "urllib.request", "concurrent.futures", "uuid",
               "six.moves", "dateutil.parser", "urllib3.util", "urllib3", "botocore.compat", "botocore.exceptions",
               "botocore.docs.service", "botocore.waiter", "botocore.client", "botocore.session",
               "botocore.httpsession", "boto3.exceptions", "boto3.session", "s3transfer.manager", "boto3",
               "boto3.dynamodb.conditions", "model:sts", "model:dynamodb", "model:s3", "model:sqs", "model:sns",
               "resource:dynamodb", "resource:s3"]
_warm_session = None
# The developer's own ~/.aws is none of the functions' business.
os.environ.update(HOME="/nonexistent", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")


def preload_step():
    """Does one more entry; false when there is nothing left."""
    if not _to_preload:
        return False
    before = set(sys.modules)
    kind, _, name = _to_preload.pop(0).rpartition(":")
    try:
        if kind:
            _preload_model(kind, name)
        else:
            importlib.import_module(name)
    except Exception:  # not installed, or broken: the function that needs it will say so
        pass
    for name in set(sys.modules) - before:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if any(origin.startswith(folder + "/") for folder in _package_folders):
            _preloaded.add(name.partition(".")[0])
    return bool(_to_preload)


def _remember_signatures():
    """botocore asks inspect whether a hook takes any keyword, of the same hundred functions for every session: half of
    what a client's making takes. The answers for those that the parent has seen are kept."""
    import botocore.handlers
    import botocore.hooks
    ask = botocore.hooks.accepts_kwargs
    known = {entry[1]: ask(entry[1]) for entry in botocore.handlers.BUILTIN_HANDLERS if isinstance(entry[1], types.FunctionType)}

    def accepts_kwargs(function):
        answer = known.get(function) if isinstance(function, types.FunctionType) else None
        return ask(function) if answer is None else answer
    botocore.hooks.accepts_kwargs = accepts_kwargs


def _preload_model(kind, service):
    """Makes a client once and throws it away, for what it leaves in the loader's cache; from then on every loader
    of the usual search path begins with that cache."""
    global _warm_session
    import boto3
    import botocore.session
    if _warm_session is None:
        session = boto3.Session("none", "none", region_name="us-east-1")
        loader = session._session.get_component("data_loader")
        make_loader = botocore.session.create_loader

        def create_loader(search_path_string=None):
            fresh = make_loader(search_path_string)
            if search_path_string is None and fresh.search_paths == loader.search_paths[:len(fresh.search_paths)]:
                fresh._cache.update(loader._cache)
            return fresh
        botocore.session.create_loader = create_loader
        _warm_session = session
        _remember_signatures()
    (_warm_session.resource if kind == "resource" else _warm_session.client)(service)


# --- the context object ------------------------------------------------------------------------------------------

class _Fields:
    __slots__ = ()

    def __init__(self, values=None):
        for name in self.__slots__:
            setattr(self, name, (values or {}).get(name))

    def __repr__(self):
        return "%s([%s])" % (type(self).__name__,
                             ",".join("%s=%s" % (n, getattr(self, n)) for n in self.__slots__))


class CognitoIdentity(_Fields):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Fields):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Fields):
    __slots__ = ("custom", "env", "client")

    def __init__(self, values):
        super().__init__(values)
        self.client = Client(values.get("client")) if values.get("client") else None


class LambdaContext:
    def __init__(self, request_id, deadline_ms, invoked_function_arn, client_context, cognito, tenant_id):
        env = os.environ
        self.aws_request_id = request_id
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = invoked_function_arn
        self.tenant_id = tenant_id or None
        self.client_context = ClientContext(json.loads(client_context)) if client_context else None
        identity = json.loads(cognito) if cognito else {}
        self.identity = CognitoIdentity({"cognito_identity_id": identity.get("cognitoIdentityId"),
                                         "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId")})
        self._epoch_deadline_time_in_ms = deadline_ms

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, msg):
        sys.stdout.write(str(msg))

    def __repr__(self):
        names = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return "LambdaContext([%s])" % ",".join("%s=%s" % (n, getattr(self, n)) for n in names)


# --- JSON --------------------------------------------------------------------------------------------------------

class _DecimalText(float):
    """A Decimal on its way out: printed with all its digits."""


def _to_encodable(value):
    if isinstance(value, decimal.Decimal):
        if value.is_nan():
            return float("nan")
        text = _DecimalText(value)
        text.digits = str(value)
        return text
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


class _HasDecimal(Exception):
    pass


def _refuse(value):
    if isinstance(value, decimal.Decimal):
        raise _HasDecimal()
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def _float_text(value):
    if isinstance(value, _DecimalText):
        return value.digits
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return float.__repr__(value)


def to_json(value):
    # Runtimes from python3.12 on write non-ASCII characters as they are.
    label = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("python3.")[2]
    ascii_only = not (label.isdigit() and int(label) >= 12)
    try:
        return json.dumps(value, default=_refuse, ensure_ascii=ascii_only)
    except _HasDecimal:
        pass
    # The C encoder prints every float by float.__repr__; the Python one lets us print a Decimal's own digits.
    quote = json.encoder.encode_basestring_ascii if ascii_only else json.encoder.encode_basestring
    encode = json.encoder._make_iterencode({}, _to_encodable, quote, None, _float_text, ": ", ", ", False, False,
                                           False)
    return "".join(encode(value, 0))


# --- the log -----------------------------------------------------------------------------------------------------

_json_log = False


def _write_event(text):
    """One log event, however many lines it has."""
    _millrace.write_frame(text.encode("utf-8", "backslashreplace"))


class _RequestIdFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = _request_id or ""
        return True


class _Handler(logging.Handler):
    def emit(self, record):
        _write_event(self.format(record))


_RECORD_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {"aws_request_id", "message", "asctime"}


class _JsonFormatter(logging.Formatter):
    def format(self, record):
        result = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            kind, value, trace = record.exc_info
            result["stackTrace"] = _format_trace(trace)
            result["errorType"] = kind.__name__
            result["errorMessage"] = str(value)
            result["location"] = "%s:%s:%d" % (record.pathname, record.funcName, record.lineno)
        result["requestId"] = record.aws_request_id or None
        for key, value in record.__dict__.items():
            if key not in _RECORD_FIELDS and key not in result:
                result[key] = value
        return json.dumps({k: v for k, v in result.items() if v is not None}, default=str) + "\n"


def _set_up_logging():
    global _json_log
    _json_log = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    logging.Formatter.converter = time.gmtime
    handler = _Handler()
    if _json_log:
        handler.setFormatter(_JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(_RequestIdFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = {"TRACE": "DEBUG", "FATAL": "CRITICAL", "WARN": "WARNING"}.get(
        os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper(), os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper())
    if level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        root.setLevel(level)


# --- errors ------------------------------------------------------------------------------------------------------

def _shown(filename):
    for real, aws in _shown_as:
        if filename.startswith(real):
            return aws + filename[len(real):]
    return filename


def _format_trace(trace):
    frames = [(_shown(f.filename), f.lineno, f.name, f.line) for f in traceback.extract_tb(trace)]
    while frames and frames[0][0] == HERE:
        frames.pop(0)
    return traceback.format_list(frames)


def _error_document(error, request_id):
    if isinstance(error, Fault):
        kind, trace = error.error_type, error.trace
    else:
        kind, trace = type(error).__name__, _format_trace(error.__traceback__)
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}


def _log_error(document):
    if _json_log:
        _write_event(to_json({"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                              "log_level": "ERROR", **document}))
        return
    lines = ["[ERROR] %s: %s" % (document["errorType"], document["errorMessage"])
             if document["errorMessage"] else "[ERROR] " + document["errorType"],
             "Traceback (most recent call last):"]
    for element in document["stackTrace"]:
        for line in element.splitlines():
            bare = line.lstrip(" ")
            lines.append("\u00a0" * (len(line) - len(bare)) + bare)  # CloudWatch would cut plain spaces
    _write_event("\n".join(lines))


def _report(document, send):
    _log_error(document)
    body = to_json(document).encode("utf-8", "backslashreplace")
    send("".join(c if 32 < ord(c) < 127 else "_" for c in document["errorType"]), body)


# --- the handler -------------------------------------------------------------------------------------------------

def _load_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("MalformedHandlerName", "Bad handler '%s': %s" % (name, error)) from None
    module_name = module_name.replace("/", ".")
    if module_name in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise Fault("ImportModuleError", "Unable to import module '%s': %s" % (module_name, error)) from error
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (_shown(error.filename or ""), error.lineno, error.text)]
        raise Fault("UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error),
                    trace) from error
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("HandlerNotFound",
                    "Handler '%s' missing on module '%s'" % (function_name, module_name)) from None


def _run_once(handler, invocation):
    request_id, deadline_ms, arn, trace_id, client_context, cognito, tenant_id, body = invocation
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        try:
            event = _millrace.parse(body)
            if event is NotImplemented:
                event = json.loads(body)
        except Exception as error:
            raise Fault("UnmarshalError", "Unable to unmarshal input: %s" % error) from None
        result = handler(event, LambdaContext(request_id, deadline_ms, arn, client_context, cognito, tenant_id))
        try:
            answer = to_json(result).encode("utf-8")
        except Exception as error:
            raise Fault("MarshalError", "Unable to marshal response: %s" % error) from None
    except Exception as error:  # SystemExit and its like end the process, as on AWS
        _report(_error_document(error, request_id), lambda kind, text: _millrace.fail(request_id, kind, text))
        return
    _millrace.respond(request_id, answer)


def _open_debugger():
    """serve --debug: an editor may attach. debugpy is the function's own, else the machine's, which functions don't see
    otherwise."""
    first = int(os.environ.pop("_MILLRACE_DEBUG"))
    before = list(sys.path)
    # Until it listens: it imports its parts when they are wanted first.
    sys.path.extend(folder for folder in _host_folders if folder not in sys.path)
    try:
        _listen_for_editors(first)
    except ImportError:
        print("--debug: this machine's Python has no debugpy, so no editor can attach: apt-get install python3-debugpy, or put it "
              "into the package", file=sys.stderr, flush=True)
    except BaseException as error:  # its adapter can't start: the handler runs all the same
        print("--debug: debugpy can't listen: %s" % error, file=sys.stderr, flush=True)
    finally:
        sys.path[:] = before


def _listen_for_editors(first):
    import debugpy

    debugpy.configure(python="/usr/bin/python3", subProcess=False)
    problem = None
    for port in range(first, first + 100):
        try:
            debugpy.listen(("127.0.0.1", port))
        except RuntimeError as error:  # another environment's port
            problem = problem or error
            continue
        print("--debug: debugpy listens on 127.0.0.1:%d; /var/task is the package's folder" % port, file=sys.stderr, flush=True)
        return
    raise problem


def serve():
    """Loads the handler and serves invocations until the Runtime API goes away. Returns the exit code."""
    global _request_id
    _set_up_logging()
    if "_MILLRACE_DEBUG" in os.environ:
        _open_debugger()
    try:
        handler = _load_handler(os.environ.get("_HANDLER", ""))
    except Exception as error:
        _report(_error_document(error, ""), _millrace.fail_init)
        return 1
    while True:
        invocation = _millrace.next()
        if invocation is None:
            return 0
        _request_id = invocation[0]
        _run_once(handler, invocation)
