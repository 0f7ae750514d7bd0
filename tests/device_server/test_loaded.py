import gc
import hashlib
import sys
from dataclasses import replace

from device_server.loaded import Loaded, LoadedSources

SHOP = Loaded("shop", "/p/shop.py", "python", "A = 1\n")


def test_the_latest_text_of_a_path_counts() -> None:
    loaded = LoadedSources()
    loaded.note(SHOP)
    newer = Loaded("shop", "/p/shop.py", "python", "A = 2\n")
    loaded.note(newer)
    assert loaded.get("/p/shop.py") == newer
    assert [*loaded] == [newer]


def test_what_is_forgotten_is_not_known() -> None:
    loaded = LoadedSources()
    loaded.note(SHOP)
    loaded.forget("/p/shop.py")
    loaded.forget("/p/other.py")
    assert loaded.get("/p/shop.py") is None


def test_a_file_is_found_by_its_module() -> None:
    sources = LoadedSources()
    sources.note(SHOP)
    assert sources.of_module(SHOP.module) is SHOP
    assert sources.of_module("other") is None


def test_files_that_speak_of_reloading_are_known_as_they_change() -> None:
    sources = LoadedSources()
    sources.note(SHOP)
    assert sources.speaking_of_reload() == []
    speaking = replace(SHOP, text="__no_reload__ = True")
    sources.note(speaking)
    assert sources.speaking_of_reload() == [speaking]
    sources.note(SHOP)
    assert sources.speaking_of_reload() == []
    sources.note(speaking)
    sources.forget(SHOP.path)
    assert sources.speaking_of_reload() == []


def test_what_was_loaded_can_be_restored() -> None:
    sources = LoadedSources()
    sources.note(SHOP)
    before = sources.snapshot()
    sources.note(replace(SHOP, text="reload"))
    sources.note(replace(SHOP, path="/other"))
    sources.restore(before)
    assert [*sources] == [SHOP]
    assert sources.speaking_of_reload() == []


def test_the_hash_is_that_of_the_text_in_utf_8_where_there_is_such() -> None:
    assert replace(SHOP, text="ä").sha256 == hashlib.sha256("ä".encode()).hexdigest()
    assert replace(SHOP, text="\ud800").sha256 == hashlib.sha256(b"\\ud800").hexdigest()


def test_a_text_that_was_hashed_is_held_by_nobody_else() -> None:
    text = "A = 3\n" * 10
    loaded = replace(SHOP, text=text)
    before = sys.getrefcount(text)
    assert loaded.sha256
    gc.collect()
    assert sys.getrefcount(text) == before
