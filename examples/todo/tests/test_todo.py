from datetime import date

import todo


def test_the_package_is_all_that_a_repl_needs() -> None:
    todo.add("Call Zoë", due=date(2024, 5, 17))
    todo.add("Water the plants")
    todo.finish(2)
    assert todo.as_text(date(2024, 5, 17)).splitlines()[2:] == [
        "[ ] Call Zoë (today)",
        "[x] Water the plants",
        "1 of 2 done",
    ]
