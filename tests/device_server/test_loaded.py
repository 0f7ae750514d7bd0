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
