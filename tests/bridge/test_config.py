"""Which setting wins, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.config import ConfigError, load, parse_address
from bridge.project import source_roots


def test_without_settings_it_listens_on_a_free_loopback_port(tmp_path: Path) -> None:
    config = load(tmp_path, {}, {})
    assert (config.host, config.port, config.device, config.lang) == ("127.0.0.1", 0, None, None)
    assert config.project == tmp_path
    assert config.port_file == tmp_path / ".nrepl-port"


def test_flags_win_over_the_environment_and_that_over_the_project_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.tether]\nport = 1\nlang = "python"\ndevice = "pad:1"\n')
    config = load(tmp_path, {"port": 3, "lang": None}, {"TETHER_PORT": "2", "TETHER_DEVICE": "pad:2"})
    assert (config.port, config.device, config.lang) == (3, ("pad", 2), "python")


def test_the_port_file_is_in_the_project_unless_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    below = tmp_path / "below"
    below.mkdir()
    assert load(below, {}, {}).port_file == tmp_path / ".nrepl-port"
    assert load(below, {"port_file": "p"}, {}).port_file == below / "p"


def test_the_token_comes_from_the_environment(tmp_path: Path) -> None:
    assert load(tmp_path, {}, {"TETHER_TOKEN": "secret"}).token == "secret"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org"])
def test_a_host_that_others_can_reach_is_refused_with_a_way_out(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match="ssh -L"):
        load(tmp_path, {"host": host}, {})


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_a_loopback_host_is_accepted(tmp_path: Path, host: str) -> None:
    assert load(tmp_path, {"host": host}, {}).host == host


@pytest.mark.parametrize(
    ("key", "value"), [("TETHER_PORT", "x"), ("TETHER_PORT", "70000"), ("TETHER_LANG", "cobol"), ("TETHER_DEVICE", ":")]
)
def test_a_setting_that_cannot_be_used_is_refused(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ConfigError):
        load(tmp_path, {}, {key: value})


def test_a_project_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.tether]\npaths = "lib"')
    with pytest.raises(ConfigError, match="paths must be a list"):
        load(tmp_path, {}, {})
    source_roots.cache_clear()
    (tmp_path / "pyproject.toml").write_text("[tool")
    with pytest.raises(ConfigError, match=r"pyproject\.toml"):
        load(tmp_path, {}, {})


@pytest.mark.parametrize(
    ("text", "address"),
    [("pad:1", ("pad", 1)), ("pad", ("pad", 5558)), ("[::1]:2", ("::1", 2)), ("[::1]", ("::1", 5558))],
)
def test_an_address_has_a_host_and_maybe_a_port(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", ":1", "pad:", "pad:0", "pad:x", "pad:65536"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_address(text)


@pytest.mark.parametrize(("setting", "hours"), [('"0.5"', 0.5), ("2", 2.0)])
def test_how_long_abandoned_sessions_stay_is_set_in_hours(tmp_path: Path, setting: str, hours: float) -> None:
    assert load(tmp_path, {}, {}).session_idle_s == 12 * 3600
    (tmp_path / "pyproject.toml").write_text(f"[tool.tether]\nsession-idle-hours = {setting}\n")
    assert load(tmp_path, {}, {}).session_idle_s == hours * 3600
    assert load(tmp_path, {}, {"TETHER_SESSION_IDLE_HOURS": "3"}).session_idle_s == 3 * 3600


@pytest.mark.parametrize("hours", ["0", "-1", "never", "inf", "nan"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, hours: str) -> None:
    with pytest.raises(ConfigError, match="session-idle-hours"):
        load(tmp_path, {}, {"TETHER_SESSION_IDLE_HOURS": hours})


def test_saves_are_watched_unless_that_is_turned_off(tmp_path: Path) -> None:
    assert load(tmp_path, {"watch": None}, {}).watches
    assert not load(tmp_path, {"watch": False}, {}).watches
    assert not load(tmp_path, {}, {"TETHER_WATCH": "false"}).watches
    (tmp_path / "pyproject.toml").write_text("[tool.tether]\nwatch = false\n")
    assert not load(tmp_path, {}, {}).watches
    assert load(tmp_path, {"watch": True}, {}).watches
    with pytest.raises(ConfigError, match="watch must be true or false"):
        load(tmp_path, {}, {"TETHER_WATCH": "maybe"})


def test_the_cache_is_where_the_environment_has_it(tmp_path: Path) -> None:
    assert load(tmp_path, {}, {"XDG_CACHE_HOME": str(tmp_path)}).cache == tmp_path / "tether"
    assert load(tmp_path, {}, {}).cache == Path.home() / ".cache" / "tether"
