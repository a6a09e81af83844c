"""All lines of the table, in its order. Nothing is started or made before a line is measured."""

import beside
import functions
import items
import neighbours
import objects
import starts

BY_HAND = [
    "By hand: `ninja -C build bench_scale` (10 million items within 1.2 times of 10 thousand); the server's share of `terraform apply` (share.py).",
]


def all_lines(stand, peers, records, quick):
    """The lines, and what is to be said below the table."""
    notes = list(BY_HAND)
    if quick:
        notes.append("--quick: without the start of a large store and without metrics.")
    of_functions = functions.Functions(stand, records)
    return [
        *items.lines(stand, peers),
        *neighbours.synced_lines(stand),
        *functions.lines(of_functions),
        *objects.lines(stand),
        *starts.lines(stand, quick),
        *beside.lines(of_functions, quick),
        *neighbours.rocks_lines(stand, notes),
    ], notes
