"""How the list looks: views, and previews of them with things that nobody has to do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from device_server import views as v
from todo import report, store
from todo.model import Item, by_urgency, is_overdue

TODAY = date(2024, 5, 17)
"""Of the previews, which are to be the same picture every day."""
SAMPLES = (
    Item(1, "Pay the rent", due=date(2024, 5, 1)),
    Item(2, "Call Zoë", due=TODAY, tags=frozenset({"family", "birthday"})),
    Item(3, "Book the ferry", due=date(2024, 6, 2), tags=frozenset({"holiday"})),
    Item(4, "Learn the cello"),
    Item(5, "Water the plants", done=True),
)
BAR = 180
"""The length of the longest bar, in points."""


def screen() -> v.View:
    """The list of this process as it is today."""
    return item_list(store.all_items(), date.today(), on_finish=store.finish)


def item_list(items: Collection[Item], today: date, on_finish: Callable[[int], object] | None = None) -> v.View:
    """A heading with what is done, then a row for each item."""
    return v.VStack(
        v.HStack(
            v.Text(report.TITLE).font("title"), v.Spacer(), v.Text(report.summary(items)).foreground("secondary")
        ).padding(),
        v.List(v.ForEach(items, lambda item: item_row(item, today, on_finish))) if items else nothing_to_do(),
        spacing=0,
    )


def item_row(item: Item, today: date, on_finish: Callable[[int], object] | None = None) -> v.View:
    """What is to be done, by when and what for; a tap says that it has been."""
    return (
        v.HStack(
            box(item),
            v.VStack(v.Text(item.title), detail(item, today), alignment="leading", spacing=2),
            v.Spacer(),
            v.Text(report.tags(item)).font("caption").foreground("secondary"),
        )
        .on_tap(lambda: on_finish(item.id) if on_finish else None)
        .identifier(f"item-{item.id}")
    )


def box(item: Item) -> v.Element:
    return v.ZStack(
        v.Circle().foreground("green" if item.done else "separator"),
        not item.done and v.Circle().foreground("background").padding(2),
    ).frame(20, 20)


def detail(item: Item, today: date) -> v.Element | None:
    when = report.when(item, today)
    color = "red" if is_overdue(item, today) else "secondary"
    return v.Text(when.strip("()")).font("footnote").foreground(color) if when else None


def nothing_to_do() -> v.View:
    return v.Text("Nothing to do").foreground("secondary").frame(max_width=float("inf"), height=120)


def item_form(on_add: Callable[[str, list[str]], object]) -> v.View:
    """Asks for a new item. It is added by its title, once there is one, and its tags."""
    title, is_for_home, size = v.State(""), v.State(False), v.State(1.0)

    def add() -> None:
        on_add(title.value.strip(), [*(["home"] if is_for_home.value else []), f"{size.value:g}h"])
        title.value = ""

    return v.VStack(
        v.Text("New").font("title"),
        v.TextField("What is to be done", title),
        v.Toggle("At home", is_for_home),
        v.HStack(v.Text(f"{size.value:g} h").frame(width=48), v.Slider(size, 1, 8, step=1).label("Hours")),
        v.Button("Add", add).disabled(not title.value.strip()),
        alignment="leading",
        spacing=14,
    ).padding()


def counter(goal: int = 4) -> v.View:
    """Counts half-hours of work up to a goal."""
    count = v.State(0)
    return v.VStack(
        v.Text(f"{count.value} of {goal}").font("large_title"),
        v.HStack(*(v.Circle().foreground("accent" if n < count.value else "fill").frame(16, 16) for n in range(goal))),
        v.HStack(
            v.Button("One less", lambda: count.update(lambda n: n - 1)).disabled(count.value == 0),
            v.Button("One more", lambda: count.update(lambda n: n + 1)).disabled(count.value == goal),
            spacing=24,
        ),
        spacing=16,
    ).padding()


def chart(items: Collection[Item], today: date) -> v.View:
    """A bar for each kind of item, as long as there are many."""
    late = sum(is_overdue(item, today) for item in items)
    done = sum(item.done for item in items)
    kinds = (("Overdue", late, "red"), ("To do", len(items) - late - done, "accent"), ("Done", done, "green"))
    most = max(count for _, count, _ in kinds) or 1
    return v.VStack(*(bar(*kind, most) for kind in kinds), alignment="leading").padding()


def bar(name: str, count: int, color: str, most: int) -> v.View:
    return v.HStack(
        v.Text(name).font("footnote").frame(width=70, alignment="leading"),
        v.Rectangle(3).foreground(color).frame(width=max(2, BAR * count / most), height=18),
        v.Text(count).font("footnote").foreground("secondary"),
    ).label(f"{name}: {count}")


@v.preview("List")
@v.preview("List in the dark", "dark")
@v.preview("List with large text", "accessibility1")
def sample_list() -> v.View:
    return item_list(by_urgency(SAMPLES), TODAY)


@v.preview("Nothing to do", size="fit")
def empty_list() -> v.View:
    return item_list([], TODAY)


@v.preview("Form", size="390x300")
def sample_form() -> v.View:
    return item_form(lambda title, tags: None)


@v.preview("Counter", size="fit")
def sample_counter() -> v.View:
    return counter()


@v.preview("Chart", size="fit")
@v.preview("Chart in the dark", "dark", size="fit")
def sample_chart() -> v.View:
    return chart(SAMPLES, TODAY)
