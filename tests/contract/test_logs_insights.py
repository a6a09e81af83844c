"""Logs Insights: what queries find, how results look, what is refused."""

import json
import time

import pytest
from botocore.exceptions import ClientError

START = int(time.time()) // 60 * 60 - 3600  # a full minute, an hour ago

REPORT = ("REPORT RequestId: 8f5a1b2c-0000-4000-8000-00000000000{n}\tDuration: {ms} ms\tBilled Duration: 100 ms\tMemory Size: 128 MB\t"
          "Max Memory Used: 44 MB\tInit Duration: 150.25 ms\t\n")


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


def fill(logs, name, messages, step_s=60):
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="main")
    events = [{"timestamp": (START + n * step_s) * 1000, "message": m} for n, m in enumerate(messages)]
    logs.put_log_events(logGroupName=name, logStreamName="main", logEvents=events)
    return name


@pytest.fixture(scope="module")
def requests_log(logs):
    """Six requests, a minute apart: JSON."""
    rows = [("GET", "/a", 200, 10), ("GET", "/b", 500, 30), ("PUT", "/a", 200, 20), ("GET", "/a", 404, 40), ("PUT", "/b", 500, 60), ("GET", "/a", 200, 50)]
    return fill(logs, "/insights/requests",
                [json.dumps({"method": m, "path": p, "status": s, "ms": ms, "user": {"id": n, "tags": ["x", m]}}) for n, (m, p, s, ms) in enumerate(rows)])


@pytest.fixture(scope="module")
def lines_log(logs):
    return fill(logs, "/insights/lines", ["[ERROR] disk full, user=ann, id=7", "[INFO] all is well", "[ERROR] disk slow, user=bob, id=12", "10.1.2.3 - done"])


@pytest.fixture(scope="module")
def lambda_log(logs):
    return fill(logs, "/aws/lambda/fn", ["START RequestId: 8f5a1b2c-0000-4000-8000-000000000001 Version: $LATEST\n",
                                         '[INFO]\t2024-01-01T00:00:00.000Z\t8f5a1b2c-0000-4000-8000-000000000001\tgot {"order": {"id": 42}} now\n',
                                         "END RequestId: 8f5a1b2c-0000-4000-8000-000000000001\n", REPORT.format(n=1, ms="12.34"), REPORT.format(n=2, ms="20.66")])


@pytest.fixture(scope="module")
def query(logs, until):
    def run(group, text, **more):
        groups = {"logGroupNames": group} if isinstance(group, list) else {"logGroupName": group}
        query_id = logs.start_query(startTime=START, endTime=START + 3600, queryString=text, **groups, **more)["queryId"]

        def done():
            answer = logs.get_query_results(queryId=query_id)
            return answer if answer["status"] not in ("Scheduled", "Running") else None

        answer = until(done, "the query's end")
        assert answer["status"] == "Complete"
        rows = [{f["field"]: f["value"] for f in row} for row in answer["results"]]
        for row in rows:
            row.pop("@ptr", None)
        run.answer, run.id = answer, query_id
        return rows

    return run


def text_at(seconds):
    return time.strftime("%Y-%m-%d %H:%M:%S.000", time.gmtime(START + seconds))


def test_fields_newest_first_with_a_pointer(query, requests_log, logs):
    rows = query(requests_log, "fields @timestamp, method, user.id as id, user.tags.1 | limit 2")
    assert rows == [{"@timestamp": text_at(300), "method": "GET", "id": "5", "user.tags.1": "GET"},
                    {"@timestamp": text_at(240), "method": "PUT", "id": "4", "user.tags.1": "PUT"}]
    assert [f["field"] for f in query.answer["results"][0]] == ["@timestamp", "method", "id", "user.tags.1", "@ptr"]
    pointer = query.answer["results"][0][-1]["value"]
    record = logs.get_log_record(logRecordPointer=pointer)["logRecord"]
    assert record["method"] == "GET" and record["user.id"] == "5" and record["@ptr"] == pointer
    assert record["@log"].endswith(":/insights/requests") and record["@logStream"] == "main"


def test_without_commands_time_and_message_are_shown(query, lines_log):
    rows = query(lines_log, "")
    assert len(rows) == 4 and set(rows[0]) == {"@timestamp", "@message"}
    assert query.answer["statistics"]["recordsMatched"] == 4 and query.answer["statistics"]["bytesScanned"] > 0


@pytest.mark.parametrize("condition, ids", [
    ("status = 500", "1 4"), ("status != 200", "1 3 4"), ("ms > 30", "3 4 5"), ("ms >= 30 and ms < 60", "1 3 5"), ("status in [404, 500]", "1 3 4"),
    ("method in ['PUT']", "2 4"), ("method not in ['PUT']", "0 1 3 5"), ("method like 'U'", "2 4"), ("method like /^G.T$/", "0 1 3 5"),
    ("method =~ /(?i)put/", "2 4"), ("not (status = 200)", "1 3 4"), ("path = '/a' or ms = 60", "0 2 3 4 5"), ("@message not like 'GET'", "2 4"),
    ("ispresent(gone)", ""), ("not ispresent(gone) and ms = 10", "0"), ("gone = 1", ""), ("ms % 20 = 0 # a comment", "2 3 4"),
    ("strlen(path) + 8 = 10 and ms ^ 2 = 100", "0"), ("`user.id` = 3", "3"), ("isIpv4InSubnet('10.1.2.3', '10.1.0.0/16') and ms = 20", "2"),
])
def test_filters(query, requests_log, condition, ids):
    rows = query(requests_log, f"fields user.id as id | filter {condition}\n| sort @timestamp asc")
    assert [row["id"] for row in rows] == ids.split()


@pytest.mark.parametrize("expression, value", [
    ("1 + 2 * 3 - 4 / 2", "5"), ("(1 + 2) * 3", "9"), ("1 / 3", "0.3333"), ("-ms", "-50"), ("toupper(concat(method, '-', path))", "GET-/A"),
    ("trim('  x ')", "x"), ("ltrim('xxa', 'x')", "a"), ("substr('hello', 1, 3)", "ell"), ("replace('a.b.c', '.', '-')", "a-b-c"),
    ("coalesce(gone, path)", "/a"), ("isblank('  ')", "1"), ("isempty(path)", "0"), ("greatest(1, 7, 3)", "7"), ("least(ms, 7)", "7"),
    ("floor(2.7) + ceil(2.1) + abs(-1) + sqrt(16)", "10"), ("strcontains(path, 'a')", "1"), ("if(status = 200, 'ok', 'bad')", "ok"),
    ("fromMillis(86400000)", "1970-01-02 00:00:00.000"), ("toMillis(@timestamp) - toMillis(datefloor(@timestamp, 1h)) < 3600000", "1"),
    ("1 / 0", None), ("gone + 1", None),
])
def test_expressions(query, requests_log, expression, value):
    [row] = query(requests_log, f"fields {expression} as value | limit 1")
    assert row.get("value") == value


def test_stats_by_groups(query, requests_log):
    rows = query(requests_log, "stats count(*) as n, sum(ms), avg(ms), min(ms), max(ms), count_distinct(path), pct(ms, 50), stddev(ms) by method | sort method")
    assert rows == [
        {"method": "GET", "n": "4", "sum(ms)": "130", "avg(ms)": "32.5", "min(ms)": "10", "max(ms)": "50", "count_distinct(path)": "2", "pct(ms, 50)": "35",
         "stddev(ms)": "14.7902"},
        {"method": "PUT", "n": "2", "sum(ms)": "80", "avg(ms)": "40", "min(ms)": "20", "max(ms)": "60", "count_distinct(path)": "2", "pct(ms, 50)": "40",
         "stddev(ms)": "20"}]
    assert list(rows[0])[0] == "method"


def test_stats_by_time(query, requests_log):
    rows = query(requests_log, "filter status = 200 | stats count(*), latest(path), earliest(user.id) by bin(5m)")
    assert sum(int(r["count(*)"]) for r in rows) == 3 and set(rows[0]) == {"bin(5m)", "count(*)", "latest(path)", "earliest(user.id)"}
    assert all(r["bin(5m)"].endswith(":00.000") and int(r["bin(5m)"][14:16]) % 5 == 0 for r in rows)
    assert [r["bin(5m)"] for r in rows] == sorted((r["bin(5m)"] for r in rows), reverse=True)


def test_stats_of_stats_and_of_nothing(query, requests_log):
    rows = query(requests_log, "stats sum(ms) / count(*) as mean by method | stats max(mean) as worst, count(*) as n")
    assert rows == [{"worst": "40", "n": "2"}]
    assert query(requests_log, "filter ms > 1000 | stats count(*)") == [{"count(*)": "0"}]
    assert query(requests_log, "filter ms > 1000 | stats count(*) by path") == []


def test_sort_limit_and_dedup(query, requests_log):
    assert [r["ms"] for r in query(requests_log, "fields ms | sort ms desc | limit 3")] == ["60", "50", "40"]
    rows = query(requests_log, "fields method, path, ms | sort method asc, ms desc | dedup method, path")
    assert [(r["method"], r["path"], r["ms"]) for r in rows] == [("GET", "/a", "50"), ("GET", "/b", "30"), ("PUT", "/b", "60"), ("PUT", "/a", "20")]
    assert [r["n"] for r in query(requests_log, "stats count(*) as n by path | sort n desc | limit 1")] == ["4"]
    assert query(requests_log, "stats count(*) by path | sort count(*) desc | display path") == [{"path": "/a"}, {"path": "/b"}]
    assert len(query(requests_log, "fields ms", limit=4)) == 4


def test_parse_by_glob_and_by_regex(query, lines_log):
    rows = query(lines_log, 'parse @message "[*] *, user=*, id=*" as level, what, user, id | filter ispresent(id) | display level, what, user, id | sort id')
    assert rows == [{"level": "ERROR", "what": "disk full", "user": "ann", "id": "7"}, {"level": "ERROR", "what": "disk slow", "user": "bob", "id": "12"}]
    rows = query(lines_log, r"parse @message /user=(?<who>\w+), id=(?<number>\d+)/ | filter number > 7 | stats sum(number) as total by who")
    assert rows == [{"who": "bob", "total": "12"}]
    rows = query(lines_log, "fields @message | parse 'user=*,' as who | filter who = 'ann'")
    assert rows == [{"@message": "[ERROR] disk full, user=ann, id=7", "who": "ann"}]


def test_maps_and_lists_of_parsed_json(query, requests_log):
    rows = query(requests_log, "fields jsonParse(@message) as m | filter m.user.id = 3 | fields m.user.tags[1] as tag, m.user.`id` as id, jsonStringify(m.user) as user "
                               "| display tag, id, user, m.user.tags[0]")
    assert rows == [{"tag": "GET", "id": "3", "user": '{"id": 3, "tags": ["x", "GET"]}'.replace(" ", ""), "m.user.tags[0]": "x"}]
    rows = query(requests_log, "fields jsonParse(@message) as m | stats count() as n by m.method | sort n desc")
    assert rows == [{"m.method": "GET", "n": "4"}, {"m.method": "PUT", "n": "2"}]


def test_a_row_for_each_element_of_a_list(query, requests_log, lines_log):
    rows = query(requests_log, "fields jsonParse(@message) as m | unnest m.user.tags into tag | filter m.ms > 40 | display m.ms, tag | sort m.ms asc, tag asc")
    assert rows == [{"m.ms": "50", "tag": "GET"}, {"m.ms": "50", "tag": "x"}, {"m.ms": "60", "tag": "PUT"}, {"m.ms": "60", "tag": "x"}]
    rows = query(requests_log, "fields jsonParse(@message) as m | unnest m.user into user | stats sum(user.id) as ids, count(*) as n")
    assert rows == [{"ids": "15", "n": "6"}]  # a map is a list of one
    assert query(lines_log, "fields jsonParse(@message) as m | unnest m.list into element") == []


def test_patterns(query, lines_log):
    rows = query(lines_log, "pattern @message")
    assert list(rows[0]) == ["@pattern", "@sampleCount", "@ratio", "@severityLabel"]
    assert rows[0] == {"@pattern": "[ERROR] disk <Token-1>, user=<Token-2>, id=<Number-3>", "@sampleCount": "2", "@ratio": "0.5", "@severityLabel": "Error"}
    assert len(rows) == 3 and {r["@severityLabel"] for r in rows} == {"Error", "Info", "None"}
    assert query(lines_log, "filter @message like 'ERROR' | pattern @message | filter @sampleCount > 1 | display @ratio") == [{"@ratio": "1"}]
    assert query(lines_log, "parse @message 'user=*,' as who | pattern who | sort @pattern") == [
        {"@pattern": who, "@sampleCount": "1", "@ratio": "0.5", "@severityLabel": "None"} for who in ("ann", "bob")]


def test_patterns_of_two_periods(logs, query):
    before, now = START - 1800, START + 1800
    logs.create_log_group(logGroupName="/insights/diff")
    logs.create_log_stream(logGroupName="/insights/diff", logStreamName="main")
    messages = [(before, "job 1 done"), (before, "job 2 done"), (before, "[INFO] cache is cold"), (now, "job 3 done"), (now, "[ERROR] disk full")]
    logs.put_log_events(logGroupName="/insights/diff", logStreamName="main", logEvents=[{"timestamp": at * 1000, "message": m} for at, m in messages])
    rows = query("/insights/diff", "diff")
    assert [(r["@pattern"], r["@sampleCount"], r["@differenceEventCount"], r["@differenceDescription"]) for r in rows] == [
        ("job <Number-1> done", "1", "-1", "50% decrease"), ("[ERROR] disk full", "1", "1", "New pattern"), ("[INFO] cache is cold", "0", "-1", "100% decrease")]
    assert query.answer["statistics"]["recordsScanned"] == 5
    assert [r["@pattern"] for r in query("/insights/diff", "filter @message like 'ERROR' | diff previousDay")] == ["[ERROR] disk full"]


def test_fields_of_functions_logs(query, lambda_log):
    [row] = query(lambda_log, 'filter @type = "REPORT" | stats count(*) as n, max(@duration), avg(@billedDuration), max(@memorySize / 1000 / 1000) as mb, '
                              "max(@maxMemoryUsed) as used, min(@initDuration)")
    assert row == {"n": "2", "max(@duration)": "20.66", "avg(@billedDuration)": "100", "mb": "128", "used": "44000000", "min(@initDuration)": "150.25"}
    rows = query(lambda_log, "fields order.id, @requestId | filter order.id = 42")
    assert rows == [{"order.id": "42", "@requestId": "8f5a1b2c-0000-4000-8000-000000000001"}]


def test_several_groups_in_one_order(query, requests_log, lines_log):
    rows = query([requests_log, lines_log], "fields @log, @timestamp | sort @timestamp asc")
    assert len(rows) == 10 and [r["@timestamp"] for r in rows] == sorted(r["@timestamp"] for r in rows)
    assert query([requests_log, lines_log], "stats count(*) as n by @log | sort n") [1]["n"] == "6"


@pytest.mark.parametrize("text, begin, end", [
    ("filt @message", 0, 4), ("fields @timestamp | filter", 26, 26), ("filter a = ", 11, 11), ("stats nosuch(x)", 6, 12), ("fields a b", 9, 10),
    ("filter a like [1]", 14, 17), ("fields 'open", 7, 12), ("limit 0", 5, 7), ("filter count(*) > 1", 7, 13), ("fields " + "(" * 100 + "1", None, None),
    ("filter a =~ /[/", None, None), ('parse @message "*" as a, b', None, None), ("sort", None, None), ("|", None, None), ("stats count(*) | stats sum(x) | stats max(y)", 32, 37),
    ("unnest a", 8, 8), ("stats count(*) | diff", 17, 21), ("stats count(*) | pattern @message", 17, 33), ("fields a[x]", 8, 11), ("fields a[", 8, 9),
])
def test_malformed_queries(logs, requests_log, raw, text, begin, end):
    answer = raw.logs("StartQuery", {"logGroupName": requests_log, "startTime": START, "endTime": START + 10, "queryString": text})
    body = answer.json()
    assert answer.status == 400 and body["__type"] == "MalformedQueryException", body
    assert body["queryCompileError"]["message"] == body["message"]
    location = body["queryCompileError"]["location"]
    if begin is not None:
        assert (location["startCharOffset"], location["endCharOffset"]) == (begin, end)


def test_queries_as_described_and_stopped(query, requests_log, logs, account):
    query(requests_log, "fields ms")
    [found] = [q for q in logs.describe_queries(logGroupName=requests_log, status="Complete")["queries"] if q["queryId"] == query.id]
    assert found["queryString"] == f'SOURCE "{requests_log}" START={START}000 END={START + 3600}999 | fields ms'
    with pytest.raises(ClientError) as caught:
        logs.stop_query(queryId=query.id)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    with pytest.raises(ClientError) as caught:
        logs.start_query(logGroupName="/none", startTime=0, endTime=1, queryString="fields a")
    error = caught.value.response["Error"]
    assert error["Code"] == "ResourceNotFoundException"
    assert error["Message"].startswith(f"Log group '/none' does not exist for account ID '{account}' (Service: AWSLogs; ")


def test_fields_of_a_group(logs, requests_log):
    fields = {f["name"]: f["percent"] for f in logs.get_log_group_fields(logGroupName=requests_log, time=START + 120)["logGroupFields"]}
    assert fields["@message"] == 100 and fields["user.id"] == 100 and "user.tags.0" in fields


def test_saved_queries(logs, requests_log):
    made = logs.put_query_definition(name="folder/slow", queryString="fields ms", logGroupNames=[requests_log])["queryDefinitionId"]
    logs.put_query_definition(name="folder/slower", queryString="fields ms | sort ms", queryDefinitionId=made)
    [found] = logs.describe_query_definitions(queryDefinitionNamePrefix="folder/")["queryDefinitions"]
    assert (found["queryDefinitionId"], found["name"], found["queryString"], found["logGroupNames"]) == (made, "folder/slower", "fields ms | sort ms", [])
    assert logs.delete_query_definition(queryDefinitionId=made)["success"] is True
    assert logs.describe_query_definitions(queryDefinitionNamePrefix="folder/")["queryDefinitions"] == []
    with pytest.raises(ClientError) as caught:
        logs.delete_query_definition(queryDefinitionId=made)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize("text, matched", [
    ("fields @message | filter status = 200", 3),
    ("fields @message | filter status = 200 | limit 2", 3),
    ("parse path \"/*\" as letter | filter letter = \"a\"", 4),
    ("filter method = \"GET\" | fields ms | filter ms > 20 | sort ms desc | limit 1", 3),
    ("fields @message | limit 2", 6),
    ("stats count(*) as n by path | filter n > 2", 6),
])
def test_what_matched_is_what_the_filters_let_through(query, requests_log, text, matched):
    query(requests_log, text)
    statistics = query.answer["statistics"]
    assert (statistics["recordsMatched"], statistics["recordsScanned"]) == (matched, 6)


def test_queries_are_shown_with_their_period_in_milliseconds(logs, query, lines_log):
    query(lines_log, "fields @message | limit 3")
    (shown,) = [q for q in logs.describe_queries()["queries"] if q["queryId"] == query.id]
    assert shown["queryString"] == (
        f'SOURCE "{lines_log}" START={START}000 END={START + 3600}999 | fields @message | limit 3')
