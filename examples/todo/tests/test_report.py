from datetime import date

from todo import report
from todo.model import Item

TODAY = date(2024, 5, 17)
ITEMS = [
    Item(1, "Pay the rent", due=date(2024, 5, 1)),
    Item(2, "Call Zoë", due=TODAY, tags=frozenset({"family", "birthday"})),
    Item(3, "Book the ferry", due=date(2024, 6, 2)),
    Item(4, "Learn the cello"),
    Item(5, "Water the plants", due=date(2024, 5, 2), done=True),
]


def test_a_report_has_a_heading_a_line_for_each_item_and_a_summary() -> None:
    assert report.report(ITEMS, TODAY).splitlines() == [
        "To do",
        "-----",
        "[ ] Pay the rent (overdue since 01 May)",
        "[ ] Call Zoë (today) #birthday #family",
        "[ ] Book the ferry (by 02 Jun)",
        "[ ] Learn the cello",
        "[x] Water the plants",
        "1 of 5 done",
    ]


def test_an_empty_list_is_reported_as_such() -> None:
    assert report.report([], TODAY).splitlines()[-1] == "0 of 0 done"
