from __future__ import annotations

import linecache
from contextlib import ExitStack

import pytest

from device_server.interrupts import InterruptGate
from device_server.loaded import Loaded
from device_server.reload import Change, Mark, State, Tier, When
from device_server.reload.reloader import Applied, Edited
from tests.device_server.reload.fake_language import LANG, LinesPlan, World, path_of
from tests.device_server.reload.injection import WatchedGate, failures_that_leave_nothing
from tests.device_server.reload.picture import Picture, picture


@pytest.fixture
def world() -> World:
    return World(InterruptGate(), shop="total = 1\nnames = []", cart="size = 2")


def test_an_edit_is_applied_and_is_what_the_next_is_compared_with(world: World) -> None:
    names = world.value("shop", "names")
    made = world.edit(shop="total = 10\nnames = []")
    assert made == Applied(Tier.STRUCTURAL, made.outcome, made.phases)
    assert (made.outcome.reloaded, made.outcome.state, made.outcome.stale) == (("shop",), State.KEPT, ("a frame",))
    assert made.outcome.reason == "lines of shop"
    assert [*made.phases] == ["classify", "checkpoint", "apply"]
    assert (world.value("shop", "total"), world.value("shop", "names") is names) == (10, True)
    assert world.edit(shop="total = 10\nnames = []").outcome.reloaded == ()


def test_the_language_hears_of_what_was_applied_and_of_nothing_else(world: World) -> None:
    world.fail(shop="1/0")
    assert world.told == []
    world.edit(shop="total = 10")
    assert [(change.module, change.new) for change in world.told] == [("shop", "total = 10")]


def test_the_same_text_and_comments_change_nothing(world: World) -> None:
    calls: list[str] = []
    world.lines.hooks.append(("shop", When.BEFORE, lambda: calls.append("before")))
    assert world.edit(shop=world.text("shop")).tier is Tier.NONE
    made = world.edit(shop="# reload\ntotal = 1\nnames = []")
    assert (made.tier, made.outcome.state, made.outcome.reason, calls) == (Tier.NONE, State.KEPT, "", [])
    assert world.text("shop").startswith("# reload")


def test_a_forced_file_runs_again_whatever_it_says(world: World) -> None:
    world.lines.modules["shop"]["total"] = 99
    world.reload(Edited(path_of("shop"), world.text("shop"), is_forced=True))
    assert world.value("shop", "total") == 1


def test_the_state_is_kept_before_code_runs_and_only_then(world: World) -> None:
    before = {"shop": world.text("shop"), "cart": world.text("cart")}
    assert [*world.edit(shop="total = 1\nnames = []\npass").phases] == ["classify", "apply"]
    assert world.kept == []
    world.edit(shop="# a comment")
    world.edit(cart="size = 3")
    assert world.kept == [{**before, "shop": "# a comment"}]
    world.lines.hooks.append(("shop", When.AFTER, lambda: None))
    world.edit(shop="# reload")
    assert len(world.kept) == 1
    world.edit(shop="# reload\npass")
    assert len(world.kept) == 2


def test_a_rehearsal_plans_the_latest_edit_backwards_and_does_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[tuple[str, str]] = []
    plan = world.lines.plan

    def noted(change: Change) -> LinesPlan:
        planned.append((change.old, change.new))
        return plan(change)

    monkeypatch.setattr(world.lines, "plan", noted)
    world.reloader.rehearse()
    world.edit(cart="size = 3")
    world.reloader.rehearse()
    assert planned == [("size = 2", "size = 3"), ("size = 3", "size = 2")]
    assert (world.value("cart", "size"), world.text("cart"), len(world.told)) == (3, "size = 3", 1)
    world.loaded.forget(path_of("cart"))
    world.reloader.rehearse()
    assert len(planned) == 2


def test_the_copy_that_goes_on_after_an_edit_has_killed_the_worker_is_as_before_it(world: World) -> None:
    called: list[str] = []
    world.lines.hooks.append(("shop", When.BEFORE, lambda: called.append("before")))
    world.loaded.note(Loaded("shop", path_of("shop"), LANG, f"{world.text('shop')}\n# reload"))
    before, world.has_died = world.text("shop"), True
    assert world.reload(Edited(path_of("shop"), "total = 10")) is None
    assert (world.value("shop", "total"), world.text("shop"), called, world.told) == (1, before, [], [])
    world.has_died = False
    world.edit(shop="total = 10")
    assert (world.value("shop", "total"), called) == (10, ["before"])


def test_what_is_not_loaded_is_not_loaded_by_an_edit(world: World) -> None:
    made = world.reload(Edited("/src/new.lines", "1/0", "new"))
    assert isinstance(made, Applied)
    assert (made.tier, made.outcome.reason) == (Tier.NONE, "not loaded")
    assert world.loaded.get("/src/new.lines") is None
    made = world.reload(Edited("/src/new.lines", None), Edited(path_of("cart"), "size = 3"))
    assert isinstance(made, Applied)
    assert made.outcome.reason == "lines of cart"


def test_of_a_file_that_is_gone_what_was_loaded_stays(world: World) -> None:
    made = world.edit(shop=None)
    assert (made.tier, made.outcome.reason) == (Tier.NONE, "/src/shop.lines is gone; what was loaded from it stays")
    assert world.value("shop", "total") == 1


def test_a_file_that_lies_elsewhere_is_found_by_its_module(world: World) -> None:
    made = world.reload(Edited("/elsewhere/shop.lines", "total = 5", "shop"))
    assert isinstance(made, Applied)
    assert (world.value("shop", "total"), world.text("shop")) == (5, "total = 5")


def test_nothing_runs_when_one_file_does_not_compile(world: World) -> None:
    made = world.fail(cart="size = 3", shop="total = (")
    assert (type(made.error), made.tier, [*made.phases], made.notes) == (SyntaxError, None, ["classify"], [])
    assert (world.value("cart", "size"), world.text("cart")) == (2, "size = 2")


@pytest.mark.parametrize("failure", ["1/0", "raise SystemExit", "raise KeyboardInterrupt"])
def test_an_edit_that_fails_half_way_leaves_nothing(world: World, failure: str) -> None:
    lines = linecache.getlines(path_of("shop"))
    made = world.fail(cart="size = 3", shop=f"total = 10\nmore = 1\n{failure}")
    assert (made.tier, [*made.phases]) == (Tier.STRUCTURAL, ["classify", "checkpoint", "apply"])
    assert [world.value("shop", name) for name in ("total", "more")] == [1, None]
    assert (world.value("cart", "size"), world.text("cart"), world.text("shop")[:9]) == (2, "size = 2", "total = 1")
    assert linecache.getlines(path_of("shop")) in (lines, world.text("shop").splitlines(keepends=True))


def test_what_an_edit_that_fails_has_imported_does_not_count_as_loaded(world: World) -> None:
    world.lines.modules["shop"]["note"] = lambda: world.loaded.forget(path_of("cart"))
    world.fail(shop="note()\n1/0")
    assert world.text("cart") == "size = 2"


def test_tracebacks_show_the_text_that_runs(world: World) -> None:
    world.lines.modules["shop"]["lines"] = linecache.getline
    world.edit(shop=f"# first\nline = lines({path_of('shop')!r}, 1)")
    assert world.value("shop", "line") == "# first\n"


def speaking(world: World, calls: list[str]) -> None:
    """`cart` has functions around edits, which say what `shop.total` is then."""

    def told(when: When) -> None:
        world.lines.hooks.append(("cart", when, lambda: calls.append(f"{when} {world.value('shop', 'total')}")))

    told(When.BEFORE)
    told(When.AFTER)
    world.edit(cart="size = 2 # reload")
    calls.clear()


def test_hooks_are_called_around_an_edit_of_whatever_file(world: World) -> None:
    calls: list[str] = []
    speaking(world, calls)
    world.edit(shop="total = 10")
    assert calls == ["before-reload 1", "after-reload 10"]


def test_when_an_edit_is_taken_back_the_after_hooks_run_for_the_old_code(world: World) -> None:
    calls: list[str] = []
    speaking(world, calls)
    world.fail(shop="total = 10\n1/0")
    assert calls == ["before-reload 1", "after-reload 1"]
    world.fail(shop="total = (")
    assert len(calls) == 2


def fail() -> None:
    raise ValueError("no")


@pytest.mark.parametrize("when", When)
def test_a_hook_that_raises_refuses_the_edit(world: World, when: When) -> None:
    calls: list[str] = []
    speaking(world, calls)
    world.lines.hooks.insert(0, ("cart", when, fail))
    made = world.fail(shop="total = 10")
    assert (str(made.error), made.notes[0]) == ("no", f"in the {when} function cart.hook")
    assert (world.value("shop", "total"), world.text("shop")[:9]) == (1, "total = 1")
    assert calls[-1] == "after-reload 1"
    if when is When.AFTER:
        assert made.notes[1] == "cart.hook, called again for the old code: ValueError: no"


def test_a_module_marked_no_reload_is_left_alone(world: World) -> None:
    world.lines.marks.add(("shop", Mark.NO_RELOAD))
    made = world.edit(shop="total = 10", cart="size = 3")
    assert (made.outcome.reloaded, made.outcome.reason) == (("cart",), "lines of cart; shop is marked no-reload")
    assert (world.value("shop", "total"), world.text("shop")[:9]) == (1, "total = 1")


def test_a_module_marked_always_reload_runs_again_with_each_edit(world: World) -> None:
    world.edit(cart="size = 2 # reload")
    world.lines.marks.add(("cart", Mark.ALWAYS_RELOAD))
    world.lines.modules["cart"]["size"] = 99
    assert world.edit(shop="total = 10").outcome.reloaded == ("shop", "cart")
    assert world.value("cart", "size") == 2
    world.lines.modules["cart"]["size"] = 99
    world.edit(shop="# nothing\ntotal = 10")
    assert world.value("cart", "size") == 99
    world.edit(cart="# nothing\nsize = 2 # reload")
    assert world.value("cart", "size") == 2


def test_of_many_reasons_some_are_told() -> None:
    names = [f"m{number}" for number in range(9)]
    world = World(InterruptGate(), **dict.fromkeys(names, "x = 1"))
    made = world.edit(**dict.fromkeys(names, "x = 2"))
    assert made.outcome.reason == "; ".join([*(f"lines of {name}" for name in names[:5]), "and 4 more"])
    assert len(made.outcome.reloaded) == 9


def test_what_cannot_be_taken_back_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(plans: object, undo: ExitStack) -> None:
        undo.callback(fail)
        raise SystemExit(3)

    monkeypatch.setattr(world.lines, "apply", run)
    made = world.fail(shop="total = 10")
    assert isinstance(made.error, SystemExit)
    text = "it could not all be taken back (ValueError: no): `rewind` goes back to the state before it"
    assert made.notes == [text]


def test_an_edit_that_fails_at_any_step_leaves_nothing() -> None:
    gate = WatchedGate()
    world = World(gate, shop="total = 1\nnames = []\n# reload", cart="size = 2")
    world.lines.hooks += [("shop", When.BEFORE, lambda: None), ("shop", When.AFTER, lambda: None)]

    def look() -> Picture:
        loaded = {each.path: each.text for each in world.loaded}
        lines = [linecache.getlines(path) for path in loaded]
        return picture({"modules": world.lines.modules, "loaded": repr(loaded), "lines": repr(lines)})

    forth = [
        Edited(path_of("shop"), "# reload\ntotal = 10\nnames = [1]\nmore = 5"),
        Edited(path_of("cart"), "size = 3"),
    ]
    back = [Edited(path_of(module), world.text(module)) for module in ("shop", "cart")]
    world.edit(shop=world.text("shop") + "\n")
    assert failures_that_leave_nothing(world.reloader, (forth, back), gate, look) > 50
    assert (world.value("shop", "total"), world.value("cart", "size")) == (10, 3)
