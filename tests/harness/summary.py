"""Adds up the suites' JUnit reports: what was skipped and why, what failed, and one line of totals."""

import collections
import pathlib
import sys
import xml.etree.ElementTree

ORDER = ("unit", "style", "contract", "hostile", "console", "terraform", "crash", "bench", "packages")


def outcome(case):
    """("passed" | "failed" | "skipped", reason) of one <testcase>, as CTest and pytest write them."""
    for element in case:
        if element.tag in ("failure", "error"):
            return "failed", element.get("message", "")
        if element.tag == "skipped":
            return "skipped", element.get("message", "") or (element.text or "").strip()
    if case.get("status") in ("notrun", "disabled"):
        return "skipped", "not run"
    return "passed", ""


def suites(folder):
    """All that left anything behind, whether this file knows them or not."""
    found = {path.stem for pattern in ("*.xml", "*.failed") for path in folder.glob(pattern)}
    return sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))


def main(folder):
    totals = collections.Counter()
    skipped, failed = collections.Counter(), []
    for suite in suites(folder):
        report = folder / f"{suite}.xml"
        counts = collections.Counter()
        if report.exists():
            for case in xml.etree.ElementTree.parse(report).iter("testcase"):
                result, reason = outcome(case)
                counts[result] += 1
                if result == "skipped":
                    skipped[suite, reason] += 1
                elif result == "failed":
                    names = dict.fromkeys((case.get("classname"), case.get("name")))  # CTest gives one for both
                    failed.append(f"{suite}: {'.'.join(names)}")
        # A suite that broke before it could report its tests.
        if (folder / f"{suite}.failed").exists() and not counts["failed"]:
            counts["failed"] += 1
            failed.append(f"{suite}: the suite itself failed, see above")
        if counts:
            print(f"  {suite:10} {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
        totals += counts
    for (suite, reason), count in sorted(skipped.items()):
        print(f"skipped {count} of {suite}: {reason}")
    for name in failed:
        print(f"FAILED {name}")
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    return 1 if totals["failed"] or not totals["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
