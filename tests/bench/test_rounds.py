"""How the bench judges: medians of ratios within a round, aims of each kind, lines compared with others."""

import importlib.util
import pathlib
import sys

import pytest

spec = importlib.util.spec_from_file_location("bench_rounds", pathlib.Path(__file__).with_name("rounds.py"))
rounds = sys.modules["bench_rounds"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(rounds)
Aim, Line, Sample = rounds.Aim, rounds.Line, rounds.Sample


def sides(**values):
    """Sides whose samples are these values, one a round."""
    return {name: lambda number, of=of: of[number] if isinstance(of[number], Sample) else Sample(of[number]) for name, of in values.items()}


def summaries(*lines, count=3):
    results, failures = rounds.run(list(lines), count)
    assert failures == {}
    return [rounds.summary(line, results) for line in lines]


def test_a_share_is_the_median_of_the_rounds_own():
    [line] = summaries(Line("a", 16, "/s", sides(bare=[100, 1000, 10], ours=[50, 100, 9]), aims=(Aim("share", 0.5),)))
    assert (line["bare"], line["ours"], line["share"]) == (100, 50, 0.5)
    assert line["aims"] == [{"kind": "share", "text": "0.50 of bare", "bound": 0.5, "reached": 0.5, "met": True}]
    # The medians' own ratio would be another: the rounds are what is compared.
    [line] = summaries(Line("a", 16, "/s", sides(bare=[100, 1000, 10], ours=[10, 900, 9])))
    assert line["share"] == pytest.approx(0.9) and line["ours"] / line["bare"] == pytest.approx(0.1)


@pytest.mark.parametrize("aim,met", [
    (Aim("least", 20), True), (Aim("least", 20.1), False), (Aim("most", 20), True), (Aim("most", 19.9), False),
    (Aim("spread", 3), False), (Aim("spread", 3.1), True), (Aim("share", 0.1), False)])
def test_aims_hold_on_their_bound_only_where_they_say_so(aim, met):
    ours = [Sample(value, p50_ms=2, p99_ms=p99) for value, p99 in ((10, 4), (20, 6), (30, 800))]
    [line] = summaries(Line("a", None, "ms", sides(ours=ours), aims=(aim,)))
    assert [judged["met"] for judged in line["aims"]] == [met]


def test_a_line_is_compared_with_another_and_brings_it_along():
    loop = Line("loop", None, "/s", sides(bare=[100, 100, 100]))
    other = Line("other", 1, "/s", sides(ours=[1, 2, 3]))
    line = Line("line", 1, "/s", sides(ours=[90, 80, 95]), base=loop.key, aims=(Aim("share", 0.9),))
    assert [one.name for one in rounds.chosen([other, loop, line], "^line, 1$")] == ["loop", "line"]
    shown = summaries(loop, other, line)[2]
    assert (shown["bare"], shown["base"], shown["share"], shown["aims"][0]["met"]) == (100, "loop", 0.9, True)
    assert shown["aims"][0]["text"] == "0.90 of loop"


def test_sides_take_turns_and_failures_are_summed():
    seen = []
    line = Line("a", 1, "/s", {side: lambda number, side=side: seen.append((number, side)) or Sample(1, errors=number) for side in ("bare", "ours")})
    [shown] = summaries(line)
    assert seen == [(n, side) for n in range(3) for side in ("bare", "ours")]
    assert shown["errors"] == {"bare": 3, "ours": 3} and shown["rounds"] == {"bare": [1, 1, 1], "ours": [1, 1, 1]}


def test_a_line_that_cannot_be_measured_says_why_and_keeps_no_other_from_it():
    def ends(number):
        if number == 1:
            raise SystemError("no disk")
        return Sample(1)

    broken = Line("broken", 1, "/s", {"bare": lambda _: Sample(2), "ours": ends}, aims=(Aim("share", 0.1), Aim("spread", 3), Aim("least", 1)))
    on_it = Line("on it", 1, "/s", sides(ours=[5, 5, 5]), base=broken.key, aims=(Aim("share", 1),))
    results, failures = rounds.run([broken, on_it], 3)
    assert failures == {"broken, 1": "ours: SystemError: no disk"}
    first, second = (rounds.summary(line, results) for line in (broken, on_it))
    assert (first["bare"], first["ours"], first["p50_ms"]) == (None, None, None)
    assert [aim["met"] for aim in first["aims"] + second["aims"]] == [False] * 4
    assert (second["ours"], second["share"]) == (5, None)
