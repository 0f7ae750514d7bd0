"""Which devices are dialled, shared and hung up on."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from bridge.devices import Address, Devices
from device_server import wire
from tests.bridge.fakes import NOWHERE, FakeDevice, FakeDialer, Listener


async def test_sessions_share_the_connection_to_a_device() -> None:
    place = Listener()
    async with trio.open_nursery() as nursery:
        devices = Devices(nursery, FakeDialer(), NOWHERE)
        nursery.start_soon(place.accept)
        first = await devices.connect(place.address)
        assert await devices.connect(place.address) is first
        nursery.cancel_scope.cancel()
    place.listener.close()


async def test_a_device_that_nobody_holds_is_hung_up_on() -> None:
    place = Listener()
    accepted: list[FakeDevice] = []

    async def accept() -> None:
        accepted.append(await place.accept())

    async with trio.open_nursery() as nursery:
        devices = Devices(nursery, FakeDialer(), NOWHERE)
        nursery.start_soon(accept)
        device = devices.hold(await devices.connect(place.address))
        devices.release(device)
        await trio.testing.wait_all_tasks_blocked()
        assert device.link.is_up
        devices.release(device)
        with pytest.raises(EOFError):
            await accepted[0].read()
        nursery.cancel_scope.cancel()
    place.listener.close()


async def test_local_is_never_hung_up_on() -> None:
    async with trio.open_nursery() as nursery:
        dialer = FakeDialer()
        devices = Devices(nursery, dialer, NOWHERE)
        await (await dialer.dialled()).welcome()
        await trio.testing.wait_all_tasks_blocked()
        devices.release(devices.hold(devices.local))
        await trio.testing.wait_all_tasks_blocked()
        assert devices.local.link.is_up
        nursery.cancel_scope.cancel()


async def test_connect_fails_where_nobody_listens() -> None:
    place = Listener()
    place.listener.close()
    async with trio.open_nursery() as nursery:
        with pytest.raises(ConnectionRefusedError):
            await Devices(nursery, FakeDialer(), NOWHERE).connect(place.address)
        nursery.cancel_scope.cancel()


async def test_a_device_is_found_by_its_name() -> None:
    place = Listener()
    async with trio.open_nursery() as nursery:
        devices = Devices(nursery, FakeDialer(), NOWHERE)
        device = devices.expect(place.address)
        assert devices.links() == [devices.local.link, device.link]
        assert devices.find(place.address.name) is device.link
        assert devices.find(devices.local.link.name) is devices.local.link
        with pytest.raises(KeyError):
            devices.find("nowhere:1")
        await place.accept()
        nursery.cancel_scope.cancel()
    place.listener.close()


async def test_all_who_hear_are_told_what_a_device_tells() -> None:
    async with trio.open_nursery() as nursery:
        dialer = FakeDialer()
        devices, heard = Devices(nursery, dialer, NOWHERE), list[object]()
        for _ in range(2):
            devices.hearers.append(lambda _, news: heard.append(news["op"]))
        await (await dialer.dialled()).welcome()
        await trio.testing.wait_all_tasks_blocked()
        assert heard == ["up", "up"]
        nursery.cancel_scope.cancel()


async def test_an_expected_device_is_dialled_until_it_answers() -> None:
    place = Listener()
    async with trio.open_nursery() as nursery:
        device = Devices(nursery, FakeDialer(), NOWHERE).expect(place.address)
        assert not device.link.is_up
        await place.accept()
        await trio.testing.wait_all_tasks_blocked()
        assert device.link.is_up
        nursery.cancel_scope.cancel()
    place.listener.close()


def test_the_remedy_names_the_device_and_what_to_type() -> None:
    remedy = Address("pad", 5558).remedy
    assert "pad:5558" in remedy
    assert "`tether device`" in remedy
    assert "`ios-disconnect`" in remedy
    assert "\n" not in remedy


async def test_a_device_that_nobody_holds_can_be_told_something() -> None:
    place, heard = Listener(), list[wire.Message]()

    async def accept() -> None:
        heard.append(await (await place.accept()).read())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(accept)
        devices = Devices(nursery, FakeDialer(), NOWHERE)
        await devices.tell(place.address, {"op": "close", "session": "a"})
        with trio.fail_after(5):
            while not heard:
                await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert (heard[0]["op"], heard[0]["session"]) == ("close", "a")
    place.listener.close()


async def test_a_device_that_has_gone_is_not_told() -> None:
    place = Listener()
    place.listener.close()
    async with trio.open_nursery() as nursery:
        await Devices(nursery, FakeDialer(), NOWHERE).tell(place.address, {"op": "close", "session": "a"})
        nursery.cancel_scope.cancel()
