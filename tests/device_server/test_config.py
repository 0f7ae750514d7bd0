"""The configuration: what arguments and the environment make of the defaults."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from device_server import config, wire
from device_server.config import Config, ConfigError

SECRET = {config.TOKEN_VARIABLE: "secret"}


def configured(*arguments: str, environment: dict[str, str] | None = None) -> Config:
    return config.from_arguments(config.parser().parse_args(arguments), environment or {})


def test_without_arguments_it_listens_on_this_machine_only() -> None:
    assert (configured().host, configured().port) == ("127.0.0.1", wire.DEFAULT_PORT)
    assert configured().token is None


def test_arguments_are_taken() -> None:
    found = configured("--host", "::1", "--port", "0", "--port-file", "p", "--fd", "7", "--name", "tablet")
    assert (found.host, found.port, found.port_file) == ("::1", 0, Path("p"))
    assert (found.fd, found.name) == (7, "tablet")


def test_the_token_comes_from_the_environment_only() -> None:
    assert configured(environment=SECRET).token == "secret"
    assert configured(environment={config.TOKEN_VARIABLE: ""}).token is None
    assert "--token" not in config.parser().format_help()


def test_without_arguments_workers_keep_their_state_where_they_can_be_forked() -> None:
    assert configured().worker.keeps_checkpoints is configured().forks
    assert not configured("--checkpoints", "0").worker.keeps_checkpoints
    assert not configured("--no-fork").worker.keeps_checkpoints
    assert (configured("--checkpoints", "9").checkpoints, configured("--grace", "0.25").grace_s) == (9, 0.25)


@pytest.mark.parametrize(("text", "size"), [("1000", 1000), ("500M", 500 * 2**20), ("1.5g", 3 * 2**29)])
def test_memory_has_units(text: str, size: int) -> None:
    assert configured("--memory", text).memory_limit_bytes == size
    address_space = configured("--memory", text).worker.address_space_bytes
    assert address_space is not None
    assert address_space > size


@pytest.mark.parametrize("text", ["0", "-1", "", "M", "1T", "lots"])
def test_memory_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SystemExit):
        configured("--memory", text)


def test_without_a_memory_limit_most_of_the_machine_may_be_used() -> None:
    assert configured().worker.address_space_bytes is None
    assert configured().memory_limit_bytes > 0


def test_what_a_worker_is_told_survives_the_way() -> None:
    settings = configured("--memory", "1G").worker
    assert config.WorkerSettings.parse(settings.packet()) == settings


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(ConfigError, match="--port"):
        configured("--port", port)


@pytest.mark.parametrize("lang", config.installed_languages())
def test_the_chosen_language_is_the_default_and_the_others_stay(lang: str) -> None:
    assert configured("--lang", lang).languages[0] == lang
    assert sorted(configured("--lang", lang).languages) == sorted(config.installed_languages())


def test_python_is_always_there() -> None:
    assert "python" in config.installed_languages()


def test_a_language_that_is_not_installed_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        configured("--lang", "cobol")
    assert "cobol" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])
def test_other_machines_may_come_in_only_with_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match=config.TOKEN_VARIABLE):
        configured("--host", host)
    assert configured("--host", host, environment=SECRET).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_needs_no_token(host: str) -> None:
    assert config.is_loopback(host)
    assert configured("--host", host).token is None


def test_an_inherited_socket_needs_no_token_whatever_the_host() -> None:
    assert configured("--fd", "3", "--host", "0.0.0.0").fd == 3


def test_a_configuration_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().port = 1  # type: ignore[misc]
