"""Lines and their aims; a run of them in rounds: in each round every line, and of it every side by turns."""

import dataclasses
import re
import statistics


@dataclasses.dataclass(frozen=True)
class Sample:
    """What one side reached in one round: in the line's unit; of its requests the latencies where they were single ones."""

    value: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    errors: int = 0

    @staticmethod
    def of_times(taken_ms):
        taken_ms = sorted(taken_ms)
        p50 = statistics.median(taken_ms)
        return Sample(p50, p50, taken_ms[int(0.99 * (len(taken_ms) - 1))])


@dataclasses.dataclass(frozen=True)
class Aim:
    """share: ours of the base's, in the same round, at least `bound`. least, most: ours, in the line's unit. spread: p99 in p50s,
    less than `bound`."""

    kind: str
    bound: float

    def reached(self, line, results):
        """Median over the rounds; None where there is nothing to judge by."""
        if self.kind == "share":
            return share_of_base(line, results)
        ours = results[line.key].get("ours", [])
        if self.kind == "spread":
            spreads = [sample.p99_ms / sample.p50_ms for sample in ours if sample.p50_ms]
            return statistics.median(spreads) if spreads else None
        return statistics.median(sample.value for sample in ours) if ours else None

    def met(self, reached):
        return reached < self.bound if self.kind == "spread" else reached <= self.bound if self.kind == "most" else reached >= self.bound

    def text(self, line):
        if self.kind == "share":
            return f"{self.bound:.2f} of {line.base if isinstance(line.base, str) else line.base[0]}"
        if self.kind == "spread":
            return f"p99 under {self.bound:g} p50"
        bound = f"{self.bound:,.0f}" if self.bound >= 1000 else f"{self.bound:g}"
        return f"{'at most' if self.kind == 'most' else 'at least'} {bound} {line.unit}"


@dataclasses.dataclass
class Line:
    """sides: name -> function of the round's number that gives its Sample; "ours" is one, "bare" (what HTTP alone would do, or the
    disk alone) and peers may be others. base: what ours is compared with: a side, or another line's key."""

    name: str
    connections: int | None
    unit: str
    sides: dict
    base: str | tuple = "bare"
    aims: tuple = ()
    profiled: object = None  # (server, requests of a port): what --profile needs, of lines that are a load

    @property
    def key(self):
        return (self.name, self.connections)

    @property
    def title(self):
        return self.name if self.connections is None else f"{self.name}, {self.connections}"


def share_of_base(line, results):
    """Median over the rounds of ours of the base's in the same round; None without a base."""
    if isinstance(line.base, str):
        base = results[line.key].get(line.base, [])
    else:
        base = own(results.get(line.base, {}))
    shares = [ours.value / other.value for ours, other in zip(results[line.key].get("ours", []), base) if other.value]
    return statistics.median(shares) if shares else None


def own(sides):
    """What a line is about: ours, or where that isn't there what stands beside it."""
    return sides.get("ours") or sides.get("bare", [])


def chosen(lines, pattern):
    """The lines whose title has the pattern, and those that they are compared with."""
    wanted = {line.key for line in lines if not pattern or re.search(pattern, line.title, re.IGNORECASE)}
    wanted |= {line.base for line in lines if line.key in wanted and isinstance(line.base, tuple)}
    return [line for line in lines if line.key in wanted]


def run(lines, rounds, told=lambda text: None):
    """line's key -> side -> Samples, one a round; and line's title -> why it couldn't be measured: it has no Samples then, and the
    others are measured all the same."""
    results = {line.key: {side: [] for side in line.sides} for line in lines}
    failures = {}
    for number in range(rounds):
        for line in lines:
            for side, measure in line.sides.items():
                if line.title in failures:
                    break
                told(f"round {number + 1} of {rounds}: {line.title}, {side}")
                try:
                    results[line.key][side].append(measure(number))
                except (Exception, SystemExit) as error:  # whatever it is: a run takes long, and the others' numbers are good
                    failures[line.title] = f"{side}: {type(error).__name__}: {error}"[:600]
                    results[line.key] = {each: [] for each in line.sides}
    return results, failures


def summary(line, results):
    """One line of the results' file."""
    sides = results[line.key]
    middle = {side: statistics.median(sample.value for sample in samples) for side, samples in sides.items() if samples}
    if not isinstance(line.base, str) and own(results.get(line.base, {})):
        middle["bare"] = statistics.median(sample.value for sample in own(results[line.base]))
    out = {"line": line.name, "connections": line.connections, "unit": line.unit, "bare": middle.pop("bare", None),
           "base": line.base if isinstance(line.base, str) else line.base[0], "ours": middle.pop("ours", None),
           "share": share_of_base(line, results), "peers": middle, "aims": []}
    for name in ("p50_ms", "p99_ms"):
        known = [getattr(sample, name) for sample in sides.get("ours", []) if getattr(sample, name) is not None]
        out[name] = statistics.median(known) if known else None
    for aim in line.aims:
        reached = aim.reached(line, results)
        out["aims"].append({"kind": aim.kind, "text": aim.text(line), "bound": aim.bound, "reached": reached,
                            "met": reached is not None and aim.met(reached)})
    out["errors"] = {side: failed for side, samples in sides.items() if (failed := sum(sample.errors for sample in samples))}
    out["rounds"] = {side: [sample.value for sample in samples] for side, samples in sides.items()}
    return out
