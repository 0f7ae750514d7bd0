"""What Basilisp namespaces define, and what of it has changed. Imported with Basilisp only.

Nothing is searched for changes: the functions of Basilisp's runtime through which every definition goes note what
they touch, and only that is described when the worker tells. A namespace that was loaded from a file and not
touched since is told by the hash of its description.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple, TypeVar

from basilisp import importer
from basilisp.lang import keyword as kw
from basilisp.lang import runtime
from basilisp.lang import symbol as sym
from basilisp.lang.util import demunge

from device_server.languages import basilisp_undef
from device_server.languages.basilisp_descriptions import (
    described_special_forms,
    described_var,
    file_of,
    meta_of,
    text_of,
)
from device_server.languages.python_descriptions import dict_of_module, name_of_module
from device_server.languages.python_symbols import Modules, content_hash
from device_server.wire import JSON, Message

T = TypeVar("T")

LANGUAGE = "basilisp"
_NAME_LIMIT = 1000
_DOC = kw.keyword("doc")
_ALL = sym.symbol("*")


class _Touched(NamedTuple):
    """A part of a namespace that has to be told again."""

    namespace: runtime.Namespace
    part: str
    """`symbols`, `aliases`, `refers`, `imports` or `doc`."""
    name: sym.Symbol = _ALL


class Namespaces:
    """See SymbolSource."""

    def __init__(self, modules: Modules) -> None:
        """`modules` hears of the Python modules that namespaces import."""
        self._modules = modules
        self._touched: dict[_Touched | runtime.Var, None] = {}
        """A set that any thread may add to, and the main thread empty, without a lock."""
        self._cache: object = None
        """Basilisp's map of namespaces when it was looked at last."""
        self._known: dict[str, runtime.Namespace] = {}
        self._loaded: dict[runtime.Namespace, str] = {}
        """Those that are as their file made them -> the hash of their description."""
        self._files: dict[str, str] = {}
        """Name of a namespace -> the file from which something was defined in it last."""

    def install(self) -> None:
        """Make Basilisp's runtime note what it changes, from now on; what there is has been loaded from files."""
        noted: tuple[tuple[object, str, Callable[..., None]], ...] = (
            *((runtime.Var, name, self._touch_var) for name in ("_set_root", "alter_meta", "reset_meta")),
            *((runtime.Namespace, name, partial(self._touch, "doc")) for name in ("alter_meta", "reset_meta")),
            (runtime.Namespace, "intern", partial(self._touch_name, "symbols")),
            (runtime.Namespace, "unmap", partial(self._touch_name, "symbols")),
            (runtime.Namespace, "add_refer", partial(self._touch_name, "refers")),
            (basilisp_undef, "unrefer", partial(self._touch_name, "refers")),
            (runtime.Namespace, "refer_all", partial(self._touch, "refers")),
            (runtime.Namespace, "add_alias", partial(self._touch, "aliases")),
            (runtime.Namespace, "remove_alias", partial(self._touch_name, "aliases")),
            (runtime.Namespace, "add_import", partial(self._touch_name, "imports")),
        )
        for owner, name, note in noted:
            _note(owner, name, note)
        setattr(importer.BasilispImporter, "exec_module", self._noting(importer.BasilispImporter.exec_module))  # noqa: B010
        for namespace in self._look().values():
            self._note_loaded(namespace, _hash(namespace._module))
            self._mention_imports(namespace)

    def begin(self) -> None:
        """See SymbolSource."""
        self._touched.clear()

    def changes(self) -> Message:
        """See SymbolSource."""
        touched = self._take_touched()
        changes: Message = {}
        if self._cache is not runtime.Namespace.ns_cache():
            before, after = self._known, self._look()
            changes.update(dict.fromkeys(before.keys() - after.keys()))
            new = [namespace for name, namespace in after.items() if before.get(name) is not namespace]
            changes.update((namespace.name, self._told_whole(namespace)) for namespace in new)
        told_whole = set(changes)
        for part in touched:
            if self._known.get(name := part.namespace.name) is part.namespace and name not in told_whole:
                self._add(_object(changes.setdefault(name, {"lang": LANGUAGE})), part)
        return changes

    def sweep(self) -> None:
        """Nothing goes unnoticed."""

    def everything(self) -> Message:
        """See SymbolSource."""
        return {name: self._told_whole(namespace) for name, namespace in self._known.items()}

    def describe(self, name: str) -> Message | None:
        """See SymbolSource."""
        namespace = self._known.get(name)
        if namespace is None:
            return None
        digest = self._loaded.get(namespace)
        return {**self._description(namespace), **({"hash": digest} if digest else {})}

    def _look(self) -> dict[str, runtime.Namespace]:
        """Notice what namespaces there are."""
        self._cache = cache = runtime.Namespace.ns_cache()
        self._known = {namespace.name: namespace for namespace in cache.values() if len(namespace.name) < _NAME_LIMIT}
        self._loaded = {each: digest for each, digest in self._loaded.items() if self._known.get(each.name) is each}
        return self._known

    def _take_touched(self) -> dict[_Touched, None]:
        """Each part once: a definition touches a var, and the name of it."""
        taken = (self._touched.popitem()[0] for _ in range(len(self._touched)))
        parts = (_Touched(each.ns, "symbols", each.name) if isinstance(each, runtime.Var) else each for each in taken)
        return dict.fromkeys(parts)

    def _touch_var(self, var: runtime.Var, *_: object) -> None:
        self._touched[var] = None

    def _touch(self, part: str, namespace: runtime.Namespace, *_: object, **__: object) -> None:
        self._touched[_Touched(namespace, part)] = None

    def _touch_name(self, part: str, namespace: runtime.Namespace, name: sym.Symbol, *_: object, **__: object) -> None:
        self._touched[_Touched(namespace, part, name)] = None

    def _noting(self, exec_module: Callable[..., None]) -> Callable[..., None]:
        """The importer's function that runs a file: what a file defines as it is loaded is described by its hash."""

        @functools.wraps(exec_module)
        def noting(finder: importer.BasilispImporter, module: types.ModuleType) -> None:
            digest, before = _hash(module), runtime.Namespace.ns_cache()
            exec_module(finder, module)
            namespace = getattr(module, "__basilisp_namespace__", None)
            if isinstance(namespace, runtime.Namespace) and before.val_at(sym.symbol(namespace.name)) is None:
                for each in list(self._touched):
                    if (each.ns if isinstance(each, runtime.Var) else each.namespace) is namespace:
                        self._touched.pop(each, None)
                self._note_loaded(namespace, digest)

        return noting

    def _note_loaded(self, namespace: runtime.Namespace, digest: str | None) -> None:
        if digest is not None:
            self._loaded[namespace] = digest

    def _told_whole(self, namespace: runtime.Namespace) -> Message:
        self._mention_imports(namespace)
        digest = self._loaded.get(namespace)
        return self._description(namespace) if digest is None else {"lang": LANGUAGE, "hash": digest}

    def _description(self, namespace: runtime.Namespace) -> Message:
        told: Message = {"lang": LANGUAGE, "is_new": True}
        for part in ("doc", "aliases", "refers", "imports"):
            self._add(told, _Touched(namespace, part))
        symbols = described_special_forms() if namespace.name == runtime.CORE_NS else {}
        for name in namespace._interns:
            if (symbol := self._symbol(namespace, name)) is not None:
                symbols[name.name] = symbol
        file = self._files.get(namespace.name)
        return {**told, "symbols": symbols, **({} if file is None else {"file": file})}

    def _add(self, change: Message, touched: _Touched) -> None:
        """Describe what was touched, as it is now."""
        namespace, part, name = touched
        if "is_new" not in change:
            self._loaded.pop(namespace, None)
        if part == "doc":
            change["doc"] = text_of(meta_of(namespace), _DOC)
            return
        if part == "imports":
            self._mention_imports(namespace)
        told = _object(change.setdefault(part, {}))
        if part == "symbols":
            told[name.name] = self._symbol(namespace, name)
            if (file := self._files.get(namespace.name)) is not None:
                change["file"] = file
        elif part == "imports":
            told.update(_imports(namespace, name))
        elif part == "aliases":
            told.update(_texts(namespace._aliases.items(), lambda other: other.name))
            if name is not _ALL and name not in namespace._aliases:
                told[name.name] = None
        elif name is _ALL:
            told.update(_texts(namespace._refers.items(), _full_name))
        else:
            var = namespace._refers.val_at(name)
            told[name.name] = None if var is None else _full_name(var)

    def _symbol(self, namespace: runtime.Namespace, name: sym.Symbol) -> JSON:
        """None when there is no such name, or it is Basilisp's own affair."""
        var = namespace._interns.val_at(name)
        if var is None or name.name == runtime.GENERATED_PYTHON_VAR_NAME or len(name.name) > _NAME_LIMIT:
            return None
        if (file := file_of(var)) is not None:
            self._files[namespace.name] = file
        return described_var(name.name, var, namespace._interns.val_at(sym.symbol(f"->{name.name}")))

    def _mention_imports(self, namespace: runtime.Namespace) -> None:
        is_own = namespace not in self._loaded
        for name, module in namespace._imports.items():
            self._modules.mention(module, with_its_own=is_own and name not in namespace.DEFAULT_IMPORTS)


def _note(owner: object, name: str, note: Callable[..., None]) -> None:
    """Let `note` have the arguments of a function too, whenever it is called.

    Before, lest an interrupt comes between; and after, lest somebody looks between.
    """
    method = getattr(owner, name)

    @functools.wraps(method)
    def noting(*arguments: object, **options: object) -> object:
        note(*arguments, **options)
        result = method(*arguments, **options)
        note(*arguments, **options)
        return result

    setattr(owner, name, noting)


def _hash(module: types.ModuleType) -> str | None:
    file, name = dict_of_module(module).get("__file__"), name_of_module(module)
    return content_hash(LANGUAGE, str(demunge(name)), file) if isinstance(file, str) and name is not None else None


def _imports(namespace: runtime.Namespace, only: sym.Symbol) -> dict[str, str]:
    """Modules by their names and aliases, and what is used of them without qualification."""
    modules = {name.name: name.name for name in namespace._imports if only in (name, _ALL)}
    aliases = {alias.name: name.name for alias, name in namespace._import_aliases.items() if only in (name, _ALL)}
    refers = {
        name.name: f"{refer.module_name}.{name}"
        for name, refer in namespace._import_refers.items()
        if only in (refer.module_name, _ALL)
    }
    return {**modules, **aliases, **refers}


def _texts(items: Iterable[tuple[sym.Symbol, T]], text: Callable[[T], str]) -> dict[str, JSON]:
    return {name.name: text(value) for name, value in items if len(name.name) < _NAME_LIMIT}


def _full_name(var: runtime.Var) -> str:
    return f"{var.ns.name}/{var.name.name}"


def _object(told: JSON) -> Message:
    assert isinstance(told, dict)
    return told
