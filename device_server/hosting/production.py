"""What is put on stage: an expression or a preview, ready to be evaluated, its traits, its states, and its setup."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from device_server import wire
from device_server.hosting import requests
from device_server.hosting.previews import Found, chosen
from device_server.hosting.refusal import RefusedError
from device_server.hosting.setup import Setup
from device_server.languages import Form, Language, Source
from device_server.loaded import LoadedSources

if TYPE_CHECKING:
    from device_server.views.scene import Scene
    from device_server.views.state import Store
    from device_server.views.traits import Traits

_NAME: Final = 80
_SESSION: Final = "view"


def warm() -> None:
    """Draw something, so that the first view of a worker need not wait for the toolkit, its fonts, and Pillow."""
    try:
        from device_server.views import Button, Text, Traits, VStack
        from device_server.views.scene import render
    except ModuleNotFoundError:  # without Pillow there are no views, and each request for one says so
        return
    render(VStack(Text("Warm"), Button("Warm", bool)), traits=Traits(size="fit")).picture()


@dataclass(slots=True)
class Production:
    """A view that is hosted."""

    name: str
    """For a person."""
    evaluate: Form
    """Evaluates what was asked for, anew each time, so that edits are seen."""
    modules: tuple[str, ...]
    """Those that it names: with what they use, all that it can depend on. Empty when that is not known."""
    traits: Traits
    store: Store
    setup: Setup
    notices: tuple[str, ...] = field(default=())
    """What the latest evaluation has to say beside its picture."""

    @classmethod
    def of(cls, message: wire.Message, language: Language, loaded: LoadedSources) -> Production:
        """As a request says.

        Raises: RefusedError; what importing and compiling raise.
        """
        from device_server.views.state import Store
        from device_server.views.traits import Traits

        setup = Setup.named(message.get("setup"))
        if isinstance(message.get("expression"), str):
            name, evaluate, modules = _expression(message, language, loaded)
            defaults = Traits()
        else:
            found = _preview(message, loaded)
            name, evaluate, modules = found.title, found.function, (found.module,)
            defaults = Traits().with_traits(**found.traits)
        return cls(name, evaluate, modules, requests.traits(message, defaults), Store(), setup)

    def scene(self, traits: Traits) -> Scene:
        """It as it is now, for traits. Raises: what the view raises."""
        from device_server.views.scene import render

        view, self.notices = self.setup.around(self._fresh())
        return render(view, self.store, traits)

    def _fresh(self) -> Callable[[], object]:
        evaluate = self.evaluate

        def hosted() -> object:
            return evaluate()

        return hosted


def _expression(message: wire.Message, language: Language, loaded: LoadedSources) -> tuple[str, Form, tuple[str, ...]]:
    text = str(message["expression"])
    namespace = message.get("ns")
    if not isinstance(namespace, str) or not namespace:
        namespace = _module(message, loaded) if message.get("path") or message.get("module") else None
    if namespace is not None:
        _import(namespace)
    expression = language.expression(Source(text, namespace=namespace), _SESSION)
    title = " ".join(text.split())
    return title if len(title) <= _NAME else f"{title[:_NAME]}...", expression.evaluate, expression.modules


def _preview(message: wire.Message, loaded: LoadedSources) -> Found:
    if not (message.get("path") or message.get("module")):
        raise RefusedError("A view needs an 'expression', or a 'path' and the 'index' or 'name' of a preview")
    name = _module(message, loaded)
    return chosen(_import(name), name, message.get("index"), message.get("name"))


def _module(message: wire.Message, loaded: LoadedSources) -> str:
    """The module of the file that a request names."""
    if isinstance(module := message.get("module"), str) and module:
        return module
    known = loaded.get(str(message["path"]))
    if known is None:
        raise RefusedError(f"{message['path']} is not loaded: name its 'module', too")
    return known.module


def _import(name: str) -> object:
    """Raises: RefusedError when there is none; what importing raises."""
    try:
        return importlib.import_module(name.replace("-", "_"))
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise RefusedError(f"There is no module {name}") from error
        raise
